package usermetadata;

import java.util.Map;

import com.fasterxml.jackson.databind.JsonNode;

/** Which claims a document makes. The prefix keeps every key clear of the claims that mean something to others. */
final class Claims {
    private static final String PREFIX = "metadata_";

    private Claims() {
    }

    /** The claim's name: flat, whatever dots the key holds. */
    static String name(String key) {
        return PREFIX + key;
    }

    static void put(MetadataDocument document, Map<String, Object> claims) {
        document.entries().forEach((key, entry) -> {
            if (entry.profileClaim()) {
                JsonNode value = entry.value();
                claims.put(name(key), value);
            }
        });
    }
}
