package usermetadata;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

/**
 * Why a call was refused: a stable code, a sentence for the caller, and the numbers or names that would mend it.
 * Nothing was stored. Never holds a metadata value, but for the state that a failed precondition answers with.
 */
public final class Problem extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final int status;
    private final transient ObjectNode body;

    private Problem(int status, String code, String message) {
        super(message, null, false, false); // an answer, not a fault: no stack trace is worth its cost
        this.status = status;
        this.body = Json.object().put("error", code).put("message", message);
    }

    public int status() {
        return status;
    }

    /** The JSON of the answer: {@code {"error": code, "message": …}} and the members of this problem. */
    public ObjectNode body() {
        return body;
    }

    public String code() {
        return body.get("error").textValue();
    }

    Problem with(String member, String value) {
        body.put(member, value);
        return this;
    }

    Problem with(String member, long value) {
        body.put(member, value);
        return this;
    }

    Problem with(String member, JsonNode value) {
        body.set(member, value);
        return this;
    }

    /**
     * The problem as told to a caller who sees some keys only: of a limit on all of them together it keeps the limit, not how much
     * others have.
     */
    Problem withoutOthersShare() {
        if (!code().equals("limit_exceeded") || body.has("key")) {
            return this;
        }
        Problem told = new Problem(status, code(), "The limit " + body.get("name").textValue() + " of the user's metadata is reached.");
        return told.with("name", body.get("name")).with("limit", body.get("limit"));
    }

    static Problem clientNotFound() {
        return new Problem(404, "client_not_found", "The realm has no client of this id.");
    }

    static Problem malformedRequest(String message) {
        return new Problem(400, "malformed_request", message);
    }

    static Problem forbidden(String required) {
        return new Problem(403, "forbidden", "The caller lacks the right to do this: " + required + ".").with("required", required);
    }

    static Problem forbiddenKey(String key) {
        return new Problem(403, "forbidden", "The caller's roles do not extend to this key.").with("key", key);
    }

    static Problem userNotFound() {
        return new Problem(404, "user_not_found", "No user of the realm has this id, username or e-mail.");
    }

    static Problem ambiguousUser() {
        return new Problem(409, "ambiguous_user", "More than one user answers to this name; name the user by id.");
    }

    static Problem documentUnreadable(String reason) {
        return new Problem(409, "document_unreadable", "What is stored for this user is not a document this version can read ("
                + reason + "). It is left as it is.").with("reason", reason);
    }

    static Problem userReadOnly(String reason) {
        return new Problem(409, "user_read_only", "Keycloak can store nothing for this user: " + reason + ".").with("reason", reason);
    }

    static Problem preconditionFailed(long revision) {
        return new Problem(412, "precondition_failed", "The metadata is not in the state the precondition names.")
                .with("revision", revision);
    }

    static Problem bodyTooLarge(long limit) {
        return new Problem(413, "body_too_large", "The body is larger than " + limit + " bytes.").with("limit", limit);
    }

    static Problem invalidEntry(String key, String reason) {
        return new Problem(422, "invalid_entry", "The entry cannot be stored: " + reason + ".").with("key", key).with("reason", reason);
    }

    static Problem limitExceeded(String name, long limit, long actual) {
        return new Problem(422, "limit_exceeded", "The limit " + name + " is " + limit + "; this would be " + actual + ".")
                .with("name", name).with("limit", limit).with("actual", actual);
    }

    static Problem realmNotSealed(String reason) {
        return new Problem(503, "realm_not_sealed", "The realm's user profile does not seal the attribute "
                + MetadataDocument.ATTRIBUTE + " (" + reason + "); run the set-up again.").with("reason", reason);
    }

    static Problem directoryUnavailable() {
        return new Problem(503, "directory_unavailable", "Keycloak cannot ask the directory that the user is in; nothing was stored.");
    }

    static Problem databaseAway() {
        return new Problem(503, "keycloak_unavailable", "Keycloak's database does not answer.");
    }

    static Problem tooLate() {
        return new Problem(503, "contention", "The change could not be begun while its caller waited; nothing was stored, try again.");
    }

    static Problem contention() {
        return new Problem(503, "contention", "Other writers held this user too long; nothing was stored, try again.");
    }
}
