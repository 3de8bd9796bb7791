"""A keyed user-metadata API for Keycloak: the sidecar."""
