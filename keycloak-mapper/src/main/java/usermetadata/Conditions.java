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

    /**
     * Checks the conditions against what the caller sees stored now.
     *
     * @throws Problem {@code precondition_failed}, with the state that was found
     */
    void check(View view) {
        MetadataDocument.Entry entry = key == null ? null : view.document().entries().get(key);
        boolean exists = key == null ? !view.document().entries().isEmpty() : entry != null;
        // An absent entry has no revision; a document always has one, 0 before its first change.
        long revision = key == null ? view.revision() : entry == null ? -1 : view.revision(entry);
        if (ifMatch != null && !ifMatch.holds(exists, revision) || ifNoneMatch != null && ifNoneMatch.holds(exists, revision)) {
            Problem problem = Problem.preconditionFailed(view.revision());
            if (key == null) {
                throw problem.with("entries", view.entriesJson());
            }
            throw problem.with("key", key).with("entry", entry == null ? null : view.entryJson(entry));
        }
    }
}
