package usermetadata;

import java.io.IOException;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

/**
 * A user's metadata: entries by key, and how often they have changed. Immutable.
 *
 * @param revision counts the changes of the document; 0 before the first
 */
record MetadataDocument(long revision, SortedMap<String, Entry> entries) {
    /** The user attribute that holds the document. */
    static final String ATTRIBUTE = "user-metadata-document";

    private static final int FORMAT = 1;

    static final MetadataDocument EMPTY = new MetadataDocument(0, Collections.emptySortedMap());

    /**
     * One entry.
     *
     * @param revision the revision of the document that last changed this entry
     */
    record Entry(JsonNode value, boolean profileClaim, long revision) {
        ObjectNode toJson() {
            ObjectNode json = content();
            return json.put("revision", revision);
        }

        /** The entry without its revision: what its writer chose. */
        ObjectNode content() {
            ObjectNode json = Json.object();
            json.set("value", value);
            return json.put("profileClaim", profileClaim);
        }

        boolean sameContent(Entry other) {
            return other != null && profileClaim == other.profileClaim && value.equals(other.value);
        }
    }

    /** What is stored cannot be read as a document. The message is a fixed word, never what is stored. */
    static final class Unreadable extends Exception {
        private static final long serialVersionUID = 1L;

        Unreadable(String reason) {
            super(reason, null, false, false);
        }
    }

    MetadataDocument {
        entries = Collections.unmodifiableSortedMap(entries);
    }

    /** Reads the rows of the attribute: none is the empty document, more than one is no document. */
    static MetadataDocument read(List<String> rows) throws Unreadable {
        return switch (rows.size()) {
            case 0 -> EMPTY;
            case 1 -> parse(rows.get(0));
            default -> throw new Unreadable("several_rows");
        };
    }

    static MetadataDocument parse(String stored) throws Unreadable {
        JsonNode json;
        try {
            json = stored == null ? null : Json.parse(stored);
        } catch (IOException e) {
            throw new Unreadable("not_json");
        }
        if (json == null || !json.isObject() || !json.path("format").isInt()) {
            throw new Unreadable("not_a_document");
        }
        if (json.get("format").intValue() != FORMAT) {
            throw new Unreadable("unknown_format");
        }
        if (!json.path("revision").canConvertToLong() || !json.path("entries").isObject() || json.size() != 3) {
            throw new Unreadable("not_a_document");
        }
        SortedMap<String, Entry> entries = new TreeMap<>();
        for (Map.Entry<String, JsonNode> field : json.get("entries").properties()) {
            entries.put(field.getKey(), parseEntry(field.getValue()));
        }
        return new MetadataDocument(json.get("revision").longValue(), entries);
    }

    private static Entry parseEntry(JsonNode json) throws Unreadable {
        JsonNode value = json.path("value");
        if (value.isMissingNode() || value.isNull() || !json.path("profileClaim").isBoolean()
                || !json.path("revision").canConvertToLong() || json.size() != 3
                || Json.flaw(value) != null) {
            throw new Unreadable("not_an_entry");
        }
        return new Entry(value, json.get("profileClaim").booleanValue(), json.get("revision").longValue());
    }

    /** The text that is stored, in ASCII: at most three times {@link #bytes()} long for a document of any size that matters. */
    String toStored() {
        ObjectNode json = Json.object().put("format", FORMAT).put("revision", revision);
        json.set("entries", entriesJson());
        return Json.ascii(json);
    }

    /** {@code {key: {value, profileClaim, revision}}} */
    ObjectNode entriesJson() {
        ObjectNode json = Json.object();
        entries.forEach((key, entry) -> json.set(key, entry.toJson()));
        return json;
    }

    /** The length of {@code {key: {value, profileClaim}}} as compact JSON in UTF-8, in bytes: what the limit counts. */
    int bytes() {
        ObjectNode json = Json.object();
        entries.forEach((key, entry) -> json.set(key, entry.content()));
        return Json.bytes(json);
    }

    /** The bytes all profile claims take in a token, as {@code "metadata_<key>":<value>}. */
    int claimsBytes() {
        int sum = 0;
        for (Map.Entry<String, Entry> entry : entries.entrySet()) {
            if (entry.getValue().profileClaim()) {
                ObjectNode claim = Json.object();
                claim.set(Claims.name(entry.getKey()), entry.getValue().value());
                sum += Json.tokenBytes(claim) - 2; // less the braces
            }
        }
        return sum;
    }
}
