package usermetadata;

import java.util.LinkedHashMap;
import java.util.Map;

/** Says a thing once about each subject, however many tokens it touches. Forgets the oldest of very many. */
final class OncePerSubject {
    private static final int REMEMBERED = 1000;

    private final Map<String, Boolean> said = new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Boolean> eldest) {
            return size() > REMEMBERED;
        }
    };

    void once(String subject, Runnable say) {
        boolean first;
        synchronized (said) {
            first = said.put(subject, true) == null;
        }
        if (first) {
            say.run();
        }
    }
}
