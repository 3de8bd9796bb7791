package usermetadata;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

/** Random keys, values and documents; the same ones in every run, unless {@code -Dfuzz.seed=…} says otherwise. */
final class Chance {
    static final Instant NOW = Instant.parse("2026-06-01T00:00:00Z");

    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;
    private static final long SEED = Long.getLong("fuzz.seed", 4711);
    private static final List<String> KEYS = List.of("a", "b", "a.b", "ui/theme", "é", "😀", "x y", "%2F", "metadata", "null");
    private static final List<String> CHARACTERS = List.of("a", " ", "\"", "\\", "/", "\0", "\n", "\u007f", "é", "\u2028", "\ufeff", "\uffff",
            "😀", "#", "&", "<", "{", "[", ":", ",");
    private static final List<String> NUMBERS = List.of("0", "-0.0", "1", "-1", "2147483648", "9223372036854775808", "12345678901234567890123",
            "0.1", "1e22", "5e-324", "1.7976931348623157e308");

    private final Random random = new Random(SEED);

    int below(int bound) {
        return random.nextInt(bound);
    }

    boolean oneIn(int chances) {
        return below(chances) == 0;
    }

    <T> T of(List<T> choices) {
        return choices.get(below(choices.size()));
    }

    String key() {
        return of(KEYS);
    }

    /** One UTF-16 unit of any kind, half of a pair included. */
    String unit() {
        return String.valueOf((char) below(0x10000));
    }

    String text() {
        StringBuilder text = new StringBuilder();
        for (int length = below(4); length > 0; length--) {
            text.append(of(CHARACTERS));
        }
        return text.toString();
    }

    /** A value that may be stored, as the parser would make it. */
    JsonNode value() {
        JsonNode value = node(3);
        try {
            return value.isNull() ? JSON.booleanNode(true) : Json.parse(Json.ascii(value));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private JsonNode node(int depth) {
        return switch (below(depth == 0 ? 4 : 6)) {
            case 0 -> JSON.textNode(text());
            case 1 -> number();
            case 2 -> JSON.booleanNode(oneIn(2));
            case 3 -> JSON.nullNode();
            case 4 -> {
                ArrayNode array = JSON.arrayNode();
                for (int size = below(3); size > 0; size--) {
                    array.add(node(depth - 1));
                }
                yield array;
            }
            default -> {
                ObjectNode object = JSON.objectNode();
                for (int size = below(3); size > 0; size--) {
                    object.set(text(), node(depth - 1));
                }
                yield object;
            }
        };
    }

    private JsonNode number() {
        try {
            return Json.parse(of(NUMBERS));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /** An instant from which an entry is gone: never, later than {@link #NOW}, or sometimes before. */
    Instant expiry() {
        return oneIn(3) ? NOW.plus(Duration.ofSeconds(below(2_000_000) - 500_000L)) : null;
    }

    MetadataDocument document() {
        var entries = new TreeMap<String, MetadataDocument.Entry>();
        int revision = below(1000) + 10;
        for (int size = below(5); size > 0; size--) {
            entries.put(key(), new MetadataDocument.Entry(value(), oneIn(2), expiry(), below(revision)));
        }
        return new MetadataDocument(revision, entries);
    }
}
