package usermetadata;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
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
                        new MetadataDocument.Entry(new TextNode(character.repeat(50)), false, Long.MAX_VALUE));
            }
            MetadataDocument document = new MetadataDocument(Long.MAX_VALUE, entries);
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
        Map<String, Object> claims = new HashMap<>();
        ObjectNode value = Json.object();
        value.putNull("c");

        Claims.put(document, claims);

        assertEquals(Map.of("metadata_a.b", value, "metadata_sub", new TextNode("x")), claims);
    }
}
