package usermetadata;

import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Optional;
import java.util.Set;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.Response;

import org.keycloak.events.admin.OperationType;
import org.keycloak.models.KeycloakSession;
import org.keycloak.models.RealmModel;
import org.keycloak.models.UserModel;
import org.keycloak.services.resources.admin.AdminEventBuilder;
import org.keycloak.services.resources.admin.fgap.AdminPermissionEvaluator;

/**
 * The admin extension, under {@code /admin/realms/{realm}/user-metadata}. The user is named in a query parameter, since
 * names may hold what a path may not. Errors are {@code {"error": code, "message": …}}, with the numbers that matter.
 */
public final class UserMetadataResource {
    private static final int MAX_BODY_BYTES = 2 * Limits.CEILING_BYTES;

    private final KeycloakSession session;
    private final RealmModel realm;
    private final Caller caller;
    private final AdminEventBuilder adminEvent;

    UserMetadataResource(KeycloakSession session, RealmModel realm, AdminPermissionEvaluator permissions, AdminEventBuilder adminEvent) {
        this.session = session;
        this.realm = realm;
        this.caller = new Caller(permissions, realm);
        this.adminEvent = adminEvent;
    }

    /** The extension's version, whether the realm is sealed, and the limits in force. */
    @GET
    @Path("info")
    public Response info() {
        return Answer.of(session, () -> {
            caller.requireViewOfRealm();
            Limits limits = Limits.of(realm::getAttribute);
            String flaw = SealedAttribute.flaw(session);
            ObjectNode json = Json.object().put("version", Version.TEXT).put("sealed", flaw == null).put("unsealedReason", flaw)
                    .put("requiredLength", SealedAttribute.requiredLength(realm));
            ObjectNode inForce = json.putObject("limits");
            for (Limits.Name name : Limits.Name.values()) {
                inForce.put(name.text, limits.get(name));
            }
            limits.ignored().forEach(json.putArray("ignoredSettings")::add);
            return json;
        });
    }

    /** How many users hold a document, and how many something else under the attribute's name. Reads every one of them. */
    @GET
    @Path("census")
    public Response census() {
        return Answer.of(session, () -> {
            caller.requireManageOfRealm();
            return Census.take(session, realm).toJson();
        });
    }

    /** A user's document: {@code {"userId", "revision", "entries": {key: {value, profileClaim, revision}}}}. */
    @GET
    @Path("document")
    public Response document(@QueryParam("user") String name) {
        return Answer.of(session, () -> {
            caller.requireViewOfSomeone();
            UserModel user = find(name, Caller.VIEW);
            Scope scope = caller.requireView(user);
            return json(user.getId(), View.of(read(user), scope));
        });
    }

    /** The caller's own document, as far as their tokens show it to them. */
    @GET
    @Path("own-document")
    public Response ownDocument() {
        return Answer.of(session, () -> {
            UserModel user = caller.requireSelf();
            requireSealed();
            MetadataDocument document = read(user);
            return json(user.getId(), new View(document.only(key -> document.entries().get(key).profileClaim()), false));
        });
    }

    /** The claims a token of a user would carry now; with a client, as that client's mappers would release them, see {@link Preview}. */
    @GET
    @Path("claims")
    public Response claims(@QueryParam("user") String name, @QueryParam("client") String clientId) {
        return Answer.of(session, () -> {
            caller.requireViewOfSomeone();
            UserModel user = find(name, Caller.VIEW);
            Scope scope = caller.requireView(user);
            Preview preview = new Preview(realm, View.of(read(user), scope));
            return clientId == null ? preview.all() : preview.of(clientId);
        });
    }

    /**
     * Changes a user's document, see {@link Change}, and answers with the new one and the keys that were touched. With
     * {@code before}, it is not begun after that moment, see {@link Deadline}. With {@code entries=named}, the answer
     * has only those entries that the change names.
     */
    @POST
    @Path("change")
    public Response change(@QueryParam("user") String name, @QueryParam("before") String before, @QueryParam("entries") String entries,
            InputStream body) {
        return Answer.of(session, () -> {
            boolean named = "named".equals(entries);
            Deadline deadline = Deadline.read(before);
            caller.requireManageOfSomeone(Set.of());
            Change change = ChangeReader.read(read(body));
            caller.requireManageOfSomeone(change.keys());
            Optional<Change.Outcome> done = changeAtOnce(name, change, deadline);
            if (done.isPresent()) {
                return json(name, Scope.ALL, change, done.get(), named);
            }
            UserModel user = find(name, Caller.MANAGE);
            Scope manages = caller.requireManage(user, change.keys());
            Scope views = caller.requireView(user);
            var target = new MetadataWriter.Target(realm.getId(), user.getId(), views, manages);
            endTransaction();
            try {
                Change.Outcome outcome = MetadataWriter.change(session.getKeycloakSessionFactory(), target, change, deadline,
                        (inner, stored) -> report(inner, target.userId(), stored));
                return json(target.userId(), views, change, outcome, named);
            } catch (Problem problem) {
                throw views.all() ? problem : problem.withoutOthersShare();
            }
        });
    }

