package usermetadata;

import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import org.keycloak.models.ClientModel;
import org.keycloak.models.ClientScopeModel;
import org.keycloak.models.ProtocolMapperModel;
import org.keycloak.models.RealmModel;

/**
 * What a user's tokens would carry, said beforehand. Of a client it follows the mappers that are its own and those of its
 * default scopes; those of optional scopes count once a login asks for them, so they are named and not counted.
 */
final class Preview {
    private final RealmModel realm;
    private final MetadataDocument document;

    Preview(RealmModel realm, MetadataDocument document) {
        this.realm = realm;
        this.document = document;
    }

    /** All profile claims, as a mapper without options releases them. */
    ObjectNode all() {
        Claims.Released released = Claims.ALL.of(document);
        return json(released.claims(), released.bytes());
    }

    /**
     * The claims of one client's tokens.
     *
     * @throws Problem {@code client_not_found}
     */
    ObjectNode of(String clientId) {
        ClientModel client = realm.getClientByClientId(clientId);
        if (client == null) {
            throw Problem.clientNotFound();
        }
        List<ProtocolMapperModel> mappers = Stream.concat(ours(client.getProtocolMappersStream()),
                client.getClientScopes(true).values().stream().flatMap(Preview::ours)).toList();
        SortedMap<String, JsonNode> claims = new TreeMap<>();
        int bytes = 0;
        boolean tooLarge = false;
        for (ProtocolMapperModel mapper : mappers) {
            Release release = Release.of(mapper.getConfig());
            Claims.Released released = release.claims().of(document);
            claims.putAll(released.claims());
            bytes += released.bytes();
            tooLarge |= released.tooLarge();
        }
        String reason = claims.isEmpty() ? reason(mappers.isEmpty(), tooLarge) : null;
        mappers.forEach(mapper -> claims.putAll(Release.of(mapper.getConfig()).revisionClaim(document)));
        ObjectNode json = json(claims, bytes).put("client", clientId).put("reason", reason);
        ArrayNode optional = json.putArray("optionalScopes");
        client.getClientScopes(false).forEach((name, scope) -> {
            if (ours(scope).findAny().isPresent()) {
                optional.add(name);
            }
        });
        ArrayNode tokens = json.putArray("tokens");
        for (Map.Entry<String, String> kind : Release.SWITCHES.entrySet()) {
            if (mappers.stream().anyMatch(mapper -> Release.isOn(mapper.getConfig(), kind.getKey()))) {
                tokens.add(kind.getValue());
            }
        }
        return json;
    }

    private static String reason(boolean noMapper, boolean tooLarge) {
        return noMapper ? "no_mapper" : tooLarge ? "too_large" : "nothing_to_release";
    }

    private static Stream<ProtocolMapperModel> ours(ClientScopeModel scope) {
        return ours(scope.getProtocolMappersStream());
    }

    private static Stream<ProtocolMapperModel> ours(Stream<ProtocolMapperModel> mappers) {
        return mappers.filter(mapper -> UserMetadataMapper.PROVIDER_ID.equals(mapper.getProtocolMapper()));
    }

    private ObjectNode json(SortedMap<String, JsonNode> claims, int bytes) {
        ObjectNode json = Json.object();
        ObjectNode members = json.putObject("claims");
        claims.forEach(members::set);
        return json.put("bytes", bytes).put("limit", Limits.of(realm::getAttribute).get(Limits.Name.CLAIMS_BYTES));
    }
}
