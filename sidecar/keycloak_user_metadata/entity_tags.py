"""Owns entity tags and the conditions of a request (RFC 9110, 13); does not evaluate those of a write.

The tag of an entry or a document is its revision, quoted. Conditions of a write are evaluated by the
extension, under the user's lock.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from .errors import MalformedHeader

Revisions: TypeAlias = Literal["*"] | tuple[int, ...]

# As the description shows a list of tags: for tools that know no possessive quantifiers.
TAGS_PATTERN = r'^(W/)?"[!#-~]*"( *, *(W/)?"[!#-~]*")*$'

_TAG = r'(?:W/)?"[!#-~\x80-\xff]*+"'
_LIST = re.compile(rf"[ \t,]*+{_TAG}(?:[ \t]*+,[ \t,]*+{_TAG})*+[ \t,]*+")
_REVISION = re.compile(r'"(?:0|[1-9][0-9]{0,17})"')  # a tag as we write it, of what fits 64 bits


@dataclass(frozen=True, slots=True)
class Conditions:
    """What the caller says about the present state; None where it says nothing."""

    if_match: Revisions | None = None
    if_none_match: Revisions | None = None

    @classmethod
    def parse(cls, if_match: Sequence[str] | None, if_none_match: Sequence[str] | None) -> "Conditions":
        """Read the lines of both header fields.

        Raises:
            MalformedHeader: one is no list of entity tags.
        """
        return cls(
            _parse("If-Match", if_match, weak=False) if if_match else None,
            _parse("If-None-Match", if_none_match, weak=True) if if_none_match else None,
        )

    def to_wire(self, key: str | None) -> dict[str, object]:
        """Write them as conditions of a change: of the entry ``key``, or of the whole document."""
        wire: dict[str, object] = {}
        if self.if_match is not None:
            wire["ifMatch"] = self.if_match
        if self.if_none_match is not None:
            wire["ifNoneMatch"] = self.if_none_match
        return {"key": key, **wire} if wire and key is not None else wire

    def unchanged(self, revision: int) -> bool:
        """Tell whether a reader already has this revision."""
        return self.if_none_match is not None and (
            self.if_none_match == "*" or revision in self.if_none_match
        )


def entity_tag(revision: int) -> str:
    """Write the tag of a revision."""
    return f'"{revision}"'


def _parse(field: str, lines: Sequence[str], *, weak: bool) -> Revisions:
    text = ", ".join(lines)
    if text.strip(" \t") == "*":
        return "*"
    if not _LIST.fullmatch(text):
        detail = (
            f'{field} must be * or a list of entity tags such as "7" (with the quotes), as ETag gave them.'
        )
        raise MalformedHeader(detail)
    # A tag that is none of ours stands for some state that never was: it matches nothing. So does a weak one
    # in If-Match: the comparison there is the strong one.
    tags = (tag.removeprefix("W/") if weak else tag for tag in re.findall(_TAG, text))
    return tuple(int(tag.strip('"')) for tag in tags if _REVISION.fullmatch(tag))
