"""Owns a user with metadata of every kind, and all that anybody can see of it; asserts nothing."""

from dataclasses import dataclass
from typing import Any

from tests.integration.commands import of, user_metadata
from tests.integration.keycloaks import Keycloak
from tests.integration.mappers import choose
from tests.integration.places import metadata_everywhere
from tests.integration.realms import Client, Realm, User
from tests.integration.sidecars import metadata_path, running_sidecar
from tests.integration.tokens import Claims, Tokens

ENTRIES: list[dict[str, Any]] = [
    {"key": "a/b c%d", "value": ["r1##r2", "r,3", 1.5, False, None], "profileClaim": False},
    {"key": "billing.plan", "value": "paid", "profileClaim": True},
    {
        "key": "crm",
        "value": {"segment": 7, "naïve": "Zoë \N{GRINNING FACE}", "nothing": None},
        "profileClaim": True,
    },
    {"key": "number", "value": 12345678901234567890123, "profileClaim": False},
    {"key": "theme", "value": "Dark Mode", "profileClaim": True},
    {"key": "trial", "value": True, "profileClaim": True, "expiresAt": "2099-01-31T12:00:00Z"},
]
CLAIMS = {f"metadata_{entry['key']}": entry["value"] for entry in ENTRIES if entry["profileClaim"]}
SHOP_CLAIMS = {"shop_theme": "Dark Mode"}


@dataclass(frozen=True)
class Sight:
    """A user's metadata as everybody sees it."""

    entries: Any
    tags: dict[str, str]
    in_the_namespace: Any
    of_oneself: Any
    claims: dict[str, Claims]
    shop_claims: dict[str, Claims]
    refreshed_claims: dict[str, Claims]


@dataclass
class Belongings:
    """A realm prepared by the command, and Jane in it; ``session`` goes on with each look at it."""

    realm: Realm
    jane: User
    shop: Client
    session: Tokens

    @classmethod
    def of_a_new_realm(cls, keycloak: Keycloak) -> "Belongings":
        """Make the realm, and write every kind of entry, each by a write of its own."""
        realm = Realm(keycloak, adminEventsEnabled=True, adminEventsDetailsEnabled=True)
        user_metadata("setup", "--namespace", "billing", **of(realm))
        shop = realm.client("shop", publicClient=True, directAccessGrantsEnabled=True)
        choose(realm, shop, keys="theme", claim_prefix="shop_")
        jane = realm.user("jane")
        realm.grant(jane.id, "view-own-metadata")
        with running_sidecar(realm) as sidecar:
            for entry in ENTRIES:
                content = {name: member for name, member in entry.items() if name != "key"}
                sidecar.request("PUT", metadata_path(jane, entry["key"]), json=content)
            sidecar.put(jane, "theme", "Dark Mode", profile_claim=False)
            sidecar.put(jane, "theme", "Dark Mode", profile_claim=True)
        return cls(realm, jane, shop, realm.login(jane))

    def see(self) -> Sight:
        """Look at it through a new sidecar, refresh the session, and log in afresh."""
        realm, jane = self.realm, self.jane
        self.session = realm.refresh(self.session)
        login = realm.login(jane)
        with running_sidecar(realm) as sidecar:
            team = sidecar.as_caller(realm.token("view-metadata:billing"))
            all_of_it = sidecar.read(jane)
            keys = [entry["key"] for entry in all_of_it.json()["metadata"]]
            return Sight(
                entries=all_of_it.json()["metadata"],
                tags={
                    "": all_of_it.headers["etag"],
                    **{key: sidecar.read(jane, key).headers["etag"] for key in keys},
                },
                in_the_namespace=team.read(jane).json()["metadata"],
                of_oneself=sidecar.as_caller(login.access_token).own().json()["metadata"],
                claims=metadata_everywhere(realm, login),
                shop_claims=metadata_everywhere(realm, realm.login(jane, self.shop), "shop_"),
                refreshed_claims=metadata_everywhere(realm, self.session),
            )
