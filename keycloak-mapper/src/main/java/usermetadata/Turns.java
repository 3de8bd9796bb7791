package usermetadata;

import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * Lets the writers of one user on this node come one after another, before they take a database connection. The row lock
 * alone keeps writers apart too, but each that waits for it holds a connection: one user whose row somebody else holds
 * would take them all.
 */
final class Turns {
    private final Map<String, Queue> queues = new ConcurrentHashMap<>();
    private final long patienceMillis;

    Turns(long patienceMillis) {
        this.patienceMillis = patienceMillis;
    }

    /** Who waits for one user, the one whose turn it is included. */
    private static final class Queue {
        private final Semaphore turn = new Semaphore(1, true);
        private int length;
    }

    /**
     * Runs a write when it is its turn.
     *
     * @throws Problem {@code contention} when its turn did not come in time
     */
    <T> T take(String userId, Supplier<T> write) {
        Queue queue = queues.compute(userId, (id, there) -> {
            Queue joined = there == null ? new Queue() : there;
            joined.length++;
            return joined;
        });
        try {
            if (!queue.turn.tryAcquire(patienceMillis, TimeUnit.MILLISECONDS)) {
                throw Problem.contention();
            }
            try {
                return write.get();
            } finally {
                queue.turn.release();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw Problem.contention();
        } finally {
            leave(userId);
        }
    }

    /** Runs a write of a user whom nobody else writes at present; of any other does nothing. */
    <T> Optional<T> takeIfFree(String userId, Supplier<Optional<T>> write) {
        Queue own = new Queue();
        own.length = 1;
        own.turn.acquireUninterruptibly();
        if (queues.putIfAbsent(userId, own) != null) {
            return Optional.empty();
        }
        try {
            return write.get();
        } finally {
            own.turn.release();
            leave(userId);
        }
    }

    private void leave(String userId) {
        queues.compute(userId, (id, left) -> --left.length == 0 ? null : left);
    }

    /** How many users somebody writes at present. */
    int users() {
        return queues.size();
    }
}
