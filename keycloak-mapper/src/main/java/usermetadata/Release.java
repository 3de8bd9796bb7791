package usermetadata;

import java.util.LinkedHashMap;
import java.util.Map;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.LongNode;

/**
 * What one mapper is configured to release. An option that makes no sense counts as not set, since a login must not fail of it.
 *
 * @param claims which entries, under which prefix, up to which size
 * @param revisionName the claim that carries the document's revision; null for none
 */
record Release(Claims claims, String revisionName) {
    static final String KEYS = "keys";
    static final String CLAIM_PREFIX = "claim.prefix";
    static final String MAX_BYTES = "max.bytes";
    static final String REVISION_CLAIM = "revision.claim";

    /** Keycloak's own switches of a mapper, and the token each stands for. */
    static final Map<String, String> SWITCHES = new LinkedHashMap<>();

    static {
        SWITCHES.put("access.token.claim", "access");
        SWITCHES.put("id.token.claim", "id");
        SWITCHES.put("userinfo.token.claim", "userinfo");
        SWITCHES.put("introspection.token.claim", "introspection");
        SWITCHES.put("lightweight.claim", "lightweight");
    }

    static Release of(Map<String, String> config) {
        String prefix = text(config, CLAIM_PREFIX);
        String revision = text(config, REVISION_CLAIM);
        Claims claims = new Claims(prefix == null ? Claims.PREFIX : prefix, Claims.rules(config.get(KEYS)), number(text(config, MAX_BYTES)));
        return new Release(claims, revision == null || Claims.isReserved(revision) ? null : revision);
    }

    /** Whether a switch is on, or left to the one it follows. */
    static boolean isOn(Map<String, String> config, String name) {
        String set = config.get(name);
        if (set == null && name.equals("userinfo.token.claim")) {
            return isOn(config, "id.token.claim");
        }
        if (set == null && name.equals("introspection.token.claim")) {
            return isOn(config, "access.token.claim");
        }
        return "true".equals(set);
    }

    Map<String, JsonNode> revisionClaim(MetadataDocument document) {
        return revisionName == null ? Map.of() : Map.of(revisionName, LongNode.valueOf(document.revision()));
    }

    private static String text(Map<String, String> config, String name) {
        String set = config.get(name);
        return set == null || set.isBlank() ? null : set.strip();
    }

    private static Integer number(String text) {
        try {
            return text == null ? null : Integer.valueOf(text);
        } catch (NumberFormatException e) {
            return null;
        }
    }
}
