package usermetadata;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

class MetadataDocumentTest {
    @TestFactory
    Stream<DynamicTest> storedRows() throws IOException {
        return Vectors.of("documents").map(vector -> DynamicTest.dynamicTest(vector.get("name").textValue(), () -> {
            List<String> rows = texts(vector.get("rows"));
            if (vector.has("unreadable")) {
                var unreadable = assertThrows(MetadataDocument.Unreadable.class, () -> MetadataDocument.read(rows));
                assertEquals(vector.get("unreadable").textValue(), unreadable.getMessage());
                return;
            }
            MetadataDocument document = MetadataDocument.read(rows);
            assertEquals(vector.get("revision").longValue(), document.revision());
            assertEquals(texts(vector.get("keys")), List.copyOf(document.entries().keySet()));
        }));
    }

    @TestFactory
    Stream<DynamicTest> anOldFormatIsReadAndHeldAsItWasWritten() throws IOException {
        return Vectors.of("format-1").map(vector -> DynamicTest.dynamicTest(vector.get("name").textValue(), () -> {
            String stored = vector.get("stored").textValue();
            MetadataDocument document = MetadataDocument.parse(stored);

            ObjectNode shown = Json.object();
            vector.get("metadata").forEach(entry -> shown.set(entry.get("key").textValue(), ((ObjectNode) entry).without("key")));
            assertEquals(shown, document.at(Instant.parse("2026-06-01T00:00:00Z")).entriesJson(MetadataDocument.Entry::content));
            assertEquals(stored, document.toStored());
        }));
    }

    private static List<String> texts(JsonNode list) {
        List<String> texts = new ArrayList<>();
        list.forEach(text -> texts.add(text.textValue()));
        return texts;
    }

    @Test
    void storedTextIsAsciiAndAtMostThreeTimesTheCountedBytes() throws MetadataDocument.Unreadable {
        for (String character : List.of("a", "é", "€", "😀", "\u0001", "\"")) {
            var entries = new TreeMap<String, MetadataDocument.Entry>();
            for (int i = 0; i < 200; i++) {
                entries.put(character.equals("\u0001") ? "k" + i : character + i,
                        new MetadataDocument.Entry(new TextNode(character.repeat(50)), false, null, View.TAGS - 1));
            }
            MetadataDocument document = new MetadataDocument(View.TAGS - 1, entries);
            String stored = document.toStored();
            assertTrue(stored.chars().allMatch(c -> c < 128));
            assertTrue(stored.length() <= 3 * document.bytes(), stored.length() + " > 3 * " + document.bytes());
            assertEquals(document, MetadataDocument.parse(stored));
        }
    }

    @Test
    void claimsAreThePrefixedProfileClaimsOnly() throws MetadataDocument.Unreadable {
        MetadataDocument document = MetadataDocument.parse("{\"format\":1,\"revision\":1,\"entries\":{"
                + "\"a.b\":{\"value\":{\"c\":null},\"profileClaim\":true,\"revision\":1},"
                + "\"sub\":{\"value\":\"x\",\"profileClaim\":true,\"revision\":1},"
                + "\"private\":{\"value\":1,\"profileClaim\":false,\"revision\":1}}}");
        ObjectNode value = Json.object();
        value.putNull("c");

        assertEquals(Map.of("metadata_a.b", value, "metadata_sub", new TextNode("x")), Claims.ALL.of(document).claims());
    }

    @Test
    void aFilterReleasesExactKeysAndBeginnings() throws MetadataDocument.Unreadable {
        MetadataDocument document = claims("ui.theme", "ui.font", "plan", "planet");

        assertEquals(Set.of("metadata_ui.theme", "metadata_ui.font", "metadata_plan"),
                new Claims("metadata_", Claims.rules("ui.*##plan"), null).of(document).claims().keySet());
        assertEquals(Set.of("x:plan"), new Claims("x:", List.of("plan"), null).of(document).claims().keySet());
    }

