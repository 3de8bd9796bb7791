package usermetadata;

import java.sql.SQLException;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Supplier;
import java.util.stream.Stream;

import jakarta.persistence.LockTimeoutException;

import org.jboss.logging.Logger;
import org.keycloak.models.ModelDuplicateException;

/**
 * Repeats a transaction that the database ended in favour of another: a deadlock or a failed serialisation, which some
 * databases answer when Keycloak's own writes of a user meet ours; or a user imported from a directory twice at once.
 * Nothing of such a transaction was stored. One that waited in vain for a lock has waited long enough.
 */
final class Contention {
    private static final Logger LOG = Logger.getLogger(Contention.class);
    private static final int ATTEMPTS = 10;

    /** MariaDB's "record has changed since last read". */
    private static final int RECORD_CHANGED = 1020;

    /** Waited in vain for a lock, as MariaDB (by error), PostgreSQL and H2 (by state) say it. */
    private static final int LOCK_WAIT_TIMEOUT = 1205;
    private static final Set<String> LOCK_WAIT_STATES = Set.of("55P03", "HYT00");

    /** What a transaction throws that met what another has rolled back. */
    static final class Lost extends RuntimeException {
        private static final long serialVersionUID = 1;
    }

    private Contention() {
    }

    /**
     * Runs a transaction, again where it lost to another.
     *
     * @throws Problem {@code contention} when it lost every time
     */
    static <T> T retrying(Supplier<T> transaction) {
        for (int attempt = 1;; attempt++) {
            try {
                return transaction.get();
            } catch (RuntimeException e) {
                requireLost(e, attempt);
                pause(attempt);
            }
        }
    }

    /**
     * Runs a transaction, and something else instead where it lost to another.
     *
     * @throws Problem {@code contention} when it waited in vain for a lock
     */
    static <T> T insteadOf(Supplier<T> transaction, Supplier<T> otherwise) {
        try {
            return transaction.get();
        } catch (RuntimeException e) {
            requireLost(e, 1);
            return otherwise.get();
        }
    }

    private static void requireLost(RuntimeException e, int attempt) {
        boolean waited = hasWaited(e);
        if (!waited && !isLost(e)) {
            throw e;
        }
        if (waited || attempt == ATTEMPTS) {
            LOG.warnf("A change of user metadata was given up for other writers, in attempt %d", attempt);
            throw Problem.contention();
        }
    }

    private static boolean isLost(RuntimeException e) {
        return causes(e).anyMatch(Contention::isLostToAnother);
    }

    /** What the database says counts: Hibernate may take the deadlock of a statement that locks for a lock that came too late. */
    private static boolean hasWaited(RuntimeException e) {
        return causes(e).anyMatch(Contention::isLockTimeout)
                || !isLost(e) && causes(e).anyMatch(LockTimeoutException.class::isInstance);
    }

    /** Class 40 is a rolled back transaction; class 23 a row that another inserted first, which the next attempt finds. */
    private static boolean isLostToAnother(Throwable cause) {
        return cause instanceof Lost || cause instanceof ModelDuplicateException || cause instanceof SQLException sql
                && (sql.getErrorCode() == RECORD_CHANGED || stateOf(sql).startsWith("40") || stateOf(sql).startsWith("23"));
    }

    private static boolean isLockTimeout(Throwable cause) {
        return cause instanceof SQLException sql && (sql.getErrorCode() == LOCK_WAIT_TIMEOUT || LOCK_WAIT_STATES.contains(stateOf(sql)));
    }

    private static String stateOf(SQLException thrown) {
        return thrown.getSQLState() == null ? "" : thrown.getSQLState();
    }

    static Stream<Throwable> causes(Throwable thrown) {
        return Stream.iterate(thrown, Objects::nonNull, Throwable::getCause);
    }

    private static void pause(int attempt) {
        try {
            Thread.sleep((long) attempt * ThreadLocalRandom.current().nextInt(10, 40));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw Problem.contention();
        }
    }
}
