package usermetadata;

import usermetadata.Limits.Name;

/** What a key may be: a segment of a path and the end of a claim's name, so nothing that either would change. */
final class Keys {
    private Keys() {
    }

    /**
     * Refuses what is no key.
     *
     * @throws Problem {@code invalid_entry}, or {@code limit_exceeded} for one that is too long
     */
    static void check(String key, Limits limits) {
        String flaw = flaw(key);
        if (flaw != null) {
            // A lone surrogate could not be written into the answer, so such a key is not repeated there.
            throw Problem.invalidEntry(Json.isUnicode(key) ? key : null, flaw);
        }
        int characters = key.codePointCount(0, key.length());
        if (characters > limits.get(Name.KEY_CHARACTERS)) {
            throw Problem.limitExceeded(Name.KEY_CHARACTERS.text, limits.get(Name.KEY_CHARACTERS), characters);
        }
    }

    private static String flaw(String key) {
        if (key.isEmpty()) {
            return "the key is empty";
        }
        if (!Json.isUnicode(key)) {
            return "the key holds half of a surrogate pair";
        }
        if (key.codePoints().anyMatch(Character::isISOControl)) {
            return "the key holds a control character";
        }
        if (isBlank(key.codePointAt(0)) || isBlank(key.codePointBefore(key.length()))) {
            return "the key begins or ends with a blank";
        }
        if (key.equals(".") || key.equals("..")) {
            return "the key is a dot segment, which clients remove from paths";
        }
        return null;
    }

    private static boolean isBlank(int point) {
        return Character.isWhitespace(point) || Character.isSpaceChar(point);
    }
}