    @Test
    void aFilterOfNothingReleasesAll() {
        for (String configured : Arrays.asList(null, "", "  ", "##", " ## ")) {
            assertEquals(List.of(), Claims.rules(configured));
        }
        assertEquals(List.of("ui.*", "plan", "a#b"), Claims.rules("## ui.* ##plan## ##a#b"));
    }

    @Test
    void aClaimThatMeansSomethingToOthersIsNeverReleased() throws MetadataDocument.Unreadable {
        assertEquals(Set.of("emailx"), new Claims("email", List.of(), null).of(claims("_verified", "x")).claims().keySet());
    }

    @Test
    void claimsTakeTheBytesOfTheirNamesAndValues() throws MetadataDocument.Unreadable {
        MetadataDocument document = MetadataDocument.parse("{\"format\":1,\"revision\":1,\"entries\":{"
                + "\"a\":{\"value\":1,\"profileClaim\":true,\"revision\":1},"
                + "\"b\":{\"value\":{\"c\":\"é😀\"},\"profileClaim\":true,\"revision\":1},"
                + "\"private\":{\"value\":1,\"profileClaim\":false,\"revision\":1}}}");

        assertEquals("\"metadata_a\":1".length() + "\"metadata_b\":{\"c\":\"##\\ud83d\\ude00\"}".length(), Claims.ALL.of(document).bytes());
        assertEquals(0, Claims.ALL.of(MetadataDocument.EMPTY).bytes());
    }

    @Test
    void beyondTheirMaximumNoneIsReleased() throws MetadataDocument.Unreadable {
        MetadataDocument document = claims("a", "b");
        int bytes = Claims.ALL.of(document).bytes();

        assertEquals(2, new Claims("metadata_", List.of(), bytes).of(document).claims().size());
        assertEquals(Set.of(), new Claims("metadata_", List.of(), bytes - 1).of(document).claims().keySet());
    }

    @Test
    void anExpiredEntryIsGoneAndItsGoingIsAChange() throws MetadataDocument.Unreadable {
        MetadataDocument document = MetadataDocument.parse("{\"format\":1,\"revision\":7,\"entries\":{"
                + "\"trial\":{\"value\":1,\"profileClaim\":true,\"expiresAt\":\"2026-06-01T00:00:00Z\",\"revision\":1},"
                + "\"theme\":{\"value\":2,\"profileClaim\":true,\"revision\":7}}}");

        assertEquals(document, document.at(Instant.parse("2026-05-31T23:59:59.999Z")));
        MetadataDocument later = document.at(Instant.parse("2026-06-01T00:00:00Z"));
        assertEquals(Set.of("theme"), later.entries().keySet());
        assertEquals(8, later.revision());
    }

    @Test
    void whoSeesSomeKeysCannotTellWhatOthersWrite() throws MetadataDocument.Unreadable {
        String mine = "\"a.x\":{\"value\":1,\"profileClaim\":true,\"revision\":%d}";
        Scope scope = new Scope(false, Set.of("a"));
        View alone = View.of(MetadataDocument.parse("{\"format\":1,\"revision\":1,\"entries\":{" + mine.formatted(1) + "}}"), scope);
        View among = View.of(MetadataDocument.parse("{\"format\":1,\"revision\":99,\"entries\":{" + mine.formatted(42)
                + ",\"ab\":{\"value\":1,\"profileClaim\":true,\"revision\":99}}}"), scope);

        assertEquals(alone.entriesJson(), among.entriesJson());
        assertEquals(alone.revision(), among.revision());
        assertNotEquals(alone.revision(), View.of(MetadataDocument.EMPTY, scope).revision());
    }

    private static MetadataDocument claims(String... keys) throws MetadataDocument.Unreadable {
        var entries = new TreeMap<String, MetadataDocument.Entry>();
        for (String key : keys) {
            entries.put(key, new MetadataDocument.Entry(new TextNode("x"), true, null, 1));
        }
        return new MetadataDocument(1, entries);
    }
}
