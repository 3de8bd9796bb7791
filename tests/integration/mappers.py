"""Owns clients whose claims are chosen for them, by a mapper of our type of their own; asserts nothing."""

from keycloak_user_metadata.realm import SCOPE, mapper
from tests.integration.realms import Client, Realm


def detach(realm: Realm, client: Client) -> None:
    """Take the scope, which releases everything, off a client."""
    scope = realm.admin.get_client_scope_by_name(SCOPE) or {}
    realm.admin.delete_client_default_client_scope(client.id, scope["id"])


def give_mapper(realm: Realm, client: Client, **options: str) -> None:
    """Give a client a mapper of its own; ``claim_prefix`` is the option ``claim.prefix``."""
    own = mapper()
    chosen = {name.replace("_", "."): value for name, value in options.items()}
    realm.admin.add_mapper_to_client(client.id, {**own, "config": {**own["config"], **chosen}})


def choose(realm: Realm, client: Client, **options: str) -> None:
    """Let a client get what its own mapper releases, and nothing else."""
    detach(realm, client)
    give_mapper(realm, client, **options)
