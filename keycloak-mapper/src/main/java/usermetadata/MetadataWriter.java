package usermetadata;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiConsumer;

import jakarta.persistence.EntityManager;
import jakarta.persistence.LockModeType;

import org.hibernate.Session;
import org.keycloak.models.KeycloakSession;
import org.keycloak.models.KeycloakSessionFactory;
import org.keycloak.models.KeycloakSessionTaskWithResult;
import org.keycloak.models.RealmModel;
import org.keycloak.models.UserProvider;
import org.keycloak.models.jpa.entities.UserEntity;
import org.keycloak.models.utils.KeycloakModelUtils;
import org.keycloak.storage.StorageId;
import org.keycloak.storage.jpa.entity.FederatedUser;

/**
 * Owns that the writers of one user come one after another: their turns on this node, the lock on the user's row, and the transaction
 * in which a document is read, changed and stored.
 */
final class MetadataWriter {
    /**
     * Whose document a change is of, and how much of it the caller sees and replaces.
     *
     * @param userId the user's own id, not a name from a request
     */
    record Target(String realmId, String userId, Scope views, Scope manages) {
    }

    /** What a writer waits for its turn on this node, and then for the row: together less than a caller waits. */
    private static final int PATIENCE_MILLIS = 4000;

    /** Of Keycloak's columns for the ids of users outside: {@code f:<component>:<id in the directory>}. */
    private static final int FEDERATED_ID_LENGTH = 255;
    private static final String LOCK_TIMEOUT = "jakarta.persistence.lock.timeout";

    /** Hibernate's number for a row that is not found while another has it: on PostgreSQL, to wait takes three statements more. */
    private static final int IF_FREE = -2;
    private static final Turns TURNS = new Turns(PATIENCE_MILLIS);

    private MetadataWriter() {
    }

    /**
     * Applies a change while no other writer of this user can, in a transaction of its own. The caller's own transaction
     * must have ended: else each write holds two pooled connections, and as many writers as connections wait for ever.
     *
     * @param stored told of the outcome inside the transaction when something was stored
     * @param deadline until when it may begin
     * @throws Problem what {@link Change#apply} refuses, {@code user_not_found}, {@code document_unreadable}, {@code user_read_only}, {@code contention}
     */
    static Change.Outcome change(KeycloakSessionFactory factory, Target target, Change change, Deadline deadline,
            BiConsumer<KeycloakSession, Change.Outcome> stored) {
        return TURNS.take(target.userId(), () -> changeInTurn(factory, target, change, deadline, stored));
    }

    /**
     * Applies a change in the request's own transaction, and ends it; where that is not as good as one of its own, or would have to
     * wait, does nothing. It takes a quarter less time. A user whom the caller knows by id need not be looked up before it, either.
     *
     * @throws Problem as {@link #change}
     */
    static Optional<Change.Outcome> changeAtOnce(KeycloakSession session, Target target, Change change, Deadline deadline,
            BiConsumer<KeycloakSession, Change.Outcome> stored) {
        if (!MetadataStore.isOutside(target.userId()) && isFresh(session)) {
            return TURNS.takeIfFree(target.userId(), () -> Contention.insteadOf(
                    () -> changeIfFree(session, target, change, deadline, stored),
                    () -> Optional.of(changeInTurn(session.getKeycloakSessionFactory(), target, change, deadline, stored))));
        }
        return Optional.empty();
    }

    /** Whether what is read now is what is stored: nothing of it is remembered, not by Hibernate and not by the database. */
    private static boolean isFresh(KeycloakSession session) {
        Session hibernate = MetadataStore.entityManager(session).unwrap(Session.class);
        return Isolation.of(hibernate) != Isolation.TRANSACTION && hibernate.getStatistics().getEntityCount() == 0;
    }

    private static Optional<Change.Outcome> changeIfFree(KeycloakSession session, Target target, Change change, Deadline deadline,
            BiConsumer<KeycloakSession, Change.Outcome> stored) {
        try {
            Optional<LockedRows> rows = LockedRows.ifFree(session, target.realmId(), target.userId());
            if (rows.isEmpty() && !lockRow(session, target, IF_FREE)) {
                return Optional.empty();
            }
            Change.Outcome outcome = changeLocked(session, target, rows, change, deadline, stored);
            session.getTransactionManager().commit();
            return Optional.of(outcome);
        } catch (RuntimeException failure) {
            rollBack(session, failure);
            throw failure;
        }
    }

    /** Gives the lock back before the answer is made; where that fails as well, the first failure is the one to tell of. */
    private static void rollBack(KeycloakSession session, RuntimeException failure) {
        try {
            if (session.getTransactionManager().isActive()) {
                session.getTransactionManager().rollback();
            }
        } catch (RuntimeException another) {
            failure.addSuppressed(another);
        }
    }

