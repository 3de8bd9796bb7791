package usermetadata;

import java.util.List;
import java.util.concurrent.ConcurrentMap;

import org.keycloak.models.UserModel;
import org.keycloak.models.cache.CachedUserModel;

/**
 * A user's document as it was parsed last, kept with the user in Keycloak's cache, and so never longer than the text itself is.
 *
 * @param rows what was parsed; whoever has others has another document
 */
record ParsedDocument(List<String> rows, MetadataDocument document) {
    /** In characters, of all rows. Parsed, a document is about three times as large, and Keycloak bounds its cache by users. */
    private static final int LONGEST_KEPT = 4096;

    private static final String PLACE = ParsedDocument.class.getName();

    /** Reads the rows of a user, or remembers what they were read as. */
    static MetadataDocument of(UserModel user, List<String> rows) throws MetadataDocument.Unreadable {
        if (!(user instanceof CachedUserModel cached)) {
            return MetadataDocument.read(rows);
        }
        @SuppressWarnings("unchecked") // Keycloak's own signature is raw
        ConcurrentMap<String, Object> keptWithUser = cached.getCachedWith();
        if (keptWithUser.get(PLACE) instanceof ParsedDocument known && known.rows.equals(rows)) {
            return known.document;
        }
        MetadataDocument document = MetadataDocument.read(rows);
        if (rows.stream().mapToInt(ParsedDocument::length).sum() <= LONGEST_KEPT) {
            keptWithUser.put(PLACE, new ParsedDocument(rows, document));
        }
        return document;
    }

    private static int length(String row) {
        return row == null ? 0 : row.length(); // a database may give back null for an empty text
    }
}
