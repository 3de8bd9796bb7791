package usermetadata;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class TurnsTest {
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final CountDownLatch over = new CountDownLatch(1);
    private final Turns turns = new Turns(100);

    @AfterEach
    void end() {
        over.countDown();
        threads.shutdown();
    }

    private Future<String> holdTheTurnOf(String user) throws InterruptedException {
        CountDownLatch begun = new CountDownLatch(1);
        Future<String> held = threads.submit(() -> turns.take(user, () -> {
            begun.countDown();
            await(over);
            return "held";
        }));
        begun.await();
        return held;
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await(10, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void whoseTurnDoesNotComeIsToldToComeAgain() throws Exception {
        Future<String> held = holdTheTurnOf("jane");
        Problem problem = assertThrows(Problem.class, () -> turns.take("jane", () -> "never"));
        assertEquals(503, problem.status());
        over.countDown();
        assertEquals("held", held.get());
        assertEquals("stored", turns.take("jane", () -> "stored"));
    }

    @Test
    void theWritersOfOthersDoNotWait() throws Exception {
        holdTheTurnOf("jane");
        assertEquals("stored", turns.take("joe", () -> "stored"));
    }

    @Test
    void aFailedWriteEndsItsTurn() {
        assertThrows(IllegalStateException.class, () -> turns.take("jane", () -> {
            throw new IllegalStateException("a fault");
        }));
        assertEquals("stored", turns.take("jane", () -> "stored"));
    }

    @Test
    void whoDoesNotWaitTakesTheTurnOnlyWhenNobodyHasIt() throws Exception {
        assertEquals(Optional.of("stored"), turns.takeIfFree("joe", () -> {
            assertEquals(Optional.empty(), turns.takeIfFree("joe", () -> Optional.of("twice")));
            return Optional.of("stored");
        }));
        assertEquals(0, turns.users());
        Future<String> held = holdTheTurnOf("jane");
        assertEquals(Optional.empty(), turns.takeIfFree("jane", () -> Optional.of("twice")));
        over.countDown();
        held.get();
        assertEquals(0, turns.users());
    }

    @Test
    void othersWaitForTheTurnOfWhoDidNot() {
        turns.takeIfFree("jane", () -> {
            assertEquals(503, assertThrows(Problem.class, () -> turns.take("jane", () -> "never")).status());
            return Optional.of("stored");
        });
        assertEquals("stored", turns.take("jane", () -> "stored"));
    }

    @Test
    void nobodyIsRememberedAndNoTwoWriteAtOnce() throws Exception {
        Turns patient = new Turns(10_000);
        List<Integer> written = new ArrayList<>();
        List<Future<Boolean>> writers = new ArrayList<>();
        for (int number = 0; number < 200; number++) {
            int own = number;
            writers.add(threads.submit(() -> patient.take("jane", () -> written.add(own))));
        }
        for (Future<Boolean> writer : writers) {
            writer.get();
        }
        assertEquals(200, written.size());
        assertEquals(0, patient.users());
    }
}
