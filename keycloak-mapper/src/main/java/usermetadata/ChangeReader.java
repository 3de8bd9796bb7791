package usermetadata;

import java.io.IOException;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

import com.fasterxml.jackson.databind.JsonNode;

import usermetadata.MetadataDocument.Entry;

/** Reads a {@link Change} from the body of a call. */
final class ChangeReader {
    private static final Set<String> ENTRY = Set.of("value", "profileClaim", "expiresAt");

    private ChangeReader() {
    }

    /**
     * Reads a change.
     *
     * @throws Problem {@code malformed_request} for what is no change, {@code invalid_entry} for what is no entry
     */
    static Change read(byte[] body) {
        JsonNode json;
        try {
            json = Json.parse(body);
        } catch (IOException e) {
            throw Problem.malformedRequest("The body is not well-formed JSON, names a member twice, or nests too deep.");
        }
        requireMembers(json, "the change", Set.of("set", "merge", "remove", "replace", "conditions", "dryRun"));
        Map<String, Entry> set = new LinkedHashMap<>();
        for (Map.Entry<String, JsonNode> field : object(json, "set").properties()) {
            requireMembers(field.getValue(), "an entry", ENTRY);
            set.put(field.getKey(), entry(field.getKey(), field.getValue()));
        }
        Map<String, JsonNode> merge = new LinkedHashMap<>();
        object(json, "merge").properties().forEach(field -> merge.put(field.getKey(), field.getValue()));
        boolean replace = flag(json, "replace");
        if (replace && !merge.isEmpty()) {
            throw Problem.malformedRequest("A change replaces or merges, not both.");
        }
        return new Change(set, merge, keys(json.path("remove")), replace, conditions(json.path("conditions")), flag(json, "dryRun"));
    }

    /**
     * Reads an entry.
     *
     * @throws Problem {@code invalid_entry}
     */
    static Entry entry(String key, JsonNode json) {
        json.fieldNames().forEachRemaining(name -> {
            if (!ENTRY.contains(name)) {
                throw Problem.invalidEntry(key, "it knows the members " + new TreeSet<>(ENTRY) + " only");
            }
        });
        JsonNode value = json.path("value");
        if (value.isMissingNode() || value.isNull()) {
            throw Problem.invalidEntry(key, "it has no value, and null is none");
        }
        JsonNode profileClaim = json.path("profileClaim");
        if (!profileClaim.isMissingNode() && !profileClaim.isBoolean()) {
            throw Problem.invalidEntry(key, "profileClaim is true or false");
        }
        return new Entry(value, profileClaim.booleanValue(), instant(key, json.path("expiresAt")), 0);
    }

    private static Instant instant(String key, JsonNode json) {
        if (json.isMissingNode()) {
            return null;
        }
        try {
            OffsetDateTime time = OffsetDateTime.parse(json.isTextual() ? json.textValue() : "");
            if (time.getYear() >= 0 && time.getYear() <= 9999) { // as far as RFC 3339 goes
                return time.toInstant();
            }
        } catch (DateTimeException e) {
            // said below
        }
        throw Problem.invalidEntry(key, "expiresAt is no date and time with an offset, such as 2030-01-31T12:00:00Z");
    }

    private static Conditions conditions(JsonNode json) {
        if (json.isMissingNode()) {
            return Conditions.NONE;
        }
        requireMembers(json, "conditions", Set.of("key", "ifMatch", "ifNoneMatch"));
        JsonNode key = json.path("key");
        if (!key.isMissingNode() && !key.isTextual()) {
            throw Problem.malformedRequest("conditions.key is a string.");
        }
        return new Conditions(key.textValue(), Conditions.Match.parse(json.path("ifMatch"), "conditions.ifMatch"),
                Conditions.Match.parse(json.path("ifNoneMatch"), "conditions.ifNoneMatch"));
    }

    private static void requireMembers(JsonNode json, String what, Set<String> known) {
        if (json == null || !json.isObject()) {
            throw Problem.malformedRequest(what + " is not a JSON object.");
        }
        json.fieldNames().forEachRemaining(name -> {
            if (!known.contains(name)) {
                throw Problem.malformedRequest(what + " knows the members " + new TreeSet<>(known) + " only.");
            }
        });
    }

    private static JsonNode object(JsonNode json, String member) {
        JsonNode node = json.path(member);
        if (!node.isMissingNode() && !node.isObject()) {
            throw Problem.malformedRequest(member + " is not a JSON object.");
        }
        return node;
    }

    private static boolean flag(JsonNode json, String member) {
        JsonNode node = json.path(member);
        if (!node.isMissingNode() && !node.isBoolean()) {
            throw Problem.malformedRequest(member + " is true or false.");
        }
        return node.booleanValue();
    }

    private static Set<String> keys(JsonNode json) {
        if (!json.isMissingNode() && !json.isArray()) {
            throw Problem.malformedRequest("remove is a list of keys.");
        }
        Set<String> keys = new LinkedHashSet<>();
        for (JsonNode key : json) {
            if (!key.isTextual()) {
                throw Problem.malformedRequest("remove is a list of keys, which are strings.");
            }
            keys.add(key.textValue());
        }
        return keys;
    }
}
