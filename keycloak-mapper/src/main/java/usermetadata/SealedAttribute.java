package usermetadata;

import java.util.Map;

import org.keycloak.models.KeycloakSession;
import org.keycloak.representations.userprofile.config.UPAttribute;
import org.keycloak.representations.userprofile.config.UPAttributePermissions;
import org.keycloak.userprofile.UserProfileProvider;

/**
 * Whether the realm's user profile seals the attribute that holds the document: declared, and open to nobody. Without
 * that, administrators' tools erase it and, under some policies, the user writes it; such an attribute is never trusted.
 */
final class SealedAttribute {
    /** Stored text is ASCII: a character of two bytes takes six, one of three six, one of four twelve. */
    private static final int STORED_PER_BYTE = 3;

    private SealedAttribute() {
    }

    /** The length the declaration must allow, in characters, so that Keycloak never calls a stored document too long. */
    static long requiredLength(Limits limits) {
        return (long) STORED_PER_BYTE * limits.get(Limits.Name.DOCUMENT_BYTES);
    }

    /** Why the attribute is not sealed in the session's realm, in a word; null when it is. Takes a few microseconds. */
    static String flaw(KeycloakSession session) {
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
        Limits limits = Limits.of(session.getContext().getRealm()::getAttribute);
        return declaredLength(attribute) < requiredLength(limits) ? "length_too_small" : null;
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
