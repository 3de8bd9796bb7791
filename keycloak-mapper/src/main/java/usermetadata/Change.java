package usermetadata;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

import com.fasterxml.jackson.databind.JsonNode;

import usermetadata.Limits.Name;
import usermetadata.MetadataDocument.Entry;

/**
 * The one operation on a document: set some entries, merge into some, remove some, or replace all. Pure: knows no Keycloak.
 *
 * @param merge patches by key, each of an entry as an object; never together with replace
 * @param replace whether entries that are not set are removed
 * @param dryRun whether everything is done but storing
 */
record Change(Map<String, Entry> set, Map<String, JsonNode> merge, Set<String> remove, boolean replace, Conditions conditions,
        boolean dryRun) {

    /**
     * What a change made of a document.
     *
     * @param before the document that was found, without what had expired
     * @param expired the keys that were still stored and had expired
     * @param limits the limits it was held against
     */
    record Outcome(MetadataDocument before, MetadataDocument document, List<String> added, List<String> changed, List<String> removed,
            List<String> expired, Limits limits) {
        boolean changes() {
            return !added.isEmpty() || !changed.isEmpty() || !removed.isEmpty();
        }
    }

    /** The keys the change names. */
    Set<String> keys() {
        Set<String> keys = new LinkedHashSet<>(set.keySet());
        keys.addAll(merge.keySet());
        keys.addAll(remove);
        if (conditions.key() != null) {
            keys.add(conditions.key());
        }
        return keys;
    }

    /**
     * Applies the change. An entry set to what it already is keeps its revision; a change of nothing keeps the document's.
     *
     * @param stored what is stored, expired entries and all
     * @param seen the keys the conditions speak of
     * @param replaced the keys that a replacement replaces
     * @throws Problem {@code precondition_failed}, {@code invalid_entry} or {@code limit_exceeded}
     */
    Outcome apply(MetadataDocument stored, Limits limits, Instant now, Scope seen, Scope replaced) {
        MetadataDocument before = stored.at(now);
        conditions.check(View.of(before, seen));
        long revision = before.revision() + 1;
        SortedMap<String, Entry> wanted = new TreeMap<>(before.entries());
        if (replace) {
            wanted.keySet().removeIf(replaced::covers);
        }
        wanted.keySet().removeAll(remove);
        wanted.putAll(set);
        merge.forEach((key, patch) -> {
            if (patch.isNull()) {
                wanted.remove(key);
            } else {
                wanted.put(key, merged(key, before.entries().get(key), patch));
            }
        });
        List<String> added = new ArrayList<>();
        List<String> changed = new ArrayList<>();
        SortedMap<String, Entry> entries = new TreeMap<>();
        wanted.forEach((key, entry) -> {
            Entry old = before.entries().get(key);
            if (entry.sameContent(old)) {
                entries.put(key, old);
            } else {
                checkEntry(key, entry, old, limits, now);
                entries.put(key, new Entry(entry.value(), entry.profileClaim(), entry.expiresAt(), revision));
                (old == null ? added : changed).add(key);
            }
        });
        List<String> removed = missing(before.entries().keySet(), entries.keySet());
        List<String> expired = missing(stored.entries().keySet(), before.entries().keySet());
        Outcome outcome = new Outcome(before, new MetadataDocument(revision, entries), added, changed, removed, expired, limits);
        if (!outcome.changes()) {
            return new Outcome(before, before, added, changed, removed, expired, limits);
        }
        checkWhole(before, outcome.document(), limits);
        return outcome;
    }

    private static Entry merged(String key, Entry old, JsonNode patch) {
        if (!patch.isObject()) {
            throw Problem.invalidEntry(key, "an entry is an object, or null to remove it");
        }
        return ChangeReader.entry(key, MergePatch.apply(old == null ? null : old.content(), patch));
    }

    private static List<String> missing(Collection<String> before, Collection<String> after) {
        return before.stream().filter(key -> !after.contains(key)).toList();
    }

    private static void checkEntry(String key, Entry entry, Entry old, Limits limits, Instant now) {
        if (old == null) {
            Keys.check(key, limits);
        }
        String flaw = Json.flaw(entry.value());
        if (flaw != null) {
            throw Problem.invalidEntry(key, flaw);
        }
        if (entry.isGone(now)) {
            throw Problem.invalidEntry(key, "expiresAt is not in the future; here it is " + now);
        }
        try {
            limits.refuseGrowth(Name.VALUE_DEPTH, () -> old == null ? 0 : Json.depth(old.value()), Json.depth(entry.value()));
            limits.refuseGrowth(Name.VALUE_BYTES, () -> old == null ? 0 : Json.bytes(old.value()), Json.bytes(entry.value()));
            int number = entry.profileClaim() ? Json.longestNumber(entry.value()) : 0;
            if (number > Limits.CLAIM_NUMBER_CHARACTERS) {
                throw Problem.limitExceeded("claim-number-characters", Limits.CLAIM_NUMBER_CHARACTERS, number);
            }
        } catch (Problem problem) {
            throw problem.with("key", key);
        }
    }

    private static void checkWhole(MetadataDocument before, MetadataDocument after, Limits limits) {
        limits.refuseGrowth(Name.ENTRIES, before.entries()::size, after.entries().size());
        limits.refuseGrowth(Name.DOCUMENT_BYTES, before::bytes, after.bytes());
        limits.refuseGrowth(Name.CLAIMS_BYTES, () -> Claims.ALL.of(before).bytes(), Claims.ALL.of(after).bytes());
    }
}
