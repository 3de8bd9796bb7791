package usermetadata;

import org.keycloak.models.ClientModel;
import org.keycloak.models.RealmModel;
import org.keycloak.models.UserModel;
import org.keycloak.services.resources.admin.AdminAuth;
import org.keycloak.services.resources.admin.fgap.AdminPermissionEvaluator;

/**
 * Who calls, and what they may do. Our own client roles count for all users of the realm; Keycloak's own permissions
 * for users count as they do everywhere else, fine-grained ones included.
 */
final class Caller {
    static final String CLIENT = "user-metadata";
    static final String VIEW = "view-metadata";
    static final String MANAGE = "manage-metadata";

    private final AdminPermissionEvaluator permissions;
    private final boolean mayManageAll;
    private final boolean mayViewAll;

    Caller(AdminPermissionEvaluator permissions, RealmModel realm) {
        this.permissions = permissions;
        AdminAuth auth = permissions.adminAuth();
        ClientModel client = realm.getClientByClientId(CLIENT);
        // Keycloak's admin API checks no audience: without this, any token of a role holder would do, whoever it was made for.
        boolean meantForUs = client != null && auth.getRealm().getId().equals(realm.getId()) && auth.getToken().hasAudience(CLIENT);
        this.mayManageAll = meantForUs && auth.hasAppRole(client, MANAGE);
        this.mayViewAll = mayManageAll || meantForUs && auth.hasAppRole(client, VIEW);
    }

    /**
     * Refuses a caller who may see no user at all. Comes before any look-up, so that known and unknown users answer alike.
     *
     * @throws Problem {@code forbidden}
     */
    void requireViewOfSomeone() {
        if (!mayViewAll && !permissions.users().canQuery()) {
            throw Problem.forbidden(VIEW);
        }
    }

    /** As {@link #requireViewOfSomeone()}, for a caller who wants to write. */
    void requireManageOfSomeone() {
        // Who may query may hold fine-grained permissions on some users; which ones is known once the user is.
        if (!mayManageAll && !permissions.users().canQuery()) {
            throw Problem.forbidden(MANAGE);
        }
    }

    /** Whether an unknown user may be told from a known one: not to those who see chosen users only. */
    boolean mayKnowWhoExists() {
        return mayViewAll || permissions.users().canView();
    }

    void requireView(UserModel user) {
        if (!mayViewAll && !permissions.users().canView(user)) {
            throw Problem.forbidden(VIEW);
        }
    }

    /** Writing answers with what is stored, so it takes the right to view as well: in Keycloak the one does not imply the other. */
    void requireManage(UserModel user) {
        if (!mayManageAll && !(permissions.users().canManage(user) && permissions.users().canView(user))) {
            throw Problem.forbidden(MANAGE);
        }
    }

    /** The state of the realm is for those who see users or the realm's settings. */
    void requireViewOfRealm() {
        if (!mayViewAll && !permissions.users().canView() && !permissions.realm().canViewRealm()) {
            throw Problem.forbidden(VIEW);
        }
    }

    void requireManageOfRealm() {
        if (!permissions.realm().canManageRealm() && !permissions.users().canManage()) {
            throw Problem.forbidden("manage-realm");
        }
    }
}
