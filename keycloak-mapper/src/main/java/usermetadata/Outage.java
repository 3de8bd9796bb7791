package usermetadata;

import java.sql.SQLException;
import java.util.List;
import java.util.stream.Stream;

import org.jboss.logging.Logger;

/** Tells a database that is away, or takes nobody in, from every other failure: who asks again later may succeed. */
final class Outage {
    private static final Logger LOG = Logger.getLogger(Outage.class);
    private static final int DEEPEST = 20;

    /** Connection lost or refused; too many connections; PostgreSQL's "shutting down", "starting up" and "terminated". */
    private static final List<String> STATES = List.of("08", "53", "57P");

    private Outage() {
    }

    /**
     * What to answer instead of a failure.
     *
     * @throws RuntimeException the failure itself where it has another reason
     */
    static Problem insteadOf(RuntimeException failure) {
        SQLException reason = find(failure, 0);
        if (reason == null) {
            throw failure;
        }
        LOG.warnf("The database does not answer: %s", reason.getMessage());
        return Problem.databaseAway();
    }

    static SQLException find(Throwable thrown, int depth) {
        if (thrown == null || depth == DEEPEST) {
            return null;
        }
        if (thrown instanceof SQLException sql && isAway(sql)) {
            return sql;
        }
        // A commit that failed names its reason among what it suppressed.
        return Stream.concat(Stream.ofNullable(thrown.getCause()), Stream.of(thrown.getSuppressed()))
                .map(cause -> find(cause, depth + 1)).filter(found -> found != null).findFirst().orElse(null);
    }

    private static boolean isAway(SQLException sql) {
        String state = sql.getSQLState();
        if (state == null) { // what the pool throws when none of its connections comes free
            return String.valueOf(sql.getMessage()).contains("acquisition timeout");
        }
        return STATES.stream().anyMatch(state::startsWith);
    }
}
