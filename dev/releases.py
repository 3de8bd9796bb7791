"""Owns the list of Keycloak releases that the JAR is shown to run on; fetches none."""

# Of each supported minor release the newest patch that Maven Central serves, oldest first. The JAR itself is
# built against the version in pom.xml.
RELEASES = ("26.4.7", "26.5.7", "26.6.4", "26.7.5")
OLDEST, NEWEST = RELEASES[0], RELEASES[-1]
# The newest that Keycloak supports; what else the JAR runs on is the Java of the machine.
NEWEST_JAVA = 25
