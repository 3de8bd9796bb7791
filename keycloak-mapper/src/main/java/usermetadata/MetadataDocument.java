package usermetadata;

import java.io.IOException;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.Predicate;

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
     * @param expiresAt the instant from which the entry is gone; null for never
     * @param revision the revision of the document that last changed this entry
     */
    record Entry(JsonNode value, boolean profileClaim, Instant expiresAt, long revision) {
        ObjectNode toJson() {
            ObjectNode json = content();
            return json.put("revision", revision);
        }

        /** The entry without its revision: what its writer chose. */
        ObjectNode content() {
            ObjectNode json = Json.object();
            json.set("value", value);
            json.put("profileClaim", profileClaim);
            return expiresAt == null ? json : json.put("expiresAt", expiresAt.toString());
        }

        boolean sameContent(Entry other) {
            return other != null && profileClaim == other.profileClaim && value.equals(other.value)
                    && Objects.equals(expiresAt, other.expiresAt);
        }

        boolean isGone(Instant now) {
            return expiresAt != null && !now.isBefore(expiresAt);
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
        if (!isRevision(json.path("revision")) || !json.path("entries").isObject() || json.size() != 3) {
            throw new Unreadable("not_a_document");
        }
        SortedMap<String, Entry> entries = new TreeMap<>();
        for (Map.Entry<String, JsonNode> field : json.get("entries").properties()) {
            if (!Json.isUnicode(field.getKey())) {
                throw new Unreadable("not_an_entry"); // no answer and no token could hold it
            }
            entries.put(field.getKey(), parseEntry(field.getValue()));
        }
        return new MetadataDocument(json.get("revision").longValue(), entries);
    }

    private static Entry parseEntry(JsonNode json) throws Unreadable {
        JsonNode value = json.path("value");
        if (value.isMissingNode() || value.isNull() || !json.path("profileClaim").isBoolean()
                || !isRevision(json.path("revision")) || json.size() != (json.has("expiresAt") ? 4 : 3)
                || Json.flaw(value) != null) {
            throw new Unreadable("not_an_entry");
        }
        boolean profileClaim = json.get("profileClaim").booleanValue();
        if (profileClaim && Json.longestNumber(value) > Limits.CLAIM_NUMBER_CHARACTERS) {
            throw new Unreadable("not_an_entry"); // Keycloak would make tokens of it that it refuses itself
        }
        try {
            Instant expiresAt = json.has("expiresAt") ? Instant.parse(json.get("expiresAt").asText()) : null;
            return new Entry(value, profileClaim, expiresAt, json.get("revision").longValue());
        } catch (DateTimeParseException e) {
            throw new Unreadable("not_an_entry");
        }
    }

    private static boolean isRevision(JsonNode json) {
        return json.isIntegralNumber() && json.canConvertToLong() && json.longValue() >= 0 && json.longValue() < View.TAGS;
    }

    /**
     * The document as it stands at an instant: without the entries that have expired by then. Each that went is a change of
     * the document, so that no entity tag outlives it; the next write finds the revision counted on from there.
     */
    MetadataDocument at(Instant now) {
        if (entries.values().stream().noneMatch(entry -> entry.isGone(now))) {
            return this;
        }
        SortedMap<String, Entry> present = new TreeMap<>(entries);
        present.values().removeIf(entry -> entry.isGone(now));
        return new MetadataDocument(revision + entries.size() - present.size(), present);
    }

    /** The text that is stored, in ASCII: at most three times {@link #bytes()} long for a document of any size that matters. */
    String toStored() {
        ObjectNode json = Json.object().put("format", FORMAT).put("revision", revision);
        json.set("entries", entriesJson(Entry::toJson));
        return Json.ascii(json);
    }

    /** The entries as an object by key, each written as is wanted. */
    ObjectNode entriesJson(Function<Entry, ObjectNode> writer) {
        ObjectNode json = Json.object();
        entries.forEach((key, entry) -> json.set(key, writer.apply(entry)));
        return json;
    }

    /** The length of the entries without revisions as compact JSON in UTF-8, in bytes: what the limit counts. */
    int bytes() {
        return Json.bytes(entriesJson(Entry::content));
    }

    /** The same entries by the rule of some of their keys, at the same revision. */
    MetadataDocument only(Predicate<String> keys) {
        SortedMap<String, Entry> chosen = new TreeMap<>(entries);
        chosen.keySet().removeIf(keys.negate());
        return new MetadataDocument(revision, chosen);
    }
}
