package usermetadata;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

import com.fasterxml.jackson.databind.node.ObjectNode;
import jakarta.persistence.EntityManager;

import org.keycloak.connections.jpa.JpaConnectionProvider;
import org.keycloak.models.KeycloakSession;
import org.keycloak.models.RealmModel;

/**
 * What a realm's users hold under the attribute's name, counted. For the set-up, before it seals what is there.
 *
 * @param documents users with one readable document
 * @param foreign users with anything else
 */
record Census(long documents, long foreign) {
    private static final String LOCAL = "select a.user.id, a.value, a.longValue from UserAttributeEntity a"
            + " where a.name = :name and a.user.realmId = :realm";
    private static final String FEDERATED = "select a.userId, a.value, a.longValue from FederatedUserAttributeEntity a"
            + " where a.name = :name and a.realmId = :realm";

    static Census take(KeycloakSession session, RealmModel realm) {
        EntityManager entities = session.getProvider(JpaConnectionProvider.class).getEntityManager();
        Map<String, Boolean> readable = new HashMap<>();
        for (String query : List.of(LOCAL, FEDERATED)) {
            try (Stream<Object[]> rows = entities.createQuery(query, Object[].class)
                    .setParameter("name", MetadataDocument.ATTRIBUTE).setParameter("realm", realm.getId()).getResultStream()) {
                // A second row of one user makes what the user holds unreadable.
                rows.forEach(row -> readable.merge((String) row[0], isDocument(row[1], row[2]), (first, second) -> false));
            }
        }
        long documents = readable.values().stream().filter(Boolean::booleanValue).count();
        return new Census(documents, readable.size() - documents);
    }

    private static boolean isDocument(Object value, Object longValue) {
        try {
            MetadataDocument.parse((String) (longValue == null ? value : longValue));
            return true;
        } catch (MetadataDocument.Unreadable e) {
            return false;
        }
    }

    ObjectNode toJson() {
        return Json.object().put("documents", documents).put("foreign", foreign);
    }
}
