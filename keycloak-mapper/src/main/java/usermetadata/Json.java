package usermetadata;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Iterator;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

/** Strict JSON: no duplicate names, nothing after the value, integers exact; and the sizes the limits speak of. */
final class Json {
    /** Deeper than any value may be, and than the change around it, so that the limit can name the actual depth. */
    private static final int MAX_NESTING = 200;

    private static final ObjectMapper READER = new ObjectMapper(JsonFactory.builder()
            .enable(StreamReadFeature.USE_FAST_BIG_NUMBER_PARSER) // the plain one takes time in the square of the digits
            .streamReadConstraints(StreamReadConstraints.builder().maxNestingDepth(MAX_NESTING)
                    .maxNumberLength(Limits.CEILING_BYTES).maxNameLength(2 * Limits.CEILING_BYTES).build())
            .build())
            .enable(DeserializationFeature.FAIL_ON_READING_DUP_TREE_KEY).enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

    /** ASCII only, so that no database's character set can change what is stored. */
    private static final ObjectMapper ASCII = new ObjectMapper(JsonFactory.builder().enable(JsonWriteFeature.ESCAPE_NON_ASCII).build());

    /** As Keycloak itself writes tokens: its mapper has these same defaults for JSON nodes. */
    private static final ObjectMapper PLAIN = new ObjectMapper();

    private Json() {
    }

    static ObjectNode object() {
        return JsonNodeFactory.instance.objectNode();
    }

    /** Parses one strict JSON value; raises {@link IOException} without the text's content mattering to the caller. */
    static JsonNode parse(String text) throws IOException {
        return READER.readTree(text);
    }

    /** As text, not as bytes: the parser of bytes guesses other encodings, and refuses half a surrogate pair in names only. */
    static JsonNode parse(byte[] utf8) throws IOException {
        return parse(StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(utf8)).toString());
    }

    static String ascii(JsonNode node) {
        return write(ASCII, node);
    }

    static String text(JsonNode node) {
        return write(PLAIN, node);
    }

    private static String write(ObjectMapper mapper, JsonNode node) {
        try {
            return mapper.writeValueAsString(node);
        } catch (IOException e) {
            throw new IllegalStateException("a JSON tree could not be written", e);
        }
    }

    /** The length of a value as compact JSON in UTF-8, in bytes. */
    static int bytes(JsonNode node) {
        return text(node).getBytes(StandardCharsets.UTF_8).length;
    }

    /** The length of a value in a token, in bytes: there, a character beyond the basic plane is written as two escapes. */
    static int tokenBytes(JsonNode node) {
        try {
            return PLAIN.writeValueAsBytes(node).length;
        } catch (IOException e) {
            throw new IllegalStateException("a JSON tree could not be written", e);
        }
    }

    /** The containers one inside another: 0 for a scalar, 1 for {@code []}. */
    static int depth(JsonNode node) {
        int deepest = 0;
        for (JsonNode child : node) {
            deepest = Math.max(deepest, depth(child));
        }
        return node.isContainerNode() ? deepest + 1 : 0;
    }

    /** The characters of the longest number inside a value. */
    static int longestNumber(JsonNode node) {
        int longest = node.isNumber() ? node.asText().length() : 0;
        for (JsonNode child : node) {
            longest = Math.max(longest, longestNumber(child));
        }
        return longest;
    }

    /** Why a value cannot be kept and given back as the same JSON; null when it can. */
    static String flaw(JsonNode node) {
        if (node.isDouble() && !Double.isFinite(node.doubleValue())) {
            return "a number is beyond the range of an IEEE double";
        }
        if (node.isTextual() && !isUnicode(node.textValue())) {
            return "a string holds half of a surrogate pair";
        }
        for (Iterator<String> names = node.fieldNames(); names.hasNext();) {
            if (!isUnicode(names.next())) {
                return "a name holds half of a surrogate pair";
            }
        }
        for (JsonNode child : node) {
            String flaw = flaw(child);
            if (flaw != null) {
                return flaw;
            }
        }
        return null;
    }

    static boolean isUnicode(String text) {
        for (int place = 0; place < text.length(); place++) {
            if (Character.isSurrogate(text.charAt(place))) {
                return text.codePoints().noneMatch(point -> point >= Character.MIN_SURROGATE && point <= Character.MAX_SURROGATE);
            }
        }
        return true; // as nearly every text: found without a stream
    }
}
