package usermetadata;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

import org.keycloak.models.KeycloakSession;
import org.keycloak.models.RealmModel;
import org.keycloak.models.UserModel;

/**
 * What the tokens of one response are made of: read, checked and parsed once for all of them, and so the same in each. Kept in
 * Keycloak's session, which lasts as long as the request.
 */
final class TokenSource {
    private final String flaw;
    private final List<String> rows;
    private final MetadataDocument document;
    private final String unreadable;
    private final Map<Release, Claims.Released> released = new HashMap<>();

    private TokenSource(String flaw, List<String> rows, MetadataDocument document, String unreadable) {
        this.flaw = flaw;
        this.rows = rows;
        this.document = document;
        this.unreadable = unreadable;
    }

    /** What this session's tokens of a user are made of. Whoever writes the user's attribute in between is heard. */
    static TokenSource of(KeycloakSession session, RealmModel realm, UserModel user) {
        String name = TokenSource.class.getName() + ' ' + user.getId();
        TokenSource known = session.getAttribute(name, TokenSource.class);
        if (known == null || !known.isOf(user)) {
            known = read(session, realm, user);
            session.setAttribute(name, known);
        }
        return known;
    }

    private static TokenSource read(KeycloakSession session, RealmModel realm, UserModel user) {
        String flaw = SealedAttribute.flaw(session);
        if (flaw != null) {
            return new TokenSource(flaw, null, null, null);
        }
        List<String> rows = MetadataStore.rows(session, realm, user);
        try {
            return new TokenSource(null, rows, MetadataStore.parse(user, rows), null);
        } catch (MetadataDocument.Unreadable e) {
            return new TokenSource(null, rows, null, e.getMessage());
        }
    }

    /** Of a user outside this would take the query again that is to be spared. */
    private boolean isOf(UserModel user) {
        return rows == null || MetadataStore.isOutside(user.getId()) || rows.equals(MetadataStore.localRows(user));
    }

    /** Why the realm does not seal the attribute; null where it does. */
    String flaw() {
        return flaw;
    }

    /** Why what is stored is no document; null where it is one. */
    String unreadable() {
        return unreadable;
    }

    MetadataDocument document() {
        return document;
    }

    /** What one mapper, or several of the same options, release of the document. */
    Claims.Released released(Release release) {
        return released.computeIfAbsent(release, options -> options.claims().of(document));
    }
}
