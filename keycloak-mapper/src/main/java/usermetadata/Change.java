package usermetadata;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;

import com.fasterxml.jackson.databind.JsonNode;

import usermetadata.Limits.Name;
import usermetadata.MetadataDocument.Entry;

/**
 * The one operation on a document: set some entries, remove some, or replace all. Pure: knows no Keycloak.
 *
 * @param replace whether entries that are not set are removed
 * @param dryRun whether everything is done but storing
 */
record Change(Map<String, Entry> set, Set<String> remove, boolean replace, Conditions conditions, boolean dryRun) {

    /** What a change made of a document, and which keys it touched. */
    record Outcome(MetadataDocument document, List<String> added, List<String> changed, List<String> removed) {
        boolean changes() {
            return !added.isEmpty() || !changed.isEmpty() || !removed.isEmpty();
        }
    }

    /**
     * Reads a change from the body of a call.
     *
     * @throws Problem {@code malformed_request} for what is no change, {@code invalid_entry} for an entry without a value
     */
    static Change parse(byte[] body) {
        JsonNode json;
        try {
            json = Json.parse(body);
        } catch (IOException e) {
            throw Problem.malformedRequest("The body is not well-formed JSON, names a member twice, or nests too deep.");
        }
        requireMembers(json, "the change", Set.of("set", "remove", "replace", "conditions", "dryRun"));
        Map<String, Entry> set = new LinkedHashMap<>();
        JsonNode entries = object(json, "set");
        for (Map.Entry<String, JsonNode> field : entries.properties()) {
            set.put(field.getKey(), parseEntry(field.getKey(), field.getValue()));
        }
        return new Change(set, keys(json.path("remove")), flag(json, "replace"), Conditions.parse(json.path("conditions")),
                flag(json, "dryRun"));
    }

    private static Entry parseEntry(String key, JsonNode json) {
        requireMembers(json, "an entry", Set.of("value", "profileClaim"));
        JsonNode value = json.path("value");
        if (value.isMissingNode() || value.isNull()) {
            throw Problem.invalidEntry(key, "it has no value, and null is none");
        }
        return new Entry(value, flag(json, "profileClaim"), 0);
    }

    static void requireMembers(JsonNode json, String what, Set<String> known) {
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

    /**
     * Applies the change. An entry set to what it already is keeps its revision; a change of nothing keeps the document's.
     *
     * @throws Problem {@code precondition_failed}, {@code invalid_entry} or {@code limit_exceeded}
     */
    Outcome apply(MetadataDocument before, Limits limits) {
        conditions.check(before);
        long revision = before.revision() + 1;
        SortedMap<String, Entry> entries = new TreeMap<>(before.entries());
        List<String> removed = new ArrayList<>();
        Stream.concat(remove.stream(), replace ? before.entries().keySet().stream() : Stream.empty())
                .filter(key -> !set.containsKey(key))
                .forEach(key -> {
                    if (entries.remove(key) != null) {
                        removed.add(key);
                    }
                });
        List<String> added = new ArrayList<>();
        List<String> changed = new ArrayList<>();
        set.forEach((key, entry) -> {
            Entry old = before.entries().get(key);
            if (!entry.sameContent(old)) {
                checkEntry(key, entry, old, limits);
                entries.put(key, new Entry(entry.value(), entry.profileClaim(), revision));
                (old == null ? added : changed).add(key);
            }
        });
        Outcome outcome = new Outcome(new MetadataDocument(revision, entries), added, changed, removed);
        if (!outcome.changes()) {
            return new Outcome(before, added, changed, removed);
        }
        checkWhole(before, outcome.document(), limits);
        return outcome;
    }

    private static void checkEntry(String key, Entry entry, Entry old, Limits limits) {
        if (old == null) {
            Keys.check(key, limits);
        }
        String flaw = Json.flaw(entry.value());
        if (flaw != null) {
            throw Problem.invalidEntry(key, flaw);
        }
        try {
            limits.refuseGrowth(Name.VALUE_DEPTH, old == null ? 0 : Json.depth(old.value()), Json.depth(entry.value()));
            limits.refuseGrowth(Name.VALUE_BYTES, old == null ? 0 : Json.bytes(old.value()), Json.bytes(entry.value()));
            int number = entry.profileClaim() ? Json.longestNumber(entry.value()) : 0;
            if (number > Limits.CLAIM_NUMBER_CHARACTERS) {
                throw Problem.limitExceeded("claim-number-characters", Limits.CLAIM_NUMBER_CHARACTERS, number);
            }
        } catch (Problem problem) {
            throw problem.with("key", key);
        }
    }

    private static void checkWhole(MetadataDocument before, MetadataDocument after, Limits limits) {
        limits.refuseGrowth(Name.ENTRIES, before.entries().size(), after.entries().size());
        limits.refuseGrowth(Name.DOCUMENT_BYTES, before.bytes(), after.bytes());
        limits.refuseGrowth(Name.CLAIMS_BYTES, before.claimsBytes(), after.claimsBytes());
    }
}
