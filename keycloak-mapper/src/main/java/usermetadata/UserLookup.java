package usermetadata;

import java.sql.SQLException;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import javax.naming.NamingException;

import org.keycloak.models.KeycloakSession;
import org.keycloak.models.RealmModel;
import org.keycloak.models.UserModel;
import org.keycloak.models.UserProvider;
import org.keycloak.models.utils.KeycloakModelUtils;
import org.keycloak.storage.StorageId;
import org.keycloak.storage.UserStorageProvider;

/** Finds the one user that a name means: an id, a username or an e-mail. */
final class UserLookup {
    /** MariaDB's error. */
    private static final int ILLEGAL_MIX_OF_COLLATIONS = 1267;

    /** As Keycloak makes ids: those need not be looked at twice. */
    private static final Pattern OWN_ID = Pattern.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}");

    private UserLookup() {
    }

    /**
     * The user of this name. An id is Keycloak's own and settles it. Any user may have chosen
     * another's e-mail as username, so those two are never guessed between.
     *
     * @throws Problem {@code ambiguous_user} or {@code user_not_found}
     */
    static UserModel find(KeycloakSession session, RealmModel realm, String name) {
        UserModel user = findIfAny(session, realm, name);
        if (user == null) {
            throw Problem.userNotFound();
        }
        return user;
    }

    /** Whether a name is the user's own id, where it is one at all: an id comes before names, and no directory need be asked. */
    static boolean isFoundById(RealmModel realm, String name) {
        return name != null && OWN_ID.matcher(name).matches() && !hasDirectory(realm);
    }

    private static boolean hasDirectory(RealmModel realm) {
        return realm.getComponentsStream(realm.getId(), UserStorageProvider.class.getName()).findAny().isPresent();
    }

    private static UserModel findIfAny(KeycloakSession session, RealmModel realm, String name) {
        try {
            if (hasDirectory(realm)) {
                String id = importFromDirectory(session, realm.getId(), name);
                return id == null ? null : session.users().getUserById(realm, id);
            }
            return findOne(session, realm, name);
        } catch (RuntimeException e) {
            if (Contention.causes(e).noneMatch(UserLookup::isIncomparable)) {
                throw e;
            }
            session.getTransactionManager().setRollbackOnly();
            return null;
        }
    }

    /** On MariaDB, Keycloak's columns hold no emoji and cannot be compared with one: nobody there has such a name. */
    private static boolean isIncomparable(Throwable cause) {
        return cause instanceof SQLException sql && sql.getErrorCode() == ILLEGAL_MIX_OF_COLLATIONS;
    }

    /**
     * Looks the user up in a transaction of its own, where a directory may have to be asked: that imports the user, and of two
     * requests that do so at once one fails. It is repeated here, before anything else of the request depends on it.
     *
     * @return the user's id, or null
     */
    private static String importFromDirectory(KeycloakSession session, String realmId, String name) {
        return Contention.retrying(() -> KeycloakModelUtils.runJobInTransactionWithResult(session.getKeycloakSessionFactory(), fresh -> {
            RealmModel realm = fresh.realms().getRealm(realmId);
            fresh.getContext().setRealm(realm);
            UserModel user = findOne(fresh, realm, name);
            if (user == null) {
                return null;
            }
            requireStored(fresh, realm, user);
            return user.getId();
        }));
    }

    /** Keycloak caches a user before the import of it has committed, and keeps it when another's import was first. */
    private static void requireStored(KeycloakSession session, RealmModel realm, UserModel user) {
        if (MetadataStore.isOutside(user.getId()) || session.getProvider(UserProvider.class).getUserById(realm, user.getId()) != null) {
            return;
        }
        MetadataStore.evict(session, realm, user);
        throw new Contention.Lost();
    }

    /** Whether a look-up failed since a directory did. Newer releases of Keycloak have an exception for it, older ones do not. */
    static boolean isFailureOfDirectory(RuntimeException failure) {
        return Contention.causes(failure).anyMatch(NamingException.class::isInstance);
    }

    private static UserModel findOne(KeycloakSession session, RealmModel realm, String name) {
        UserModel byId = isId(name) ? session.users().getUserById(realm, name) : null;
        if (byId != null && (OWN_ID.matcher(name).matches() || isOfDirectory(byId) || hasId(session, realm, byId, name))) {
            return byId;
        }
        Stream<UserModel> byUsername = Stream.ofNullable(session.users().getUserByUsername(realm, name))
                .filter(user -> isSame(user.getUsername(), name));
        Stream<UserModel> byEmail = byEmail(session, realm, name)
                .filter(user -> isOfDirectory(user) || isSame(user.getEmail(), name)); // a directory may know more than one
        List<UserModel> users = Stream.concat(byUsername, byEmail).filter(distinctById()).limit(2).toList();
        if (users.size() > 1) {
            throw Problem.ambiguousUser();
        }
        return users.isEmpty() ? null : users.get(0);
    }

    /** MariaDB finds an id in capitals too, and Keycloak takes those for the id: only the way back by the username tells. */
    private static boolean hasId(KeycloakSession session, RealmModel realm, UserModel user, String id) {
        UserModel same = session.users().getUserByUsername(realm, user.getUsername());
        return same != null && same.getId().equals(id);
    }

    /** A database may find {@code jose} under {@code josé}, or a blank more: the user of that name is another person. */
    private static boolean isSame(String found, String name) {
        return found != null && KeycloakModelUtils.toLowerCaseSafe(found).equals(KeycloakModelUtils.toLowerCaseSafe(name));
    }

    private static boolean isOfDirectory(UserModel user) {
        return user.getFederationLink() != null || !StorageId.isLocalStorage(user.getId());
    }

    /** {@code f:<component>:<id>} names a user outside; Keycloak throws on one without the second colon. */
    private static boolean isId(String name) {
        return !name.startsWith("f:") || name.indexOf(':', 2) > 2;
    }

    private static Stream<UserModel> byEmail(KeycloakSession session, RealmModel realm, String name) {
        if (name.indexOf('@') < 0) {
            return Stream.empty(); // no e-mail: spares the look-up, in a directory above all
        }
        if (!realm.isDuplicateEmailsAllowed()) {
            return Stream.ofNullable(session.users().getUserByEmail(realm, name));
        }
        // Keycloak would silently take the first of several.
        return session.users().searchForUserStream(realm, Map.of(UserModel.EMAIL, name, UserModel.EXACT, "true"), 0, 2);
    }

    private static Predicate<UserModel> distinctById() {
        Set<String> seen = new HashSet<>();
        return user -> seen.add(user.getId());
    }
}
