package usermetadata;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.sql.SQLException;
import java.util.concurrent.atomic.AtomicInteger;

import jakarta.persistence.LockTimeoutException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.keycloak.models.ModelDuplicateException;
import org.keycloak.models.ModelException;

class ContentionTest {
    private final AtomicInteger runs = new AtomicInteger();

    private String attempt(int failures, RuntimeException failure) {
        return Contention.retrying(() -> {
            if (runs.incrementAndGet() <= failures) {
                throw failure;
            }
            return "stored";
        });
    }

    private static ModelException caused(String state, int code) {
        return new ModelException("not shown", new RuntimeException(new SQLException("not shown", state, code)));
    }

    @ParameterizedTest
    @CsvSource({"40001, 0", "40P01, 0", "40001, 1213", "23505, 0", "HY000, 1020"})
    void aTransactionThatLostToAnotherIsRepeated(String state, int code) {
        assertEquals("stored", attempt(2, caused(state, code)));
        assertEquals(3, runs.get());
    }

    @Test
    void anImportThatLostToAnotherIsRepeated() {
        assertEquals("stored", attempt(1, new ModelDuplicateException("not shown")));
        assertEquals(2, runs.get());
    }

    @Test
    void whatLosesEveryTimeIsGivenUp() {
        Problem problem = assertThrows(Problem.class, () -> attempt(100, caused("40001", 0)));
        assertEquals(503, problem.status());
        assertEquals(10, runs.get());
    }

    @ParameterizedTest
    @CsvSource({"55P03, 0", "HYT00, 50200", "HY000, 1205"})
    void whatWaitedInVainIsNotRepeated(String state, int code) {
        Problem problem = assertThrows(Problem.class, () -> attempt(1, caused(state, code)));
        assertEquals(503, problem.status());
        assertEquals(1, runs.get());
    }

    /** What Hibernate 7 makes of MariaDB's deadlock in a query that locks. */
    @Test
    void aDeadlockThatIsCalledATimeoutIsRepeated() {
        var deadlock = new LockTimeoutException("not shown", new SQLException("not shown", "40001", 1213));
        assertEquals("stored", attempt(1, new ModelException("not shown", deadlock)));
        assertEquals(2, runs.get());
    }

    @Test
    void anotherWayIsTakenWhereATransactionLostToAnother() {
        assertEquals("otherwise", Contention.insteadOf(() -> {
            throw caused("40001", 0);
        }, () -> "otherwise"));
        assertEquals("stored", Contention.insteadOf(() -> "stored", () -> "otherwise"));
    }

    @Test
    void noOtherWayIsTakenWhereATransactionWasRefusedOrWaitedInVain() {
        Problem refused = assertThrows(Problem.class, () -> Contention.insteadOf(() -> {
            throw Problem.userNotFound();
        }, () -> "otherwise"));
        assertEquals("user_not_found", refused.code());
        Problem waited = assertThrows(Problem.class, () -> Contention.insteadOf(() -> {
            throw caused("55P03", 0);
        }, () -> "otherwise"));
        assertEquals("contention", waited.code());
    }

    @Test
    void otherDatabasesSayItByTheException() {
        assertThrows(Problem.class, () -> attempt(1, new ModelException("not shown", new LockTimeoutException("not shown"))));
        assertEquals(1, runs.get());
    }

    @Test
    void aFaultIsNeitherRepeatedNorHidden() {
        assertThrows(ModelException.class, () -> attempt(1, caused("42000", 1064)));
        assertEquals(1, runs.get());
    }
}