    /** Changes the document of a user who need not be looked up: the caller may write everybody's, and the name is an id. */
    private Optional<Change.Outcome> changeAtOnce(String name, Change change, Deadline deadline) {
        if (!caller.managesEverybody() || !UserLookup.isFoundById(realm, name)) {
            return Optional.empty();
        }
        requireSealed();
        return MetadataWriter.changeAtOnce(session, new MetadataWriter.Target(realm.getId(), name, Scope.ALL, Scope.ALL), change,
                deadline, (inner, stored) -> report(inner, name, stored));
    }

    private void requireSealed() {
        String flaw = SealedAttribute.flaw(session);
        if (flaw != null) {
            throw Problem.realmNotSealed(flaw);
        }
    }

    private MetadataDocument read(UserModel user) {
        try {
            return MetadataStore.read(session, realm, user);
        } catch (MetadataDocument.Unreadable e) {
            throw Problem.documentUnreadable(e.getMessage());
        }
    }

    private UserModel find(String name, String right) {
        requireSealed();
        if (name == null || name.isEmpty()) {
            throw Problem.malformedRequest("The query parameter user names the user by id, username or e-mail.");
        }
        try {
            return UserLookup.find(session, realm, name);
        } catch (Problem problem) {
            // Neither that there is nobody of this name nor that there are two is for everyone to know.
            throw caller.mayKnowWhoExists() ? problem : Problem.forbidden(right);
        }
    }

    /** Gives the request's own database connection back before the locked transaction takes one. */
    private void endTransaction() {
        if (session.getTransactionManager().isActive()) {
            session.getTransactionManager().commit();
        }
    }

    /** The event belongs to the transaction that stores, and falls with it. It names keys, never values. */
    private void report(KeycloakSession inner, String userId, Change.Outcome outcome) {
        adminEvent.clone(inner).resource("USER_METADATA").operation(OperationType.UPDATE)
                .resourcePath("users", userId, "user-metadata")
                .detail("added", AuditedKeys.text(outcome.added()))
                .detail("changed", AuditedKeys.text(outcome.changed()))
                .detail("removed", AuditedKeys.text(outcome.removed()))
                .detail("expired", AuditedKeys.text(outcome.expired()))
                .detail("revision", Long.toString(outcome.document().revision()))
                .detail("requestId", RequestId.of(session))
                .success();
    }

    private static byte[] read(InputStream body) {
        try {
            byte[] bytes = body == null ? new byte[0] : body.readNBytes(MAX_BODY_BYTES + 1);
            if (bytes.length > MAX_BODY_BYTES) {
                throw Problem.bodyTooLarge(MAX_BODY_BYTES);
            }
            return bytes;
        } catch (IOException e) {
            throw Problem.malformedRequest("The body could not be read to its end.");
        }
    }

    private static ObjectNode json(String userId, Scope views, Change change, Change.Outcome outcome, boolean named) {
        View view = View.of(outcome.document(), views);
        ObjectNode json = json(userId, view.revision(), named ? view.only(change.keys()) : view);
        json.set("added", array(outcome.added()));
        json.set("changed", array(outcome.changed()));
        json.set("removed", array(outcome.removed()));
        json.put("dryRun", change.dryRun());
        if (change.dryRun()) {
            json.putObject("claimsBytes")
                    .put("before", Claims.ALL.of(View.of(outcome.before(), views).document()).bytes())
                    .put("after", Claims.ALL.of(view.document()).bytes())
                    .put("limit", outcome.limits().get(Limits.Name.CLAIMS_BYTES));
        }
        return json;
    }

    private static ObjectNode json(String userId, View view) {
        return json(userId, view.revision(), view);
    }

    private static ObjectNode json(String userId, long revision, View shown) {
        ObjectNode json = Json.object().put("userId", userId).put("revision", revision);
        json.set("entries", shown.entriesJson());
        return json;
    }

    private static JsonNode array(List<String> keys) {
        var array = Json.object().arrayNode();
        keys.forEach(array::add);
        return array;
    }
}
