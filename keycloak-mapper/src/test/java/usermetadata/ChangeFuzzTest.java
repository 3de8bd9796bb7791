package usermetadata;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.junit.jupiter.api.Test;

import usermetadata.Limits.Name;
import usermetadata.MetadataDocument.Entry;

/** Random changes, held against a map: what they make of a document, and what they never do. */
class ChangeFuzzTest {
    private static final int ROUNDS = 4_000;
    private static final Limits DEFAULTS = Limits.of(name -> null);
    private static final List<String> TINY = List.of("1", "2", "3", "40", "120", "300");
    private static final Set<String> REFUSALS = Set.of("malformed_request", "invalid_entry", "limit_exceeded", "precondition_failed");

    @Test
    void aChangeMakesOfADocumentWhatItMakesOfAMap() {
        Chance chance = new Chance();
        for (int round = 0; round < ROUNDS; round++) {
            MetadataDocument before = chance.document();
            ObjectNode change = wellFormed(chance);
            Map<String, ObjectNode> model = model(before.at(Chance.NOW), change);
            boolean whole = model.values().stream().allMatch(entry -> entry.hasNonNull("value"));

            try {
                Change.Outcome outcome = read(change).apply(before, DEFAULTS, Chance.NOW, Scope.ALL, Scope.ALL);
                assertEquals(model, contents(outcome.document()), () -> change + " of " + before);
                assertConsistent(outcome, before, change);
            } catch (Problem problem) {
                assertFalse(whole, () -> problem.body() + " of " + change + " of " + before);
                assertEquals("invalid_entry", problem.code());
            }
        }
    }

    @Test
    void noLimitIsExceededByGrowth() {
        Chance chance = new Chance();
        int refused = 0;
        for (int round = 0; round < ROUNDS; round++) {
            MetadataDocument before = chance.document().at(Chance.NOW);
            Map<String, String> set = new HashMap<>();
            for (Name name : Name.values()) {
                set.put(name.realmAttribute, chance.of(TINY));
            }
            Limits limits = Limits.of(set::get);
            try {
                MetadataDocument after = read(wellFormed(chance)).apply(before, limits, Chance.NOW, Scope.ALL, Scope.ALL).document();
                assertWithin(limits, Name.ENTRIES, before.entries().size(), after.entries().size());
                assertWithin(limits, Name.DOCUMENT_BYTES, before.bytes(), after.bytes());
                assertWithin(limits, Name.CLAIMS_BYTES, Claims.ALL.of(before).bytes(), Claims.ALL.of(after).bytes());
                after.entries().forEach((key, entry) -> {
                    Entry old = before.entries().get(key);
                    assertWithin(limits, Name.VALUE_BYTES, old == null ? 0 : Json.bytes(old.value()), Json.bytes(entry.value()));
                    assertWithin(limits, Name.VALUE_DEPTH, old == null ? 0 : Json.depth(old.value()), Json.depth(entry.value()));
                });
            } catch (Problem problem) {
                refused += problem.code().equals("limit_exceeded") ? 1 : 0;
            }
        }
        assertTrue(refused > ROUNDS / 4 && refused < ROUNDS * 3 / 4, refused + " were refused: the limits miss their mark");
    }

    @Test
    void whateverIsSentIsAChangeOrAProblem() throws MetadataDocument.Unreadable {
        Chance chance = new Chance();
        for (int round = 0; round < ROUNDS; round++) {
            MetadataDocument before = chance.document();
            String body = Json.text(wellFormed(chance));
            for (int mutations = chance.below(3); mutations > 0; mutations--) {
                body = chance.of(Mutations.ALL).apply(chance, body);
            }
            try {
                Change change = ChangeReader.read(body.getBytes(StandardCharsets.UTF_8));
                Change.Outcome outcome = change.apply(before, DEFAULTS, Chance.NOW, Scope.ALL, Scope.ALL);
                assertEquals(outcome.document(), MetadataDocument.parse(outcome.document().toStored()), body);
            } catch (Problem problem) {
                assertTrue(REFUSALS.contains(problem.code()), body);
                assertNotNull(Json.text(problem.body()));
            }
        }
    }

    /** A change of small, sound entries; merged into, an entry may be left without a value. */
    private static ObjectNode wellFormed(Chance chance) {
        ObjectNode change = Json.object();
        ObjectNode set = change.putObject("set");
        for (int size = chance.below(4); size > 0; size--) {
            set.set(chance.key(), entry(chance, chance.value()));
        }
        for (int size = chance.below(3); size > 0; size--) {
            change.withArray("remove").add(chance.key());
        }
        if (chance.oneIn(3)) {
            change.put("replace", true);
        } else {
            for (int size = chance.below(3); size > 0; size--) {
                change.withObject("/merge").set(chance.key(), chance.oneIn(3) ? null : patch(chance));
            }
        }
        return change;
    }

    private static ObjectNode entry(Chance chance, JsonNode value) {
        ObjectNode entry = Json.object().set("value", value);
        entry.put("profileClaim", chance.oneIn(2));
        return chance.oneIn(3) ? entry.put("expiresAt", Chance.NOW.plusSeconds(1 + chance.below(1000)).toString()) : entry;
    }

    private static ObjectNode patch(Chance chance) {
        ObjectNode patch = entry(chance, chance.value());
        return chance.oneIn(4) ? patch.putNull("value") : chance.oneIn(3) ? patch.without("value") : patch;
    }

    private static Map<String, ObjectNode> model(MetadataDocument before, JsonNode change) {
        Map<String, ObjectNode> entries = contents(before);
        Map<String, ObjectNode> old = contents(before);
        if (change.path("replace").booleanValue()) {
            entries.clear();
        }
        change.path("remove").forEach(key -> entries.remove(key.textValue()));
        change.get("set").properties().forEach(field -> entries.put(field.getKey(), field.getValue().deepCopy()));
        change.path("merge").properties().forEach(field -> {
            if (field.getValue().isNull()) {
                entries.remove(field.getKey());
            } else {
                entries.put(field.getKey(), (ObjectNode) MergePatch.apply(old.get(field.getKey()), field.getValue()));
            }
        });
        return entries;
    }

    private static Map<String, ObjectNode> contents(MetadataDocument document) {
        Map<String, ObjectNode> contents = new TreeMap<>();
        document.entries().forEach((key, entry) -> contents.put(key, entry.content()));
        return contents;
    }

    private static Change read(JsonNode change) {
        return ChangeReader.read(Json.ascii(change).getBytes(StandardCharsets.US_ASCII));
    }

    /** The revision grows by one when something changed, the changed entries have it, and all others keep theirs. */
    private static void assertConsistent(Change.Outcome outcome, MetadataDocument stored, JsonNode change) {
        MetadataDocument before = stored.at(Chance.NOW);
        MetadataDocument after = outcome.document();
        assertEquals(!contents(before).equals(contents(after)), outcome.changes(), () -> change + " of " + stored);
        assertEquals(before.revision() + (outcome.changes() ? 1 : 0), after.revision());
        after.entries().forEach((key, entry) -> {
            boolean kept = entry.sameContent(before.entries().get(key));
            assertEquals(kept ? before.entries().get(key).revision() : after.revision(), entry.revision(), key);
            assertEquals(kept, !outcome.added().contains(key) && !outcome.changed().contains(key), key);
        });
        before.entries().keySet().forEach(key -> assertEquals(!after.entries().containsKey(key), outcome.removed().contains(key), key));
    }

    private static void assertWithin(Limits limits, Name name, int before, int after) {
        assertTrue(after <= limits.get(name) || after <= before, () -> name.text + ": " + before + " to " + after);
    }
}
