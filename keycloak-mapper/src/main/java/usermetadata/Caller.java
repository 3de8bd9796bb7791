package usermetadata;

import java.util.HashSet;
import java.util.Set;
import java.util.stream.Collectors;

import org.keycloak.models.ClientModel;
import org.keycloak.models.RealmModel;
import org.keycloak.models.RoleModel;
import org.keycloak.models.UserModel;
import org.keycloak.services.resources.admin.AdminAuth;
import org.keycloak.services.resources.admin.fgap.AdminPermissionEvaluator;

/**
 * Who calls, and what they may do. Our own client roles count for all users of the realm, those of a namespace for its keys;
 * Keycloak's own permissions for users count as they do everywhere else, fine-grained ones included.
 */
final class Caller {
    static final String CLIENT = "user-metadata";
    static final String VIEW = "view-metadata";
    static final String MANAGE = "manage-metadata";
    static final String VIEW_OWN = "view-own-metadata";

    private final AdminPermissionEvaluator permissions;

    /** Whose roles count, null where the token is not meant for us. */
    private final ClientModel client;
    private final Scope manages;
    private final Scope views;

    Caller(AdminPermissionEvaluator permissions, RealmModel realm) {
        this.permissions = permissions;
        AdminAuth auth = permissions.adminAuth();
        // Keycloak's admin API checks no audience: without this, any token of a role holder would do, whoever it was made for.
        boolean meantForUs = auth.getRealm().getId().equals(realm.getId()) && auth.getToken().hasAudience(CLIENT);
        this.client = meantForUs ? realm.getClientByClientId(CLIENT) : null;
        this.manages = client == null ? Scope.NONE : scope(auth, client, MANAGE);
        this.views = client == null || manages.all() ? manages : together(scope(auth, client, VIEW), manages);
    }

    private static Scope scope(AdminAuth auth, ClientModel client, String role) {
        if (auth.hasAppRole(client, role)) {
            return Scope.ALL;
        }
        String prefix = role + ":";
        return new Scope(false, client.getRolesStream().map(RoleModel::getName)
                .filter(name -> name.startsWith(prefix) && name.length() > prefix.length() && auth.hasAppRole(client, name))
                .map(name -> name.substring(prefix.length())).collect(Collectors.toUnmodifiableSet()));
    }

    private static Scope together(Scope one, Scope other) {
        Set<String> namespaces = new HashSet<>(one.namespaces());
        namespaces.addAll(other.namespaces());
        return new Scope(one.all() || other.all(), namespaces);
    }

    /**
     * Refuses a caller who may see no user at all. Comes before any look-up, so that known and unknown users answer alike.
     *
     * @throws Problem {@code forbidden}
     */
    void requireViewOfSomeone() {
        if (views.isEmpty() && !permissions.users().canQuery()) {
            throw Problem.forbidden(VIEW);
        }
    }

    /** As {@link #requireViewOfSomeone()}, for a caller who wants to write these keys. */
    void requireManageOfSomeone(Set<String> keys) {
        // Who may query may hold fine-grained permissions on some users; which ones is known once the user is.
        if (manages.all() || permissions.users().canQuery()) {
            return;
        }
        if (manages.isEmpty()) {
            throw Problem.forbidden(MANAGE);
        }
        requireCovered(keys);
    }

    private void requireCovered(Set<String> keys) {
        for (String key : keys) {
            if (!manages.covers(key)) {
                throw Problem.forbiddenKey(Json.isUnicode(key) ? key : null);
            }
        }
    }

    /** Whether the caller reads and writes all of every user, whoever it is. */
    boolean managesEverybody() {
        return manages.all();
    }

    /** Whether an unknown user may be told from a known one: not to those who see chosen users only. */
    boolean mayKnowWhoExists() {
        return !views.isEmpty() || permissions.users().canView();
    }

    /** The keys of this user that the caller sees. */
    Scope requireView(UserModel user) {
        if (views.all() || permissions.users().canView(user)) {
            return Scope.ALL;
        }
        if (views.isEmpty()) {
            throw Problem.forbidden(VIEW);
        }
        return views;
    }

    /**
     * The keys of this user that the caller writes. Writing answers with what is stored, so it takes the right to view as well: in
     * Keycloak the one does not imply the other.
     */
    Scope requireManage(UserModel user, Set<String> keys) {
        if (manages.all() || permissions.users().canManage(user) && permissions.users().canView(user)) {
            return Scope.ALL;
        }
        if (manages.isEmpty()) {
            throw Problem.forbidden(MANAGE);
        }
        requireCovered(keys);
        return manages;
    }

    /** The caller, as one who may see what their own tokens say of them. */
    UserModel requireSelf() {
        if (client == null || !permissions.adminAuth().hasAppRole(client, VIEW_OWN)) {
            throw Problem.forbidden(VIEW_OWN);
        }
        return permissions.adminAuth().getUser();
    }

    /** The state of the realm is for those who see users or the realm's settings. */
    void requireViewOfRealm() {
        if (views.isEmpty() && !permissions.users().canView() && !permissions.realm().canViewRealm()) {
            throw Problem.forbidden(VIEW);
        }
    }

    void requireManageOfRealm() {
        if (!permissions.realm().canManageRealm() && !permissions.users().canManage()) {
            throw Problem.forbidden("manage-realm");
        }
    }
}
