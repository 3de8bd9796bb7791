package usermetadata;

import java.util.List;
import java.util.Optional;

import jakarta.persistence.EntityManager;

import org.hibernate.Session;
import org.keycloak.connections.jpa.util.JpaUtils;
import org.keycloak.models.KeycloakSession;
import org.keycloak.models.UserModel;
import org.keycloak.models.jpa.entities.UserAttributeEntity;
import org.keycloak.models.jpa.entities.UserEntity;
import org.keycloak.models.utils.UserModelDelegate;

/**
 * The rows of a user and of their document on PostgreSQL, locked and read by one statement, so that they are as fresh as the lock. It is
 * SQL of our own: which rows a query of Hibernate locks changes with its version, and a user's entity takes a tenth of a write's time.
 * The document's row must be an entity: Keycloak does not have a commit wait for the disk when no entity but events has changed.
 *
 * @param user what Keycloak's cache forgets a user by
 * @param document the rows of the attribute
 */
record LockedRows(UserModel user, AttributeRows document) {
    /**
     * Locks them if they are free. Finds nothing, and has locked nothing, where a database does not promise that they are fresh, where
     * another holds one of them, where the user is not of this realm, and where there is no document yet.
     */
    static Optional<LockedRows> ifFree(KeycloakSession session, String realmId, String userId) {
        EntityManager entities = MetadataStore.entityManager(session);
        Session hibernate = entities.unwrap(Session.class);
        if (Isolation.of(hibernate) != Isolation.LOCK) {
            return Optional.empty();
        }
        List<Object[]> rows = hibernate
                .createNativeQuery("select {a.*}, u.USERNAME as username from "
                        + JpaUtils.getTableNameForNativeQuery("USER_ENTITY", entities) + " u join "
                        + JpaUtils.getTableNameForNativeQuery("USER_ATTRIBUTE", entities) + " a on a.USER_ID = u.ID"
                        + " where u.ID = :userId and u.REALM_ID = :realmId and a.NAME = :name for no key update of u, a skip locked",
                        Object[].class)
                .addEntity("a", UserAttributeEntity.class).addScalar("username", String.class)
                .addSynchronizedEntityClass(UserEntity.class)
                .setParameter("userId", userId).setParameter("realmId", realmId).setParameter("name", MetadataDocument.ATTRIBUTE)
                .getResultList();
        return rows.stream().findFirst().map(first -> new LockedRows(named(userId, (String) first[1]),
                AttributeRows.of(entities, userId, rows.stream().map(row -> (UserAttributeEntity) row[0]).toList())));
    }

    /** Without the e-mail address: by that the cache knows no more than an id. */
    private static UserModel named(String id, String username) {
        return new UserModelDelegate(null) {
            @Override
            public String getId() {
                return id;
            }

            @Override
            public String getUsername() {
                return username;
            }

            @Override
            public String getEmail() {
                return null;
            }
        };
    }
}
