package usermetadata;

import java.sql.Connection;
import java.sql.SQLException;

import org.hibernate.Session;

/** What a statement reads, by what the database is and how it is set up. */
enum Isolation {
    /** What was committed before the transaction's first statement. */
    TRANSACTION,

    /** What was committed before the statement began. */
    STATEMENT,

    /** The same, but of a row that the statement locks what was committed last: PostgreSQL, as its documentation says. */
    LOCK;

    /** Null until a database was asked: Keycloak has one. */
    private static volatile Isolation found;

    static Isolation of(Session hibernate) {
        if (found == null) {
            found = hibernate.doReturningWork(Isolation::find);
        }
        return found;
    }

    private static Isolation find(Connection connection) throws SQLException {
        if (connection.getTransactionIsolation() != Connection.TRANSACTION_READ_COMMITTED) {
            return TRANSACTION;
        }
        return "PostgreSQL".equals(connection.getMetaData().getDatabaseProductName()) ? LOCK : STATEMENT;
    }
}
