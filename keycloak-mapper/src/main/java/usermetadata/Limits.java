package usermetadata;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntSupplier;
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
        final String realmAttribute;
        private final int standard;
        private final int lowest;
        private final int highest;

        Name(String text, int standard, int lowest, int highest) {
            this.text = text;
            this.realmAttribute = "user-metadata." + text;
            this.standard = standard;
            this.lowest = lowest;
            this.highest = highest;
        }

        /** The limit in force, given a realm's attributes by name: who needs only one is spared the others. */
        int inForce(UnaryOperator<String> realmAttributes) {
            Integer set = set(realmAttributes);
            return set == null ? standard : set;
        }

        /** What the realm has set, or else the default; null where what it has set is no limit. */
        private Integer set(UnaryOperator<String> realmAttributes) {
            String set = realmAttributes.apply(realmAttribute);
            if (set == null || set.isBlank()) {
                return standard;
            }
            try {
                int number = Integer.parseInt(set.strip());
                return number < lowest || number > highest ? null : number;
            } catch (NumberFormatException e) {
                return null;
            }
        }
    }

    private final Map<Name, Integer> values = new EnumMap<>(Name.class);
    private final List<String> ignored = new ArrayList<>();

    private Limits() {
    }

    /** The limits in force, given a realm's attributes by name. */
    static Limits of(UnaryOperator<String> realmAttributes) {
        Limits limits = new Limits();
        for (Name name : Name.values()) {
            Integer set = name.set(realmAttributes);
            if (set == null) {
                limits.ignored.add(name.realmAttribute);
            }
            limits.values.put(name, set == null ? name.standard : set);
        }
        return limits;
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
     * @param before asked only of what is over the limit: to find it out takes time
     * @throws Problem {@code limit_exceeded}
     */
    void refuseGrowth(Name name, IntSupplier before, int after) {
        if (after > get(name) && after > before.getAsInt()) {
            throw Problem.limitExceeded(name.text, get(name), after);
        }
    }
}
