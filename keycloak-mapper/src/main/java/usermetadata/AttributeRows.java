package usermetadata;

import java.util.List;
import java.util.function.Consumer;

import jakarta.persistence.EntityManager;

import org.keycloak.models.KeycloakSession;
import org.keycloak.models.RealmModel;
import org.keycloak.models.jpa.entities.UserAttributeEntity;
import org.keycloak.models.jpa.entities.UserEntity;
import org.keycloak.models.utils.KeycloakModelUtils;
import org.keycloak.storage.UserStorageUtil;
import org.keycloak.storage.jpa.entity.FederatedUserAttributeEntity;

/**
 * The rows of one user's attribute in the database itself, and how it gets its text: the document's rows and no others.
 * Keycloak's own way loads all attributes of a user, and its concurrent updates can leave thousands behind of any of them.
 *
 * @param texts what the rows hold
 * @param write gives the attribute this text; where there is no row, in a new one
 */
record AttributeRows(List<String> texts, Consumer<String> write) {
    /** The rows of any user. */
    static AttributeRows of(KeycloakSession session, RealmModel realm, String userId) {
        if (MetadataStore.isOutside(userId)) {
            return new AttributeRows(outside(session, realm, userId), text -> UserStorageUtil.userFederatedStorage(session)
                    .setSingleAttribute(realm, userId, MetadataDocument.ATTRIBUTE, text));
        }
        EntityManager entities = MetadataStore.entityManager(session);
        List<UserAttributeEntity> rows = entities
                .createQuery("select a from UserAttributeEntity a where a.user.id = :userId and a.name = :name", UserAttributeEntity.class)
                .setParameter("userId", userId).setParameter("name", MetadataDocument.ATTRIBUTE)
                .getResultList().stream().filter(row -> row.getName().equals(MetadataDocument.ATTRIBUTE)).toList();
        return of(entities, userId, rows);
    }

    /** The rows of a user of Keycloak's own, of those that were read. */
    static AttributeRows of(EntityManager entities, String userId, List<UserAttributeEntity> rows) {
        return new AttributeRows(rows.stream().map(UserAttributeEntity::getValue).toList(),
                text -> rows.stream().findFirst().orElseGet(() -> added(entities, userId)).setValue(text));
    }

    /** The texts of a user outside. Compared once more: MariaDB takes {@code josé} for {@code jose}, and a name in capitals for ours. */
    static List<String> outside(KeycloakSession session, RealmModel realm, String userId) {
        return MetadataStore.entityManager(session)
                .createQuery("select a from FederatedUserAttributeEntity a where a.userId = :userId and a.realmId = :realmId"
                        + " and a.name = :name", FederatedUserAttributeEntity.class)
                .setParameter("userId", userId).setParameter("realmId", realm.getId()).setParameter("name", MetadataDocument.ATTRIBUTE)
                .getResultList().stream()
                .filter(row -> row.getUserId().equals(userId) && row.getName().equals(MetadataDocument.ATTRIBUTE))
                .map(FederatedUserAttributeEntity::getValue).toList();
    }

    private static UserAttributeEntity added(EntityManager entities, String userId) {
        UserAttributeEntity row = new UserAttributeEntity();
        row.setId(KeycloakModelUtils.generateId());
        row.setName(MetadataDocument.ATTRIBUTE);
        row.setUser(entities.getReference(UserEntity.class, userId));
        entities.persist(row);
        return row;
    }
}
