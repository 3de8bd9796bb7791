package usermetadata;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DeadlineTest {
    @Test
    void whoNamesNoneWaitsAsLongAsItTakes() {
        assertDoesNotThrow(Deadline.read(null)::require);
    }

    @Test
    void whatIsBegunInTimeIsDone() {
        assertDoesNotThrow(Deadline.read(Long.toString(System.currentTimeMillis() + 60_000))::require);
    }

    @Test
    void whatComesTooLateIsRefused() {
        Problem problem = assertThrows(Problem.class, Deadline.read(Long.toString(System.currentTimeMillis() - 1))::require);

        assertEquals("contention", problem.code());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "soon", "1e3", "99999999999999999999"})
    void whatIsNoTimeIsMalformed(String text) {
        assertEquals("malformed_request", assertThrows(Problem.class, () -> Deadline.read(text)).code());
    }
}
