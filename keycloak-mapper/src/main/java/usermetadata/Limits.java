package usermetadata;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/**
 * The limits in force in a realm, in one place. A realm attribute {@code user-metadata.<name>} overrides a default;
 * one that is no number or out of its range is ignored, and named in {@link #ignored()}.
 */
final class Limits {
    /** No document, hence no value, is ever larger: Keycloak caches whole users. */
    static final int CEILING_BYTES = 1 << 20;

    /** Numbers longer than this cannot be read back by Keycloak from its own tokens. */
    static final int CLAIM_NUMBER_CHARACTERS = 1000;

    enum Name {
        KEY_CHARACTERS("max-key-characters", 128, 1, 1024),
        VALUE_BYTES("max-value-bytes", 16 * 1024, 1, CEILING_BYTES),
        VALUE_DEPTH("max-value-depth", 16, 0, 64),
        ENTRIES("max-entries", 256, 0, 10_000),
        DOCUMENT_BYTES("max-document-bytes", 64 * 1024, 2, CEILING_BYTES),
        CLAIMS_BYTES("max-claims-bytes", 4 * 1024, 0, 64 * 1024);

        final String text;
        private final int standard;
        private final int lowest;
        private final int highest;

        Name(String text, int standard, int lowest, int highest) {
            this.text = text;
            this.standard = standard;
            this.lowest = lowest;
            this.highest = highest;
        }

        String realmAttribute() {
            return "user-metadata." + text;
        }
    }

    private final Map<Name, Integer> values = new LinkedHashMap<>();
    private final List<String> ignored = new ArrayList<>();

    private Limits() {
    }

    /** The limits in force, given a realm's attributes by name. */
    static Limits of(UnaryOperator<String> realmAttribute) {
        Limits limits = new Limits();
        for (Name name : Name.values()) {
            String set = realmAttribute.apply(name.realmAttribute());
            Integer number = set == null || set.isBlank() ? Integer.valueOf(name.standard) : inRange(name, set.strip());
            if (number == null) {
                limits.ignored.add(name.realmAttribute());
                number = name.standard;
            }
            limits.values.put(name, number);
        }
        return limits;
    }

    private static Integer inRange(Name name, String set) {
        try {
            int number = Integer.parseInt(set);
            return number < name.lowest || number > name.highest ? null : number;
        } catch (NumberFormatException e) {
            return null;
        }
    }

    int get(Name name) {
        return values.get(name);
    }

    /** The realm attributes that were set to something that is no limit. */
    List<String> ignored() {
        return List.copyOf(ignored);
    }

    /**
     * Refuses growth beyond a limit. What shrinks always passes, though it be over a limit lowered meanwhile.
     *
     * @throws Problem {@code limit_exceeded}
     */
    void refuseGrowth(Name name, long before, long after) {
        if (after > get(name) && after > before) {
            throw Problem.limitExceeded(name.text, get(name), after);
        }
    }
}
