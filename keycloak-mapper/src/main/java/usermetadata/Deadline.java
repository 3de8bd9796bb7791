package usermetadata;

/**
 * Until when a change may be made. Who was told that it took too long must not find it made later, over what was written
 * meanwhile: so it is asked for once the row is locked, and what comes too late is not begun.
 *
 * @param millis the last moment by this machine's clock, which every answer tells, in milliseconds since 1970
 */
record Deadline(long millis) {
    /**
     * @param text as written in the request; null where it does not say
     * @throws Problem {@code malformed_request}
     */
    static Deadline read(String text) {
        if (text == null) {
            return new Deadline(Long.MAX_VALUE);
        }
        try {
            return new Deadline(Long.parseLong(text));
        } catch (NumberFormatException e) {
            throw Problem.malformedRequest("The query parameter before is a time in milliseconds since 1970.");
        }
    }

    /** @throws Problem {@code contention} when it has passed */
    void require() {
        if (System.currentTimeMillis() > millis) {
            throw Problem.tooLate();
        }
    }
}
