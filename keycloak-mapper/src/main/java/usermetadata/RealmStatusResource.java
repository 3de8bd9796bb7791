package usermetadata;

import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;

import org.keycloak.models.KeycloakSession;

/**
 * {@code GET /realms/{realm}/user-metadata/status}: whether the realm is sealed, and nothing else. Public, since a sidecar
 * holds no credential and must know before the first caller comes whether the extension is there.
 */
public final class RealmStatusResource {
    private final KeycloakSession session;

    RealmStatusResource(KeycloakSession session) {
        this.session = session;
    }

    /** {@code {"sealed": true, "reason": null}} */
    @GET
    @Path("status")
    public Response status() {
        String flaw = SealedAttribute.flaw(session);
        return Response.ok(Json.text(Json.object().put("sealed", flaw == null).put("reason", flaw)), MediaType.APPLICATION_JSON_TYPE)
                .header("Cache-Control", "no-store").build();
    }
}
