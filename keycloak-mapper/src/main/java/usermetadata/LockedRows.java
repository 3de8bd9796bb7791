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
import org.keycloak.storage.jpa.JpaHashUtils;

/**
 * The rows of a user and of their document on PostgreSQL: locked and read by one statement, so that they are as fresh as the lock, and
 * written by another. It is SQL of our own: which rows a query of Hibernate locks changes with its version, and its entities of these two
 * rows take a tenth of the time of a write.
 *
 * @param user the names by which Keycloak's cache knows the user, nothing else
 * @param document the rows of the attribute
 */
record LockedRows(UserModel user, AttributeRows document) {
    /** The characters that fit into the column VALUE; a longer text is in another, with its hashes. */
    private static final int BRIEF = 255;

    /**
     * Locks them if they are free. Finds nothing, and has locked nothing, where a database does not promise that they are fresh, where
     * another holds one of them, where the user is not of this realm, where there is no document yet, and where a row holds two texts.
     */
    static Optional<LockedRows> ifFree(KeycloakSession session, String realmId, String userId) {
        EntityManager entities = MetadataStore.entityManager(session);
        Session hibernate = entities.unwrap(Session.class);
        if (Isolation.of(hibernate) != Isolation.LOCK) {
            return Optional.empty();
        }
        List<Object[]> rows = hibernate
                .createNativeQuery("select u.USERNAME as username, u.EMAIL as email, a.ID as id, coalesce(a.VALUE, a.LONG_VALUE) as text"
                        + " from " + JpaUtils.getTableNameForNativeQuery("USER_ENTITY", entities) + " u"
                        + " join " + JpaUtils.getTableNameForNativeQuery("USER_ATTRIBUTE", entities) + " a on a.USER_ID = u.ID"
                        + " where u.ID = :userId and u.REALM_ID = :realmId and a.NAME = :name"
                        + " and (a.VALUE is null or a.LONG_VALUE is null) for no key update of u, a skip locked",
                        Object[].class)
                .addScalar("username", String.class).addScalar("email", String.class)
                .addScalar("id", String.class).addScalar("text", String.class)
                .addSynchronizedEntityClass(UserEntity.class).addSynchronizedEntityClass(UserAttributeEntity.class)
                .setParameter("userId", userId).setParameter("realmId", realmId).setParameter("name", MetadataDocument.ATTRIBUTE)
                .getResultList();
        return rows.stream().findFirst().map(first -> new LockedRows(
                named(userId, (String) first[0], (String) first[1]),
                new AttributeRows(rows.stream().map(row -> (String) row[3]).toList(),
                        text -> write(entities, (String) first[2], text))));
    }

    /** Writes a text as Keycloak's own entity would. */
    private static void write(EntityManager entities, String id, String text) {
        boolean brief = text.length() <= BRIEF;
        entities.unwrap(Session.class)
                .createMutationQuery("update UserAttributeEntity set value = :brief, longValue = :large, longValueHash = :hash,"
                        + " longValueHashLowerCase = :lowerCaseHash where id = :id")
                .setParameter("brief", brief ? text : null, String.class).setParameter("large", brief ? null : text, String.class)
                .setParameter("hash", brief ? null : JpaHashUtils.hashForAttributeValue(text), byte[].class)
                .setParameter("lowerCaseHash", brief ? null : JpaHashUtils.hashForAttributeValueLowerCase(text), byte[].class)
                .setParameter("id", id).executeUpdate();
    }

    private static UserModel named(String id, String username, String email) {
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
                return email;
            }
        };
    }
}
