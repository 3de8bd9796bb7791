package usermetadata;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Set;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import usermetadata.MetadataDocument.Entry;

/**
 * A document as one caller sees it. Who sees all of it gets its revisions. Who sees some keys only gets numbers made of what
 * they see: a revision would tell how often others have written, and change whenever they do.
 *
 * @param document the entries the caller sees
 * @param whole whether these are all there can be
 */
record View(MetadataDocument document, boolean whole) {
    /** The sidecar writes them into entity tags and reads them back as integers of at most eighteen digits. */
    static final long TAGS = 1_000_000_000_000_000_000L;

    static View of(MetadataDocument document, Scope scope) {
        return scope.all() ? new View(document, true) : new View(document.only(scope::covers), false);
    }

    /** Some of these entries, each with the revision that it has here. */
    View only(Set<String> keys) {
        return new View(document.only(keys::contains), whole);
    }

    long revision() {
        return whole ? document.revision() : digest(document.entriesJson(Entry::content));
    }

    long revision(Entry entry) {
        return whole ? entry.revision() : digest(entry.content());
    }

    ObjectNode entriesJson() {
        return document.entriesJson(this::entryJson);
    }

    ObjectNode entryJson(Entry entry) {
        return entry.content().put("revision", revision(entry));
    }

    private static long digest(JsonNode content) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(Json.ascii(content).getBytes(StandardCharsets.US_ASCII));
            return Math.floorMod(ByteBuffer.wrap(hash).getLong(), TAGS);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e); // every Java has it
        }
    }
}
