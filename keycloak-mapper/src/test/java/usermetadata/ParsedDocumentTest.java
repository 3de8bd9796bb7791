package usermetadata;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.lang.reflect.Proxy;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

import com.fasterxml.jackson.databind.node.ObjectNode;
import org.junit.jupiter.api.Test;
import org.keycloak.models.UserModel;
import org.keycloak.models.cache.CachedUserModel;

class ParsedDocumentTest {
    private static final String STORED = "{\"format\":1,\"revision\":7,\"entries\":{\"k\":{\"value\":%s,\"profileClaim\":true,\"revision\":7}}}";

    private final Map<String, Object> keptWithUser = new ConcurrentHashMap<>();

    @Test
    void aCachedUsersDocumentIsParsedOnce() throws MetadataDocument.Unreadable {
        MetadataDocument first = ParsedDocument.of(user(CachedUserModel.class), List.of(stored("1")));
        assertSame(first, ParsedDocument.of(user(CachedUserModel.class), List.of(stored("1"))));
    }

    @Test
    void otherRowsAreAnotherDocument() throws MetadataDocument.Unreadable {
        UserModel user = user(CachedUserModel.class);
        ParsedDocument.of(user, List.of(stored("1")));
        assertEquals("2", ParsedDocument.of(user, List.of(stored("2"))).entries().get("k").value().toString());
        assertSame(MetadataDocument.EMPTY, ParsedDocument.of(user, List.of()));
    }

    @Test
    void whatCannotBeReadIsRefusedEachTime() throws MetadataDocument.Unreadable {
        UserModel user = user(CachedUserModel.class);
        ParsedDocument.of(user, List.of(stored("1")));
        for (List<String> rows : List.of(List.of(stored("1"), stored("1")), List.of("{"), Arrays.asList((String) null))) {
            assertThrows(MetadataDocument.Unreadable.class, () -> ParsedDocument.of(user, rows));
            assertThrows(MetadataDocument.Unreadable.class, () -> ParsedDocument.of(user, rows));
        }
    }

    @Test
    void neitherALongDocumentIsKeptNorThatOfAUserWhoIsNotCached() throws MetadataDocument.Unreadable {
        List<String> rows = List.of(stored('"' + "x".repeat(5000) + '"'));
        assertNotSame(ParsedDocument.of(user(CachedUserModel.class), rows), ParsedDocument.of(user(CachedUserModel.class), rows));
        List<String> brief = List.of(stored("1"));
        assertNotSame(ParsedDocument.of(user(UserModel.class), brief), ParsedDocument.of(user(UserModel.class), brief));
        assertEquals(Map.of(), keptWithUser);
    }

    @Test
    void whoeverChangesAClaimDoesNotChangeTheDocument() throws MetadataDocument.Unreadable {
        MetadataDocument document = ParsedDocument.of(user(CachedUserModel.class), List.of(stored("{\"a\":[]}")));
        ((ObjectNode) Claims.ALL.of(document).claims().get("metadata_k")).withArray("a").add(1);
        assertEquals("{\"a\":[]}", document.entries().get("k").value().toString());
    }

    private static String stored(String value) {
        return STORED.formatted(value);
    }

    private <T extends UserModel> T user(Class<T> type) {
        return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, (proxy, method, arguments) -> {
            if (method.getName().equals("getCachedWith")) {
                return keptWithUser;
            }
            throw new UnsupportedOperationException(method.getName());
        }));
    }
}
