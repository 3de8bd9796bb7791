package usermetadata;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiConsumer;

import jakarta.persistence.EntityManager;
import jakarta.persistence.LockModeType;

import org.jboss.logging.Logger;
import org.keycloak.common.util.Time;
import org.keycloak.connections.jpa.JpaConnectionProvider;
import org.keycloak.models.KeycloakSession;
import org.keycloak.models.KeycloakSessionFactory;
import org.keycloak.models.KeycloakSessionTaskWithResult;
import org.keycloak.models.RealmModel;
import org.keycloak.models.UserModel;
import org.keycloak.models.UserProvider;
import org.keycloak.models.cache.UserCache;
import org.keycloak.models.jpa.entities.UserEntity;
import org.keycloak.models.utils.KeycloakModelUtils;
import org.keycloak.storage.StorageId;
import org.keycloak.storage.UserStorageUtil;
import org.keycloak.storage.jpa.entity.FederatedUser;

/**
 * Owns where a user's document lies, and that writers of one user come one after another. A user with a row in
 * Keycloak's own table keeps it there, past any read-only directory; a user outside keeps it in the federated storage.
 */
final class MetadataStore {
    /**
     * Whose document a change is of, and how much of it the caller sees and replaces.
     *
     * @param userId the user's own id, not a name from a request
     */
    record Target(String realmId, String userId, Scope views, Scope manages) {
    }

    private static final Logger LOG = Logger.getLogger(MetadataStore.class);

    /** What a writer waits for its turn on this node, and then for the row: together less than a caller waits. */
    private static final int PATIENCE_MILLIS = 4000;

    /** Of Keycloak's columns for the ids of users outside: {@code f:<component>:<id in the directory>}. */
    private static final int FEDERATED_ID_LENGTH = 255;
    private static final String LOCK_TIMEOUT = "jakarta.persistence.lock.timeout";
    private static final Map<String, Object> WAITING = Map.of(LOCK_TIMEOUT, PATIENCE_MILLIS);

    /** Hibernate's number for a row that is not found while another has it: on PostgreSQL, to wait takes three statements more. */
    private static final Map<String, Object> IF_FREE = Map.of(LOCK_TIMEOUT, -2);
    private static final Turns TURNS = new Turns(PATIENCE_MILLIS);

    private MetadataStore() {
    }

    /** Reads the document as Keycloak's cache knows it, without what has expired. */
    static MetadataDocument read(KeycloakSession session, RealmModel realm, UserModel user) throws MetadataDocument.Unreadable {
        return parse(user, rows(session, realm, user));
    }

    /** The rows of the attribute as they are stored; of a user that Keycloak keeps itself, as its cache knows them. */
    static List<String> rows(KeycloakSession session, RealmModel realm, UserModel user) {
        return isOutside(user.getId()) ? AttributeRows.outside(session, realm, user.getId()) : localRows(user);
    }

    static List<String> localRows(UserModel user) {
        return user.getAttributeStream(MetadataDocument.ATTRIBUTE).toList();
    }

    /** Reads the rows of a user as the document that they are now, without what has expired. */
    static MetadataDocument parse(UserModel user, List<String> rows) throws MetadataDocument.Unreadable {
        LOG.debugf("Reading the document of user %s", user.getId());
        return ParsedDocument.of(user, rows).at(now());
    }

    /** Keycloak's clock. */
    private static Instant now() {
        return Instant.ofEpochMilli(Time.currentTimeMillis());
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

    private static Change.Outcome changeInTurn(KeycloakSessionFactory factory, Target target, Change change, Deadline deadline,
            BiConsumer<KeycloakSession, Change.Outcome> stored) {
        if (isOutside(target.userId())) {
            Contention.retrying(() -> {
                prepareFederatedRow(factory, target, change.dryRun());
                return null;
            });
        }
        return Contention.retrying(() -> {
            Optional<Change.Outcome> done = inTransaction(factory, session -> lockRow(session, target.userId(), IF_FREE)
                    ? Optional.of(changeLocked(session, target, change, deadline, stored)) : Optional.empty());
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
        boolean locked = lockRow(session, target.userId(), WAITING);
        if (!locked && !(change.dryRun() && isOutside(target.userId()))) {
            deadline.require();
            throw Problem.userNotFound(); // deleted since it was looked up
        }
        return changeLocked(session, target, change, deadline, stored);
    }

    private static Change.Outcome changeLocked(KeycloakSession session, Target target, Change change, Deadline deadline,
            BiConsumer<KeycloakSession, Change.Outcome> stored) {
        String userId = target.userId();
        deadline.require(); // from here to the end nobody overtakes
        RealmModel realm = session.realms().getRealm(target.realmId());
        session.getContext().setRealm(realm);
        if (!isOutside(userId)) {
            evict(session, realm, session.getProvider(UserProvider.class).getUserById(realm, userId));
        }
        AttributeRows rows = AttributeRows.of(session, realm, userId);
        MetadataDocument before;
        try {
            before = MetadataDocument.read(rows.texts());
        } catch (MetadataDocument.Unreadable e) {
            throw Problem.documentUnreadable(e.getMessage());
        }
        Change.Outcome outcome = change.apply(before, Limits.of(realm::getAttribute), now(), target.views(), target.manages());
        if (outcome.changes() && !change.dryRun()) {
            rows.write().accept(outcome.document().toStored());
            stored.accept(session, outcome);
        }
        return outcome;
    }

    /**
     * Locks the row that stands for the user, and tells whether it did. Must be the first statement of its transaction: under
     * REPEATABLE READ any read before it fixes a stale snapshot.
     */
    private static boolean lockRow(KeycloakSession session, String userId, Map<String, Object> how) {
        Class<?> table = isOutside(userId) ? FederatedUser.class : UserEntity.class;
        return entityManager(session).find(table, userId, LockModeType.PESSIMISTIC_WRITE, how) != null;
    }

    /** Has Keycloak's cache forget a user: on every node, once this transaction has ended. */
    static void evict(KeycloakSession session, RealmModel realm, UserModel user) {
        UserCache cache = UserStorageUtil.userCache(session);
        if (cache != null) {
            cache.evict(realm, user);
        }
    }

    /** Makes sure that a user outside can be stored, and has the row that is locked; a dry run leaves none behind. */
    private static void prepareFederatedRow(KeycloakSessionFactory factory, Target target, boolean dryRun) {
        String userId = target.userId();
        if (userId.length() > FEDERATED_ID_LENGTH) {
            throw Problem.userReadOnly("its id has " + userId.length() + " characters, Keycloak stores " + FEDERATED_ID_LENGTH);
        }
        KeycloakModelUtils.runJobInTransaction(factory, session -> {
            EntityManager entities = entityManager(session);
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

    static boolean isOutside(String userId) {
        return !StorageId.isLocalStorage(userId);
    }

    static EntityManager entityManager(KeycloakSession session) {
        return session.getProvider(JpaConnectionProvider.class).getEntityManager();
    }
}
