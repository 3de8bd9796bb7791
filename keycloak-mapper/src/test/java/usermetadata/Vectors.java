package usermetadata;

import java.io.IOException;
import java.io.InputStream;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

import com.fasterxml.jackson.databind.JsonNode;

/** The cases that the tests of both languages share. */
final class Vectors {
    private Vectors() {
    }

    static Stream<JsonNode> of(String file) throws IOException {
        try (InputStream stream = Vectors.class.getResourceAsStream("/vectors/" + file + ".json")) {
            JsonNode cases = Json.parse(stream.readAllBytes());
            return StreamSupport.stream(cases.spliterator(), false);
        }
    }
}
