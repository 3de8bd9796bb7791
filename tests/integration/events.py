"""Owns the reading of a realm's admin events about metadata; asserts nothing."""

import json
from typing import Any

from tests.integration.realms import Realm, User


def events_of(realm: Realm, user: User) -> list[dict[str, Any]]:
    """Read the events about a user's metadata, in the order of the revisions they made."""
    found = realm.admin.get_admin_events({"resourcePath": f"users/{user.id}/user-metadata", "max": "100"})
    return sorted(found, key=lambda event: int(event["details"]["revision"]))


def keys_in(event: dict[str, Any]) -> dict[str, Any]:
    """Take the keys out of an event, by what became of them."""
    details, kinds = event["details"], ("added", "changed", "removed", "expired")
    return {name: json.loads(details[name]) for name in kinds if name in details}
