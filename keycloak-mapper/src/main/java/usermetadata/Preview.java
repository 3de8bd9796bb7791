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
    private final View view;

    Preview(RealmModel realm, View view) {
        this.realm = realm;
        this.view = view;
    }

    /** All profile claims, as a mapper without options releases them. */
    ObjectNode all() {
        Claims.Released released = Claims.ALL.of(view.document());
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
        List<ProtocolMapperModel> ours = Stream.concat(ours(client.getProtocolMappersStream()),
                client.getClientScopes(true).values().stream().flatMap(Preview::ours)).toList();
        List<ProtocolMapperModel> mappers = ours.stream().filter(mapper -> !tokens(mapper).isEmpty()).toList();
        SortedMap<String, JsonNode> claims = new TreeMap<>();
        SortedMap<String, JsonNode> withheld = new TreeMap<>();
        for (ProtocolMapperModel mapper : mappers) {
            Claims.Released released = Release.of(mapper.getConfig()).claims().of(view.document());
            (released.tooLarge() ? withheld : claims).putAll(released.chosen());
        }
        String reason = claims.isEmpty() ? reason(ours, mappers, withheld) : null;
        int bytes = new Claims.Released(claims.isEmpty() ? withheld : claims, false).bytes();
        if (view.whole()) { // to others, the revision would tell how often entries change that they do not see
            mappers.forEach(mapper -> claims.putAll(Release.of(mapper.getConfig()).revisionClaim(view.document())));
        }
        ObjectNode json = json(claims, bytes).put("client", clientId).put("reason", reason);
        ArrayNode optional = json.putArray("optionalScopes");
        client.getClientScopes(false).forEach((name, scope) -> {
            if (ours(scope).findAny().isPresent()) {
                optional.add(name);
            }
        });
        ArrayNode tokens = json.putArray("tokens");
        Release.SWITCHES.values().stream().filter(kind -> mappers.stream().anyMatch(mapper -> tokens(mapper).contains(kind)))
                .forEach(tokens::add);
        return json;
    }

    /** Why a client gets no entry: it has no mapper of ours, none that is switched on, one that releases too much, or no entry fits. */
    private static String reason(List<ProtocolMapperModel> ours, List<ProtocolMapperModel> mappers, Map<String, JsonNode> withheld) {
        if (mappers.isEmpty()) {
            return ours.isEmpty() ? "no_mapper" : "switched_off";
        }
        return withheld.isEmpty() ? "nothing_to_release" : "too_large";
    }

    private static List<String> tokens(ProtocolMapperModel mapper) {
        return Release.SWITCHES.entrySet().stream().filter(kind -> Release.isOn(mapper.getConfig(), kind.getKey()))
                .map(Map.Entry::getValue).toList();
    }

    private static Stream<ProtocolMapperModel> ours(ClientScopeModel scope) {
        return ours(scope.getProtocolMappersStream());
    }

    private static Stream<ProtocolMapperModel> ours(Stream<ProtocolMapperModel> mappers) {
        return mappers.filter(mapper -> UserMetadataMapper.PROVIDER_ID.equals(mapper.getProtocolMapper()));
    }

    private ObjectNode json(Map<String, JsonNode> claims, int bytes) {
        ObjectNode json = Json.object();
        ObjectNode members = json.putObject("claims");
        claims.forEach(members::set);
        return json.put("bytes", bytes).put("limit", Limits.Name.CLAIMS_BYTES.inForce(realm::getAttribute));
    }
}
