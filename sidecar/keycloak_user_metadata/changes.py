"""Owns the one operation that writes, as the extension reads it; does not send it.

PUT, DELETE, the bulk PUT and PATCH are all made of it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from .entity_tags import Conditions
from .models import EntryBody, EntryPatch, KeyedEntryBody, PatchBody


@dataclass(frozen=True, slots=True)
class Change:
    """Which entries to set, to merge into, to remove, or to put in the place of all."""

    set: Mapping[str, EntryBody] = field(default_factory=dict)
    merge: Mapping[str, EntryPatch | None] = field(default_factory=dict)
    remove: tuple[str, ...] = ()
    replace: bool = False
    conditions: Mapping[str, object] = field(default_factory=dict)

    @classmethod
    def put(cls, key: str, entry: EntryBody, conditions: Conditions) -> "Change":
        """Create or overwrite one entry."""
        return cls(set={key: entry}, conditions=conditions.to_wire(key))

    @classmethod
    def delete(cls, key: str, conditions: Conditions) -> "Change":
        """Remove one entry."""
        return cls(remove=(key,), conditions=conditions.to_wire(key))

    @classmethod
    def replace_all(cls, entries: Iterable[KeyedEntryBody], conditions: Conditions) -> "Change":
        """Put these entries in the place of all that is there."""
        return cls(
            set={entry.key: entry for entry in entries}, replace=True, conditions=conditions.to_wire(None)
        )

    @classmethod
    def merge_into(cls, patch: PatchBody, conditions: Conditions) -> "Change":
        """Merge what is named, and leave the rest as it is."""
        return cls(merge=patch.root, conditions=conditions.to_wire(None))

    def to_wire(self, *, dry_run: bool = False) -> dict[str, object]:
        """Write it as the extension reads it; as a dry run it does everything but store."""
        wire: dict[str, object] = {
            "set": {key: _entry(entry) for key, entry in self.set.items()},
            "remove": self.remove,
            "replace": self.replace,
            "conditions": self.conditions,
        }
        if self.merge:
            wire["merge"] = {key: _patch(patch) for key, patch in self.merge.items()}
        if dry_run:
            wire["dryRun"] = True
        return wire


def _entry(entry: EntryBody) -> dict[str, object]:
    wire: dict[str, object] = {"value": entry.value, "profileClaim": entry.profileClaim}
    # Null is not left out: whether it says an instant is the extension's to decide.
    return {**wire, "expiresAt": entry.expiresAt} if "expiresAt" in entry.model_fields_set else wire


def _patch(patch: EntryPatch | None) -> dict[str, object] | None:
    """Write the members that were sent: one left out stays as it is, one that is null goes."""
    if patch is None:
        return None
    return {name: getattr(patch, name) for name in type(patch).model_fields if name in patch.model_fields_set}
