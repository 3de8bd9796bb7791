"""Owns the locks between commands that run at the same time in one clone; does not wait without saying so."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dev import FOLDER, DevError


@contextmanager
def taking_turns() -> Iterator[None]:
    """Let one command at a time build the JAR and lay out Keycloak; the others wait for it."""
    FOLDER.mkdir(exist_ok=True)
    with (FOLDER / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@contextmanager
def the_only_one(folder: Path, complaint: str) -> Iterator[None]:
    """Hold a folder for one running command.

    Raises:
        DevError: another one holds it; the text is the complaint.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise DevError(complaint) from None
        yield
