package usermetadata;

import java.util.List;
import java.util.function.BiFunction;
import java.util.regex.Pattern;

/** What a text of JSON may become when somebody else has had it: cut, flipped, swapped, doubled, or something of another kind. */
final class Mutations {
    /** What stands for a value, a revision, a member or a whole document of another kind. */
    private static final List<String> FOREIGN = List.of("null", "true", "false", "0", "-1", "1.5", "1e400", "-1e400", "1e-400", "NaN",
            "Infinity", "00", "+1", "0x10", "99999999999999999999", "9223372036854775807", "-9223372036854775808", "1".repeat(1001),
            "0." + "1".repeat(2000), "\"\"", "\"\\ud800\"", "\"\ud800\"", "\"\\udc00\\ud800\"", "\"\0\"", "\"\\u0000\"", "[]", "{}", "[null]",
            "[".repeat(60) + "]".repeat(60), "[".repeat(300) + "]".repeat(300), "[".repeat(10_000), "{\"a\":1,\"a\":2}", "{\"\\ud800\":1}",
            "\"2030-01-31T12:00:00Z\"", "\"+1000000000-12-31T23:59:59.999999999Z\"", "\"2030-02-31T12:00:00Z\"", "<xml/>", "a: b", "a=b", "1,2",
            "rO0ABXNyAA==", "\ufeff", "// x", "'x'", "\u2028");
    private static final Pattern TOKEN = Pattern.compile("\"(?:[^\"\\\\]|\\\\.)*+\"|-?[0-9.eE+]+|true|false|null");
    static final List<BiFunction<Chance, String, String>> ALL = List.of(
            (chance, text) -> text.substring(0, chance.below(text.length() + 1)),
            (chance, text) -> text.substring(chance.below(text.length() + 1)),
            (chance, text) -> flip(chance, text),
            (chance, text) -> insert(text, chance.below(text.length() + 1), chance.of(FOREIGN)),
            (chance, text) -> insert(text, chance.below(text.length() + 1), chance.unit()),
            (chance, text) -> swapToken(chance, text, chance.of(FOREIGN)),
            (chance, text) -> swapToken(chance, text, swapToken(chance, text, chance.of(FOREIGN))),
            (chance, text) -> text + text,
            (chance, text) -> "\ufeff" + text,
            (chance, text) -> chance.of(FOREIGN));

    private Mutations() {
    }

    private static String flip(Chance chance, String text) {
        if (text.isEmpty()) {
            return text;
        }
        int at = chance.below(text.length());
        return text.substring(0, at) + (char) (text.charAt(at) ^ 1 << chance.below(16)) + text.substring(at + 1);
    }

    private static String insert(String text, int at, String what) {
        return text.substring(0, at) + what + text.substring(at);
    }

    /** Put something in the place of one value, name or number. */
    private static String swapToken(Chance chance, String text, String what) {
        var tokens = TOKEN.matcher(text).results().toList();
        if (tokens.isEmpty()) {
            return text;
        }
        var token = chance.of(tokens);
        return text.substring(0, token.start()) + what + text.substring(token.end());
    }
}
