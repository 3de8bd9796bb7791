"""The error tree: what it holds is what callers are promised."""

from collections.abc import Iterator

from keycloak_user_metadata.errors import MetadataError
from keycloak_user_metadata.problems import problem_json
from tests.integration.problems import PROMISES


def _kinds(kind: type[MetadataError]) -> Iterator[type[MetadataError]]:
    for child in kind.__subclasses__():
        yield child
        yield from _kinds(child)


def test_every_code_is_promised_with_its_status_and_title() -> None:
    """Codes are stable: each class of the tree has one that is promised, and none is promised in vain."""
    tree = {
        kind.code: (int(kind.status), kind.title) for kind in _kinds(MetadataError) if hasattr(kind, "code")
    }

    assert tree == {code: (promise.status, promise.title) for code, promise in PROMISES.items()}


def test_no_member_takes_the_place_of_the_four() -> None:
    """A member of the name of one of the four does not change what kind of problem it is."""
    kind = next(kind for kind in _kinds(MetadataError) if getattr(kind, "code", "") == "forbidden")
    error = kind("No.", {"type": "x", "title": "x", "status": 200, "detail": "x", "required": "role"})

    assert problem_json(error) == {
        "type": "urn:user-metadata:problem:forbidden",
        "title": "Forbidden",
        "status": 403,
        "detail": "No.",
        "required": "role",
    }
