package usermetadata;

import java.time.Instant;
import java.util.List;

import jakarta.persistence.EntityManager;

import org.jboss.logging.Logger;
import org.keycloak.common.util.Time;
import org.keycloak.connections.jpa.JpaConnectionProvider;
import org.keycloak.models.KeycloakSession;
import org.keycloak.models.RealmModel;
import org.keycloak.models.UserModel;
import org.keycloak.models.cache.UserCache;
import org.keycloak.storage.StorageId;
import org.keycloak.storage.UserStorageUtil;

/**
 * Owns where a user's document lies. A user with a row in Keycloak's own table keeps it there, past any read-only
 * directory; a user outside keeps it in the federated storage.
 */
final class MetadataStore {
    private static final Logger LOG = Logger.getLogger(MetadataStore.class);

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
    static Instant now() {
        return Instant.ofEpochMilli(Time.currentTimeMillis());
    }

    /** Has Keycloak's cache forget a user: on every node, once this transaction has ended. */
    static void evict(KeycloakSession session, RealmModel realm, UserModel user) {
        UserCache cache = UserStorageUtil.userCache(session);
        if (cache != null) {
            cache.evict(realm, user);
        }
    }

    static boolean isOutside(String userId) {
        return !StorageId.isLocalStorage(userId);
    }

    static EntityManager entityManager(KeycloakSession session) {
        return session.getProvider(JpaConnectionProvider.class).getEntityManager();
    }
}