    private static Change.Outcome changeInTurn(KeycloakSessionFactory factory, Target target, Change change, Deadline deadline,
            BiConsumer<KeycloakSession, Change.Outcome> stored) {
        if (MetadataStore.isOutside(target.userId())) {
            Contention.retrying(() -> {
                prepareFederatedRow(factory, target, change.dryRun());
                return null;
            });
        }
        return Contention.retrying(() -> {
            Optional<Change.Outcome> done = inTransaction(factory, session -> lockRow(session, target, IF_FREE)
                    ? Optional.of(changeLocked(session, target, Optional.empty(), change, deadline, stored)) : Optional.empty());
            return done.orElseGet(() -> inTransaction(factory, session -> changeWaiting(session, target, change, deadline, stored)));
        });
    }

    private static <T> T inTransaction(KeycloakSessionFactory factory, KeycloakSessionTaskWithResult<T> task) {
        // A null context: with one, the new session would read the realm before the lock.
        return KeycloakModelUtils.runJobInTransactionWithResult(factory, null, task, "user metadata");
    }

    /** Not found, the row may be another's or gone: only who waits for it can tell. */
    private static Change.Outcome changeWaiting(KeycloakSession session, Target target, Change change, Deadline deadline,
            BiConsumer<KeycloakSession, Change.Outcome> stored) {
        boolean locked = lockRow(session, target, PATIENCE_MILLIS);
        if (!locked && !(change.dryRun() && MetadataStore.isOutside(target.userId()))) {
            deadline.require();
            throw Problem.userNotFound(); // deleted since it was looked up
        }
        return changeLocked(session, target, Optional.empty(), change, deadline, stored);
    }

    /** Changes the document of a user whose row is locked; what was read with that need not be read again. */
    private static Change.Outcome changeLocked(KeycloakSession session, Target target, Optional<LockedRows> read, Change change,
            Deadline deadline, BiConsumer<KeycloakSession, Change.Outcome> stored) {
        String userId = target.userId();
        deadline.require(); // from here to the end nobody overtakes
        RealmModel realm = session.realms().getRealm(target.realmId());
        session.getContext().setRealm(realm);
        if (!MetadataStore.isOutside(userId)) {
            MetadataStore.evict(session, realm, read.map(LockedRows::user)
                    .orElseGet(() -> session.getProvider(UserProvider.class).getUserById(realm, userId)));
        }
        AttributeRows rows = read.map(LockedRows::document).orElseGet(() -> AttributeRows.of(session, realm, userId));
        MetadataDocument before;
        try {
            before = MetadataDocument.read(rows.texts());
        } catch (MetadataDocument.Unreadable e) {
            throw Problem.documentUnreadable(e.getMessage());
        }
        Limits limits = Limits.of(realm::getAttribute);
        Change.Outcome outcome = change.apply(before, limits, MetadataStore.now(), target.views(), target.manages());
        if (outcome.changes() && !change.dryRun()) {
            rows.write().accept(outcome.document().toStored());
            stored.accept(session, outcome);
        }
        return outcome;
    }

    /**
     * Locks the row that stands for the user, and tells whether it did. Under REPEATABLE READ it must be the first statement of its
     * transaction: any read before it fixes a stale snapshot.
     *
     * @param timeout milliseconds, or {@link #IF_FREE}
     */
    private static boolean lockRow(KeycloakSession session, Target target, int timeout) {
        String table = (MetadataStore.isOutside(target.userId()) ? FederatedUser.class : UserEntity.class).getSimpleName();
        return !MetadataStore.entityManager(session)
                .createQuery("select u from " + table + " u where u.id = :id and u.realmId = :realmId")
                .setParameter("id", target.userId()).setParameter("realmId", target.realmId())
                .setLockMode(LockModeType.PESSIMISTIC_WRITE).setHint(LOCK_TIMEOUT, timeout)
                .getResultList().isEmpty();
    }

    /** Makes sure that a user outside can be stored, and has the row that is locked; a dry run leaves none behind. */
    private static void prepareFederatedRow(KeycloakSessionFactory factory, Target target, boolean dryRun) {
        String userId = target.userId();
        if (userId.length() > FEDERATED_ID_LENGTH) {
            throw Problem.userReadOnly("its id has " + userId.length() + " characters, Keycloak stores " + FEDERATED_ID_LENGTH);
        }
        KeycloakModelUtils.runJobInTransaction(factory, session -> {
            EntityManager entities = MetadataStore.entityManager(session);
            List<String> found = entities.createQuery("select u.id from FederatedUser u where u.id = :id", String.class)
                    .setParameter("id", userId).getResultList();
            if (!found.isEmpty() && !found.contains(userId)) {
                throw Problem.userReadOnly("Keycloak's database takes its id for that of another user");
            }
            if (found.isEmpty() && !dryRun) {
                FederatedUser row = new FederatedUser();
                row.setId(userId);
                row.setRealmId(target.realmId());
                row.setStorageProviderId(new StorageId(userId).getProviderId());
                entities.persist(row);
            }
        });
    }
}
