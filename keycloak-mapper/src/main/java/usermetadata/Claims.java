package usermetadata;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

import com.fasterxml.jackson.databind.JsonNode;

/**
 * Which claims a document makes in tokens: of which entries, under which prefix, up to which size.
 *
 * @param prefix what a key gets in front; keeps it clear of the claims that mean something to others
 * @param keys the keys that are released, {@code prefix*} or exact; empty for all
 * @param maxBytes beyond this size none of them is released; null for no maximum
 */
record Claims(String prefix, List<String> keys, Integer maxBytes) {
    static final String PREFIX = "metadata_";

    /** All profile claims, as a mapper without options releases them. */
    static final Claims ALL = new Claims(PREFIX, List.of(), null);

    private static final Pattern BETWEEN_RULES = Pattern.compile("##");

    /** Claims with a meaning of their own, which no prefix and key together may spell. */
    private static final Set<String> RESERVED = Set.of("iss", "sub", "aud", "exp", "nbf", "iat", "jti", "typ", "azp", "nonce", "acr", "amr",
            "sid", "scope", "cnf", "act", "may_act", "events", "auth_time", "session_state", "at_hash", "c_hash", "s_hash", "client_id",
            "realm_access", "resource_access", "allowed-origins", "trusted-certs", "authorization", "authorization_details", "active",
            "token_type", "username", "name", "given_name", "family_name", "middle_name", "nickname", "preferred_username", "profile",
            "picture", "website", "email", "email_verified", "gender", "birthdate", "zoneinfo", "locale", "phone_number",
            "phone_number_verified", "address", "updated_at", "groups", "roles", "organization", "claims_locales", "category", "x5t#S256",
            "clientId", "clientHost", "clientAddress", "entitlements", "permissions");

    /**
     * What is released.
     *
     * @param chosen the claims that the keys' filter lets through, sorted
     * @param tooLarge whether they are beyond the maximum, so that none is released
     */
    record Released(Map<String, JsonNode> chosen, boolean tooLarge) {
        Map<String, JsonNode> claims() {
            return tooLarge ? Map.of() : chosen;
        }

        /** The bytes the chosen claims take in a token, as {@code "<claim>":<value>}. */
        int bytes() {
            return chosen.isEmpty() ? 0
                    : Json.tokenBytes(Json.object().setAll(chosen)) - chosen.size() - 1; // less the braces and what is between them
        }
    }

    static boolean isReserved(String claim) {
        return RESERVED.contains(claim);
    }

    /** The claims of a document; none of them when together they are larger than the maximum. */
    Released of(MetadataDocument document) {
        Map<String, JsonNode> claims = new LinkedHashMap<>(2 * document.entries().size()); // sorted as the entries: all begin alike
        document.entries().forEach((key, entry) -> {
            if (entry.profileClaim() && releases(key)) {
                String claim = prefix + key;
                if (!isReserved(claim)) {
                    claims.put(claim, entry.value().deepCopy()); // the document is kept, and a token's claims are anybody's to change
                }
            }
        });
        Released all = new Released(claims, false);
        return maxBytes != null && all.bytes() > maxBytes ? new Released(claims, true) : all;
    }

    private boolean releases(String key) {
        return keys.isEmpty() || keys.stream().anyMatch(rule -> rule.endsWith("*")
                ? key.startsWith(rule.substring(0, rule.length() - 1)) : key.equals(rule));
    }

    /** Reads the rules of a filter as the console keeps them, {@code ##} between one and the next. */
    static List<String> rules(String configured) {
        return configured == null ? List.of() : BETWEEN_RULES.splitAsStream(configured).map(String::strip)
                .filter(rule -> !rule.isEmpty()).toList();
    }
}
