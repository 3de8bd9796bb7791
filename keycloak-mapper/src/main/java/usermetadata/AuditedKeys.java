package usermetadata;

import java.util.List;

/** The keys of a change as an admin event names them: a JSON array, cut where it grows longer than an audit needs. */
final class AuditedKeys {
    private static final int MAX_CHARACTERS = 2000;

    private AuditedKeys() {
    }

    /** The keys, or null for none: an event then carries no such detail. */
    static String text(List<String> keys) {
        if (keys.isEmpty()) {
            return null;
        }
        var array = Json.object().arrayNode();
        int characters = 0;
        for (String key : keys) {
            characters += key.length();
            if (characters > MAX_CHARACTERS) {
                return Json.ascii(array) + " and " + (keys.size() - array.size()) + " more";
            }
            array.add(key);
        }
        return Json.ascii(array);
    }
}
