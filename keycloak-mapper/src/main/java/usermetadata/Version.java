package usermetadata;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;

/** The version this JAR was built as. */
final class Version {
    static final String TEXT = load();

    private Version() {
    }

    private static String load() {
        Properties properties = new Properties();
        try (InputStream file = Version.class.getResourceAsStream("/usermetadata/version.properties")) {
            properties.load(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return properties.getProperty("version");
    }
}
