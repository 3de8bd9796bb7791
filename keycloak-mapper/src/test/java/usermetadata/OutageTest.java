package usermetadata;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.sql.SQLException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OutageTest {
    /** Refused, broken, too many, stopped by the administrator, still starting. */
    @ParameterizedTest
    @ValueSource(strings = {"08001", "08006", "53300", "57P01", "57P03"})
    void aDatabaseThatIsAwayIsFoundBehindWhatKeycloakThrows(String state) {
        SQLException away = new SQLException("away", state);

        assertSame(away, Outage.find(new IllegalStateException(new RuntimeException(away)), 0));
    }

    @Test
    void theReasonOfAFailedCommitIsAmongWhatItSuppressed() {
        SQLException away = new SQLException("away", "08006");
        RuntimeException failed = new RuntimeException("could not commit");
        failed.addSuppressed(new RuntimeException(away));

        assertSame(away, Outage.find(new RuntimeException(failed), 0));
    }

    @Test
    void aPoolThatIsEmptyIsAnOutage() {
        assertEquals(503, Outage.insteadOf(new RuntimeException(new SQLException("Sorry, acquisition timeout!"))).status());
    }

    /** A deadlock, a value too long, and what is no matter of the database. */
    @Test
    void otherFailuresStayWhatTheyAre() {
        RuntimeException failure = new RuntimeException(new SQLException("deadlock", "40P01"));

        assertSame(failure, assertThrows(RuntimeException.class, () -> Outage.insteadOf(failure)));
        assertNull(Outage.find(new SQLException("too long", "22001"), 0));
        assertNull(Outage.find(new IllegalStateException("08006"), 0));
    }
}
