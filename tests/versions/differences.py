"""Owns what Keycloak itself does otherwise in a release: tests that do not pass there, and why."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Difference:
    """What a release does otherwise than the one that the tests are written for."""

    release: str
    tests: Sequence[str]
    says: str


_SHOWN = (
    "`GET …/users/{id}/unmanagedAttributes` shows the document to administrators who may view the user. They "
    "may read it through the extension anyway. It is CVE-2025-13881 of Keycloak, mended in 26.4.9 and 26.5.2"
)
_MISSING_ROLE = "test_check::test_what_the_login_may_not_see_fails_and_names_the_role"

DIFFERENCES = [
    Difference(
        "26.4.7",
        [
            f"test_untouched::test_the_admin_api_does_not_show_the_document[{policy}]"
            for policy in ("None", "ADMIN_EDIT", "ENABLED")
        ],
        _SHOWN,
    ),
    Difference(
        "26.4.7",
        [f"{_MISSING_ROLE}[view-clients-failed0-view-realm]"],
        "`check` needs less: who has `view-clients` may read the user profile too",
    ),
]
