package usermetadata;

import java.sql.SQLException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Supplier;

import org.jboss.logging.Logger;
import org.keycloak.models.ModelDuplicateException;

/**
 * Repeats a transaction that the database ended in favour of another: a deadlock or a failed serialisation, which some
 * databases answer when Keycloak's own writes of a user meet ours; or a user imported from a directory twice at once. Nothing of such a transaction was stored.
 */
final class Contention {
    private static final Logger LOG = Logger.getLogger(Contention.class);
    private static final int ATTEMPTS = 10;

    /** MariaDB's "record has changed since last read" and "lock wait timeout exceeded". */
    private static final int RECORD_CHANGED = 1020;
    private static final int LOCK_WAIT_TIMEOUT = 1205;

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
            } catch (Problem refused) {
                throw refused;
            } catch (RuntimeException e) {
                if (!lostToAnother(e)) {
                    throw e;
                }
                if (attempt == ATTEMPTS) {
                    LOG.warnf("A change of user metadata lost to other writers %d times", attempt);
                    throw Problem.contention();
                }
                pause(attempt);
            }
        }
    }

    static boolean lostToAnother(Throwable thrown) {
        for (Throwable cause = thrown; cause != null; cause = cause.getCause()) {
            if (cause instanceof ModelDuplicateException || cause instanceof SQLException sql && (isRollback(sql.getSQLState()) || sql.getErrorCode() == RECORD_CHANGED
                    || sql.getErrorCode() == LOCK_WAIT_TIMEOUT)) {
                return true;
            }
        }
        return false;
    }

    /** Class 40 is a rolled back transaction; class 23 a row that another inserted first, which the next attempt finds. */
    private static boolean isRollback(String state) {
        return state != null && (state.startsWith("40") || state.startsWith("23"));
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
