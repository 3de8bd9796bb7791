"""The revision as a claim, of a name that the mapper's option gives: one conditional GET asks for changes."""

import httpx
import pytest

from tests.integration.mappers import choose
from tests.integration.places import in_every_place, metadata_everywhere
from tests.integration.realms import Client, Realm, User
from tests.integration.sidecars import Sidecar
from tests.integration.tokens import Tokens, written_in

THEME = {"metadata_ui.theme": "Dark"}


@pytest.fixture
def jane(sidecar: Sidecar, jane: User) -> User:
    """A user with two profile claims."""
    sidecar.put(jane, "ui.theme", "Dark", profile_claim=True)
    sidecar.put(jane, "plan", "trial", profile_claim=True)
    return jane


@pytest.fixture
def client(realm: Realm) -> Client:
    """A client whose tokens carry the revision, beside one of the entries."""
    client = realm.client(publicClient=True, directAccessGrantsEnabled=True)
    choose(realm, client, keys="ui.*", revision_claim="metadata_revision")
    return client


def revalidated(sidecar: Sidecar, user: User, tokens: Tokens) -> httpx.Response:
    """Ask for the metadata unless it is what a token was made of."""
    tag = f'"{tokens.access["metadata_revision"]}"'
    path = f"/api/user/{user.id}/metadata"
    return sidecar.request("GET", path, headers={"If-None-Match": tag})


def test_one_conditional_get_tells(realm: Realm, sidecar: Sidecar, jane: User, client: Client) -> None:
    """The claim in If-None-Match: 304 as long as nothing was written, 200 after any write, 304 anew."""
    tokens = realm.login(jane, client)
    fresh = revalidated(sidecar, jane, tokens)

    sidecar.put(jane, "elsewhere", 1)
    stale = revalidated(sidecar, jane, tokens)
    refreshed = realm.refresh(tokens, client)

    assert (fresh.status_code, fresh.content) == (304, b"")
    assert (stale.status_code, len(stale.json()["metadata"])) == (200, 3)
    assert revalidated(sidecar, jane, refreshed).status_code == 304


def test_it_is_in_every_place_and_in_the_preview(
    realm: Realm, sidecar: Sidecar, jane: User, client: Client
) -> None:
    """An integer beside the claims, and not counted among their bytes."""
    revision = int(sidecar.read(jane).headers["etag"].strip('"'))

    preview = sidecar.claims(jane, client.client_id).json()
    tokens = realm.login(jane, client)

    expected = {**THEME, "metadata_revision": revision}
    assert metadata_everywhere(realm, tokens) == in_every_place(expected)
    assert (preview["claims"], preview["released"]) == (expected, True)
    assert preview["bytes"] == len(written_in(tokens.access_token)["metadata_ui.theme"])


def test_it_is_off_unless_it_is_asked_for(realm: Realm, jane: User) -> None:
    """Tokens of a client without the option carry the entries, and no number of changes."""
    expected = {**THEME, "metadata_plan": "trial"}

    assert metadata_everywhere(realm, realm.login(jane)) == in_every_place(expected)


def test_who_has_no_metadata_has_a_revision(realm: Realm, sidecar: Sidecar, client: Client) -> None:
    """Of a user without entries too: the claim is there, and the preview says that no entry is."""
    user = realm.user()

    preview = sidecar.claims(user, client.client_id).json()

    assert (preview["claims"], preview["released"]) == ({"metadata_revision": 0}, False)
    assert preview["reason"] == "nothing_to_release"
    tokens = realm.login(user, client)
    assert metadata_everywhere(realm, tokens) == in_every_place({"metadata_revision": 0})
    assert revalidated(sidecar, user, tokens).status_code == 304
