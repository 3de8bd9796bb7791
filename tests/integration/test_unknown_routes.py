"""What is no route, or no method of one, and the health routes: the framework's errors have the one shape."""

import pytest

from tests.integration.problems import assert_problem
from tests.integration.realms import Realm, User
from tests.integration.sidecars import Sidecar, metadata_path

DOCUMENT, ENTRY, READ = "GET, HEAD, PATCH, PUT", "DELETE, GET, HEAD, PUT", "GET, HEAD"


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/api",
        "/api/user",
        "/api/user/jane",
        "/api/user//metadata",
        "/api/user/jane/metadata/",
        "/api/user/jane/metadata/ui/theme",
        "/api/user/corp/jdoe/metadata",
        "/api/users/jane/metadata",
        "/API/user/jane/metadata",
        "//api/user/jane/metadata",
        "/docs",
        "/redoc",
        "/health",
        "/health/ready/",
        "/%61pi/user/jane/metadata",
    ],
)
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_what_is_no_route_is_not_found(sidecar: Sidecar, method: str, path: str) -> None:
    """A path that is no route is 404 not_found, told apart from an unknown user and an unknown entry."""
    assert_problem(sidecar.http.request(method, path, extensions={"target": path.encode()}), "not_found")


@pytest.mark.parametrize("method", ["POST", "DELETE", "OPTIONS", "TRACE"])
def test_the_list_takes_three_methods(sidecar: Sidecar, someone: User, method: str) -> None:
    """Any other method on the list is 405, with the methods that it takes; no token is asked for."""
    answer = sidecar.as_caller("").request(method, metadata_path(someone))

    assert_problem(answer, "method_not_allowed", detail=f"This route takes {DOCUMENT}.")
    assert answer.headers["allow"] == DOCUMENT


@pytest.mark.parametrize("method", ["POST", "PATCH", "OPTIONS", "TRACE"])
@pytest.mark.parametrize("key", ["theme", "ui/theme", "50%"])
def test_an_entry_takes_three_methods(sidecar: Sidecar, someone: User, method: str, key: str) -> None:
    """Any other method on an entry is 405, whatever its key holds."""
    answer = sidecar.as_caller("").request(method, metadata_path(someone, key))

    assert_problem(answer, "method_not_allowed", detail=f"This route takes {ENTRY}.")
    assert answer.headers["allow"] == ENTRY


@pytest.mark.parametrize(
    "path", ["/health/live", "/health/ready", "/api/me/metadata", "/api/user/jane/claims"]
)
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_some_routes_are_only_read(sidecar: Sidecar, method: str, path: str) -> None:
    """Health, the claims and one's own metadata are read, and nothing else."""
    answer = sidecar.http.request(method, path)

    assert_problem(answer, "method_not_allowed", detail=f"This route takes {READ}.")
    assert answer.headers["allow"] == READ


@pytest.mark.parametrize("status", ["live", "ready"])
def test_the_sidecar_is_well(sidecar: Sidecar, status: str) -> None:
    """Beside a running Keycloak and a sealed realm both health routes are green, without a token."""
    answer = sidecar.http.get(f"/health/{status}")

    assert (answer.status_code, answer.json()) == (200, {"status": status})
    assert answer.headers["cache-control"] == "no-store"


def test_the_realms_status_is_public(realm: Realm) -> None:
    """Whether the realm is sealed is one fact that the extension tells without a token."""
    answer = realm.http.get(f"{realm.url}/user-metadata/status")

    assert (answer.status_code, answer.json()) == (200, {"sealed": True, "reason": None})
