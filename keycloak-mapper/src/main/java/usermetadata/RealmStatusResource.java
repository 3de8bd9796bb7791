package usermetadata;

import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.core.Response;

import org.keycloak.connections.jpa.JpaConnectionProvider;
import org.keycloak.models.KeycloakSession;
import org.keycloak.models.jpa.entities.RealmEntity;

/**
 * {@code GET /realms/{realm}/user-metadata/status}: whether the realm is sealed, and nothing else. Public, since a sidecar
 * holds no credential and must know before the first caller comes whether the extension is there.
 */
public final class RealmStatusResource {
    private final KeycloakSession session;

    RealmStatusResource(KeycloakSession session) {
        this.session = session;
    }

    /** {@code {"sealed": true, "reason": null}}; 503 when the database does not answer, which much of Keycloak hides for a while. */
    @GET
    @Path("status")
    public Response status() {
        return Answer.of(session, () -> {
            session.getProvider(JpaConnectionProvider.class).getEntityManager()
                    .find(RealmEntity.class, session.getContext().getRealm().getId());
            String flaw = SealedAttribute.flaw(session);
            return Json.object().put("sealed", flaw == null).put("reason", flaw);
        });
    }
}
