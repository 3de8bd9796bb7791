package usermetadata;

import java.util.Set;

/**
 * The keys a right extends to.
 *
 * @param all whether it extends to every key
 * @param namespaces else, to the keys that begin with one of these and a dot
 */
record Scope(boolean all, Set<String> namespaces) {
    static final Scope ALL = new Scope(true, Set.of());
    static final Scope NONE = new Scope(false, Set.of());

    boolean covers(String key) {
        return all || namespaces.stream().anyMatch(namespace -> key.startsWith(namespace + "."));
    }

    boolean isEmpty() {
        return !all && namespaces.isEmpty();
    }
}
