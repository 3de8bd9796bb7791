package usermetadata;

import java.util.HashSet;
import java.util.Set;

import com.fasterxml.jackson.databind.JsonNode;

/**
 * What must hold for a change to happen, by revisions.
 *
 * @param key the entry that is meant; null for the whole document
 */
record Conditions(String key, Match ifMatch, Match ifNoneMatch) {
    static final Conditions NONE = new Conditions(null, null, null);

    /** Any state that exists, or one of some revisions. */
    record Match(boolean any, Set<Long> revisions) {
        static Match parse(JsonNode json, String member) {
            if (json.isMissingNode()) {
                return null;
            }
            if (json.isTextual() && json.textValue().equals("*")) {
                return new Match(true, Set.of());
            }
            Set<Long> revisions = new HashSet<>();
            for (JsonNode revision : json) {
                if (!revision.isIntegralNumber() || !revision.canConvertToLong()) {
                    throw Problem.malformedRequest(member + " holds revisions, which are integers.");
                }
                revisions.add(revision.longValue());
            }
            if (!json.isArray()) {
                throw Problem.malformedRequest(member + " is \"*\" or a list of revisions.");
            }
            return new Match(false, revisions);
        }

        boolean holds(boolean exists, long revision) {
            return exists && any || revisions.contains(revision);
        }
    }

    static Conditions parse(JsonNode json) {
        if (json.isMissingNode()) {
            return NONE;
        }
        Change.requireMembers(json, "conditions", Set.of("key", "ifMatch", "ifNoneMatch"));
        JsonNode key = json.path("key");
        if (!key.isMissingNode() && !key.isTextual()) {
            throw Problem.malformedRequest("conditions.key is a string.");
        }
        return new Conditions(key.textValue(), Match.parse(json.path("ifMatch"), "conditions.ifMatch"),
                Match.parse(json.path("ifNoneMatch"), "conditions.ifNoneMatch"));
    }

    /**
     * Checks the conditions against what is stored now.
     *
     * @throws Problem {@code precondition_failed}, with the state that was found
     */
    void check(MetadataDocument document) {
        MetadataDocument.Entry entry = key == null ? null : document.entries().get(key);
        boolean exists = key == null ? !document.entries().isEmpty() : entry != null;
        // An absent entry has no revision; a document always has one, 0 before its first change.
        long revision = key == null ? document.revision() : entry == null ? -1 : entry.revision();
        if (ifMatch != null && !ifMatch.holds(exists, revision) || ifNoneMatch != null && ifNoneMatch.holds(exists, revision)) {
            Problem problem = Problem.preconditionFailed(document.revision());
            if (key == null) {
                throw problem.with("entries", document.entriesJson());
            }
            throw problem.with("key", key).with("entry", entry == null ? null : entry.toJson());
        }
    }
}
