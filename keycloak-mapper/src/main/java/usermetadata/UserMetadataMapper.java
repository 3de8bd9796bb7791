package usermetadata;

import java.util.ArrayList;
import java.util.List;

import org.jboss.logging.Logger;
import org.keycloak.models.ClientSessionContext;
import org.keycloak.models.KeycloakSession;
import org.keycloak.models.ProtocolMapperModel;
import org.keycloak.models.RealmModel;
import org.keycloak.models.UserModel;
import org.keycloak.models.UserSessionModel;
import org.keycloak.protocol.oidc.mappers.AbstractOIDCProtocolMapper;
import org.keycloak.protocol.oidc.mappers.OIDCAccessTokenMapper;
import org.keycloak.protocol.oidc.mappers.OIDCAttributeMapperHelper;
import org.keycloak.protocol.oidc.mappers.OIDCIDTokenMapper;
import org.keycloak.protocol.oidc.mappers.TokenIntrospectionTokenMapper;
import org.keycloak.protocol.oidc.mappers.UserInfoTokenMapper;
import org.keycloak.provider.ProviderConfigProperty;
import org.keycloak.representations.IDToken;

/**
 * Puts every entry marked {@code profileClaim} into the tokens as {@code metadata_<key>}. Reads the user's own attribute,
 * never a group's. Whatever is wrong with a document, the login goes on without the claims.
 */
public final class UserMetadataMapper extends AbstractOIDCProtocolMapper
        implements OIDCAccessTokenMapper, OIDCIDTokenMapper, UserInfoTokenMapper, TokenIntrospectionTokenMapper {
    /** The mapper's type, as realms name it. */
    public static final String PROVIDER_ID = "oidc-user-metadata-mapper";

    private static final Logger LOG = Logger.getLogger(UserMetadataMapper.class);
    private static final List<ProviderConfigProperty> OPTIONS = new ArrayList<>(List.of(
            new ProviderConfigProperty(Release.KEYS, "Keys", "The entries to release: exact keys, or a beginning with * behind it. "
                    + "None for all.", ProviderConfigProperty.MULTIVALUED_STRING_TYPE, null),
            new ProviderConfigProperty(Release.CLAIM_PREFIX, "Claim prefix", "What stands before the key in the claim's name. A claim "
                    + "that would take a standard name is not released.", ProviderConfigProperty.STRING_TYPE, Claims.PREFIX),
            new ProviderConfigProperty(Release.MAX_BYTES, "Maximum size", "Bytes of all claims together, beyond which none is released "
                    + "rather than break the login. Empty for no maximum.", ProviderConfigProperty.STRING_TYPE, null),
            new ProviderConfigProperty(Release.REVISION_CLAIM, "Revision claim", "Name of a claim that carries the revision of the "
                    + "user's metadata. Empty for none.", ProviderConfigProperty.STRING_TYPE, null)));

    static {
        OIDCAttributeMapperHelper.addIncludeInTokensConfig(OPTIONS, UserMetadataMapper.class);
    }

    private final OncePerSubject complaints = new OncePerSubject();

    @Override
    public String getId() {
        return PROVIDER_ID;
    }

    @Override
    public String getDisplayCategory() {
        return TOKEN_MAPPER_CATEGORY;
    }

    @Override
    public String getDisplayType() {
        return "User metadata";
    }

    /** After all others: at equal priorities the order changes from client to client, and with it who wins a claim written twice. */
    @Override
    public int getPriority() {
        return 1000;
    }

    @Override
    public String getHelpText() {
        return "Adds each metadata entry of the user that is marked profileClaim as the claim metadata_<key>.";
    }

    @Override
    public List<ProviderConfigProperty> getConfigProperties() {
        return List.copyOf(OPTIONS);
    }

    @Override
    protected void setClaim(IDToken token, ProtocolMapperModel model, UserSessionModel userSession, KeycloakSession session,
            ClientSessionContext client) {
        UserModel user = userSession == null ? null : userSession.getUser();
        if (user == null) {
            return;
        }
        RealmModel realm = userSession.getRealm();
        TokenSource source = TokenSource.of(session, realm, user);
        if (source.flaw() != null) {
            complaints.once(realm.getId(),
                    () -> LOG.warnf("Realm %s: no metadata claims, the attribute is not sealed (%s)", realm.getName(), source.flaw()));
            return;
        }
        if (source.unreadable() != null) {
            complaints.once(user.getId(), () -> LOG.warnf("Realm %s, user %s: no metadata claims, the document cannot be read (%s)",
                    realm.getName(), user.getId(), source.unreadable()));
            return;
        }
        Release release = Release.of(model.getConfig());
        Claims.Released released = source.released(release);
        token.getOtherClaims().putAll(released.claims());
        token.getOtherClaims().putAll(release.revisionClaim(source.document()));
        if (released.tooLarge()) {
            complaints.once(user.getId() + ' ' + model.getId(), () -> LOG.warnf("Realm %s, user %s: no metadata claims, together they "
                    + "have %d bytes and the mapper %s releases %d at most", realm.getName(), user.getId(), released.bytes(),
                    model.getName(), release.claims().maxBytes()));
        }
    }
}
