package usermetadata;

import java.util.function.Supplier;

import com.fasterxml.jackson.databind.JsonNode;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;

import org.keycloak.models.KeycloakSession;

/** What goes back to a caller: JSON with 200, or the problem that came of the call. */
final class Answer {
    /** Tells the time here, for the {@link Deadline} of the next change. */
    private static final String TIME = "User-Metadata-Time";

    private Answer() {
    }

    static Response of(KeycloakSession session, Supplier<JsonNode> call) {
        try {
            return response(200, call.get());
        } catch (Problem problem) {
            return response(problem.status(), problem.body());
        } catch (RuntimeException failure) {
            Problem problem = UserLookup.isFailureOfDirectory(failure) ? Problem.directoryUnavailable() : Outage.insteadOf(failure);
            if (session.getTransactionManager().isActive()) {
                session.getTransactionManager().setRollbackOnly();
            }
            return response(problem.status(), problem.body());
        }
    }

    private static Response response(int status, JsonNode body) {
        return Response.status(status).type(MediaType.APPLICATION_JSON_TYPE).header("Cache-Control", "no-store")
                .header(TIME, System.currentTimeMillis()).entity(Json.text(body)).build();
    }
}
