package usermetadata;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

import org.junit.jupiter.api.Test;

class LimitsTest {
    @Test
    void aRealmAttributeOverridesADefault() {
        Limits limits = Limits.of(Map.of("user-metadata.max-entries", " 10 ")::get);
        assertEquals(10, limits.get(Limits.Name.ENTRIES));
        assertEquals(16384, limits.get(Limits.Name.VALUE_BYTES));
        assertEquals(List.of(), limits.ignored());
    }

    @Test
    void whatIsNoLimitIsIgnoredAndNamed() {
        for (String nonsense : List.of("many", "-1", "10001", "1.5", "99999999999")) {
            Limits limits = Limits.of(Map.of("user-metadata.max-entries", nonsense)::get);
            assertEquals(256, limits.get(Limits.Name.ENTRIES));
            assertEquals(List.of("user-metadata.max-entries"), limits.ignored());
        }
    }

    @Test
    void oneLimitAloneIsTheSameAsAmongAll() {
        for (String set : List.of("", " 10 ", "0", "10000", "many", "-1", "10001")) {
            Map<String, String> realm = Map.of("user-metadata.max-entries", set, "user-metadata.max-value-bytes", "many");
            for (Limits.Name name : Limits.Name.values()) {
                assertEquals(Limits.of(realm::get).get(name), name.inForce(realm::get), name + " of " + set);
            }
        }
        assertEquals(10, Limits.Name.ENTRIES.inForce(Map.of("user-metadata.max-entries", "10")::get));
    }

    @Test
    void auditedKeysAreCutNotLost() {
        assertNull(AuditedKeys.text(List.of()));
        assertEquals("[\"a\",\"\\u00E9\"]", AuditedKeys.text(List.of("a", "é")));
        String cut = AuditedKeys.text(new ArrayList<>(Collections.nCopies(256, "k".repeat(128))));
        assertTrue(cut.endsWith(" and 241 more"), cut);
    }

    @Test
    void aComplaintIsMadeOncePerSubject() {
        OncePerSubject complaints = new OncePerSubject();
        AtomicInteger said = new AtomicInteger();
        for (String subject : List.of("jane", "jane", "bob", "jane")) {
            complaints.once(subject, said::incrementAndGet);
        }
        assertEquals(2, said.get());
    }
}
