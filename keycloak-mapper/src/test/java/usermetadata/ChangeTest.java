package usermetadata;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

class ChangeTest {
    private static final Limits DEFAULTS = Limits.of(name -> null);
    private static final Instant NOW = Instant.parse("2026-06-01T00:00:00Z");

    @TestFactory
    Stream<DynamicTest> changes() throws IOException {
        return Vectors.of("changes").map(vector -> DynamicTest.dynamicTest(vector.get("name").textValue(), () -> run(vector)));
    }

    private static void run(JsonNode vector) throws MetadataDocument.Unreadable {
        MetadataDocument before = document(vector.get("before"));
        Limits limits = Limits.of(name -> vector.path("limits").path(name).textValue());
        Scope scope = vector.has("namespaces") ? new Scope(false, keys(vector.get("namespaces"))) : Scope.ALL;
        byte[] body = Json.ascii(vector.get("change")).getBytes(StandardCharsets.US_ASCII);
        if (vector.has("problem")) {
            Problem problem = assertThrows(Problem.class, () -> ChangeReader.read(body).apply(before, limits, NOW, scope, scope));
            vector.get("problem").properties()
                    .forEach(member -> assertEquals(Json.text(member.getValue()), Json.text(problem.body().get(member.getKey())), member.getKey()));
            return;
        }
        Change.Outcome outcome = ChangeReader.read(body).apply(before, limits, NOW, scope, scope);
        assertEquals(document(vector.get("after")), outcome.document());
        assertEquals(keys(vector.path("added")), new TreeSet<>(outcome.added()));
        assertEquals(keys(vector.path("changed")), new TreeSet<>(outcome.changed()));
        assertEquals(keys(vector.path("removed")), new TreeSet<>(outcome.removed()));
        assertEquals(keys(vector.path("expired")), new TreeSet<>(outcome.expired()));
        assertEquals(outcome.document(), MetadataDocument.parse(outcome.document().toStored()));
    }

    private static MetadataDocument document(JsonNode json) throws MetadataDocument.Unreadable {
        ObjectNode stored = json.deepCopy();
        return MetadataDocument.parse(Json.ascii(stored.put("format", 1)));
    }

    private static Set<String> keys(JsonNode list) {
        Set<String> keys = new TreeSet<>();
        list.forEach(key -> keys.add(key.textValue()));
        return keys;
    }

    @TestFactory
    Stream<DynamicTest> mergePatches() throws IOException {
        return Vectors.of("merge-patches").map(vector -> DynamicTest.dynamicTest(vector.toString(), () -> assertEquals(
                vector.get("result"), MergePatch.apply(vector.get("original"), vector.get("patch")))));
    }

    @TestFactory
    Stream<DynamicTest> keys() throws IOException {
        return Vectors.of("keys").map(vector -> DynamicTest.dynamicTest(vector.toString(), () -> {
            String key = vector.get("key").textValue();
            if (!vector.has("error")) {
                Keys.check(key, DEFAULTS);
                return;
            }
            Problem problem = assertThrows(Problem.class, () -> Keys.check(key, DEFAULTS));
            assertEquals(vector.get("error").textValue(), problem.code());
        }));
    }

    @TestFactory
    Stream<DynamicTest> malformedBodiesAreRefused() {
        return Stream.of(" ", "{", "[]", "null", "{} {}", "{\"set\":{},\"set\":{}}", "{\"set\":[]}", "{\"remove\":\"a\"}", "{\"remove\":[1]}",
                "{\"replace\":1}", "{\"dryRun\":\"true\"}", "{\"set\":{\"a\":1}}", "{\"merge\":[]}", "{\"merge\":{\"a\":{\"value\":1}},\"replace\":true}", "{\"set\":{\"a\":{\"value\":NaN}}}",
                "{\"conditions\":{\"key\":1}}", "{\"conditions\":{\"ifMatch\":\"7\"}}", "{\"conditions\":[]}")
                .map(body -> DynamicTest.dynamicTest("body: " + body, () -> {
                    Problem problem = assertThrows(Problem.class, () -> ChangeReader.read(body.getBytes(StandardCharsets.UTF_8)));
                    assertEquals("malformed_request", problem.code());
                }));
    }

    @Test
    void aNumberBeyondTheDoublesIsRefused() {
        Change change = ChangeReader.read("{\"set\":{\"a\":{\"value\":1e400}}}".getBytes(StandardCharsets.UTF_8));
        Problem problem = assertThrows(Problem.class, () -> change.apply(MetadataDocument.EMPTY, DEFAULTS, NOW, Scope.ALL, Scope.ALL));
        assertEquals("invalid_entry", problem.code());
    }

    @Test
    void aVeryLongKeyIsToldItsLengthToo() {
        Change change = ChangeReader.read(("{\"set\":{\"" + "k".repeat(60_000) + "\":{\"value\":1}}}").getBytes(StandardCharsets.UTF_8));
        Problem problem = assertThrows(Problem.class, () -> change.apply(MetadataDocument.EMPTY, DEFAULTS, NOW, Scope.ALL, Scope.ALL));
        assertEquals(60_000, problem.body().get("actual").intValue());
    }

    @Test
    void aDryRunIsReadFromTheBody() {
        assertEquals(true, ChangeReader.read("{\"dryRun\":true}".getBytes(StandardCharsets.UTF_8)).dryRun());
    }
}
