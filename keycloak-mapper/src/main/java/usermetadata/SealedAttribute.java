package usermetadata;

import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;

import org.keycloak.models.KeycloakSession;
import org.keycloak.models.RealmModel;
import org.keycloak.representations.userprofile.config.UPAttribute;
import org.keycloak.representations.userprofile.config.UPAttributePermissions;
import org.keycloak.userprofile.DeclarativeUserProfileProvider;
import org.keycloak.userprofile.UserProfileProvider;

/**
 * Whether the realm's user profile seals the attribute that holds the document: declared, and open to nobody. Without
 * that, administrators' tools erase it and, under some policies, the user writes it; such an attribute is never trusted.
 */
final class SealedAttribute {
    /** Stored text is ASCII: a character of two bytes takes six, one of three six, one of four twelve. */
    private static final int STORED_PER_BYTE = 3;

    /** What was found in a realm's profile, for as long as it is the same: to be handed it, Keycloak copies the whole of it. */
    private static final Map<String, Finding> FINDINGS = new ConcurrentHashMap<>();

    private SealedAttribute() {
    }

    /**
     * What was found.
     *
     * @param profile the user profile as it is stored, null for Keycloak's own
     * @param requiredLength the length that the declaration had to allow
     * @param flaw see {@link #flaw}
     */
    private record Finding(String profile, long requiredLength, String flaw) {
        boolean isOf(String profile, long requiredLength) {
            return this.requiredLength == requiredLength && Objects.equals(this.profile, profile);
        }
    }

    /** The length the declaration must allow, in characters, so that Keycloak never calls a stored document too long. */
    static long requiredLength(RealmModel realm) {
        return (long) STORED_PER_BYTE * Limits.Name.DOCUMENT_BYTES.inForce(realm::getAttribute);
    }

    /** Why the attribute is not sealed in the session's realm, in a word; null when it is. Takes a microsecond as a rule. */
    static String flaw(KeycloakSession session) {
        RealmModel realm = session.getContext().getRealm();
        String profile = realm.getComponentsStream(realm.getId(), UserProfileProvider.class.getName()).findFirst()
                .map(component -> component.get(DeclarativeUserProfileProvider.UP_COMPONENT_CONFIG_KEY)).orElse(null);
        long requiredLength = requiredLength(realm);
        Finding known = FINDINGS.get(realm.getId());
        if (known == null || !known.isOf(profile, requiredLength)) {
            known = new Finding(profile, requiredLength, find(session, requiredLength));
            FINDINGS.put(realm.getId(), known);
        }
        return known.flaw();
    }

    private static String find(KeycloakSession session, long requiredLength) {
        UPAttribute attribute = session.getProvider(UserProfileProvider.class).getConfiguration()
                .getAttribute(MetadataDocument.ATTRIBUTE);
        if (attribute == null) {
            return "not_declared";
        }
        UPAttributePermissions permissions = attribute.getPermissions();
        if (permissions != null && !permissions.isEmpty()) {
            return "permissions_declared";
        }
        if (attribute.getRequired() != null) {
            return "required_declared";
        }
        if (attribute.getSelector() != null) {
            return "selector_declared";
        }
        return declaredLength(attribute) < requiredLength ? "length_too_small" : null;
    }

    private static long declaredLength(UPAttribute attribute) {
        Map<String, Object> length = attribute.getValidations() == null ? null : attribute.getValidations().get("length");
        Object max = length == null ? null : length.get("max");
        try {
            return max == null ? 0 : Long.parseLong(max.toString());
        } catch (NumberFormatException e) {
            return 0;
        }
    }
}
