package usermetadata;

import java.util.List;
import java.util.regex.Pattern;

import org.keycloak.models.KeycloakSession;

/** The id that the sender of a request gave it, which the sidecar's log has too. */
final class RequestId {
    static final String HEADER = "X-Request-Id";

    /** What can stand in any log and on any terminal. */
    private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9._-]{1,128}");

    private RequestId() {
    }

    /** The id, or null where there is none that may be written down. */
    static String of(KeycloakSession session) {
        List<String> sent = session.getContext().getHttpRequest().getHttpHeaders().getRequestHeader(HEADER);
        return sent != null && sent.size() == 1 && PLAIN.matcher(sent.get(0)).matches() ? sent.get(0) : null;
    }
}
