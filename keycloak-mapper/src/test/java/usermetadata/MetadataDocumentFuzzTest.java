package usermetadata;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.Set;

import org.junit.jupiter.api.Test;
import org.keycloak.representations.AccessToken;
import org.keycloak.util.JsonSerialization;

/** What lies in the attribute's row may be anything: it is a document that can be kept and told again, or it is unreadable. */
class MetadataDocumentFuzzTest {
    private static final int ROUNDS = 10_000;
    private static final Set<String> REASONS = Set.of("not_json", "not_a_document", "unknown_format", "not_an_entry");

    @Test
    void whateverIsStoredIsADocumentThatSurvivesOrUnreadable() {
        Chance chance = new Chance();
        int readable = 0;
        for (int round = 0; round < ROUNDS; round++) {
            String text = chance.document().toStored();
            for (int mutations = chance.below(3); mutations > 0; mutations--) {
                text = chance.of(Mutations.ALL).apply(chance, text);
            }
            readable += isReadable(text) ? 1 : 0; // a failure shows the text itself
        }
        assertTrue(readable > ROUNDS / 4 && readable < ROUNDS * 3 / 4, readable + " were readable: the mutations miss their mark");
    }

    private static boolean isReadable(String text) {
        MetadataDocument document;
        try {
            document = MetadataDocument.parse(text);
        } catch (MetadataDocument.Unreadable e) {
            assertTrue(REASONS.contains(e.getMessage()), e.getMessage());
            return false;
        }
        assertTells(document, text);
        return true;
    }

    /** Assert that the document can be written, read again, shown and put into a token that Keycloak can read again. */
    private static void assertTells(MetadataDocument document, String text) {
        try {
            assertEquals(document, MetadataDocument.parse(document.toStored()), text);
        } catch (MetadataDocument.Unreadable e) {
            throw new AssertionError("written anew it is unreadable: " + text, e);
        }
        assertTrue(document.revision() >= 0, text);
        document.entries().forEach((key, entry) -> {
            assertTrue(entry.revision() >= 0, text);
            assertTrue(Json.isUnicode(key), text);
        });
        assertTokenIsReadBack(document, text);
    }

    private static void assertTokenIsReadBack(MetadataDocument document, String text) {
        AccessToken token = new AccessToken();
        token.getOtherClaims().putAll(Claims.ALL.of(document).claims());
        try {
            byte[] written = JsonSerialization.writeValueAsBytes(token);
            AccessToken read = JsonSerialization.readValue(written, AccessToken.class);
            assertEquals(token.getOtherClaims().keySet(), read.getOtherClaims().keySet(), text);
        } catch (IOException e) {
            throw new AssertionError("Keycloak cannot read the token that it makes of " + text, e);
        }
    }
}
