"""Owns what servers that refuse to run as root need: another account, and a folder of that account's."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from dev import DevError


@contextmanager
def folder_of(account: str | None = None) -> Iterator[Path]:
    """Make a folder, of an account where one is named, and remove it at the end.

    It lies in the system's folder for such things: the way to this project may be closed to the account.
    """
    folder = Path(tempfile.mkdtemp(prefix="user-metadata-"))
    try:
        if account and is_root():
            shutil.chown(folder, account, account)
        yield folder
    finally:
        shutil.rmtree(folder)


def as_account(account: str, command: Sequence[str]) -> list[str]:
    """Write a command so that root runs it as an account, and anybody else as who they are."""
    if not is_root():
        return list(command)
    return ["setpriv", f"--reuid={account}", f"--regid={account}", "--init-groups", "--", *command]


def run_as(account: str, command: Sequence[str]) -> None:
    """Run a command to its end, as an account.

    Raises:
        DevError: it failed; the text holds what it printed.
    """
    made = subprocess.run(  # noqa: S603 - the servers' own
        as_account(account, command), capture_output=True, text=True, check=False
    )
    if made.returncode:
        message = f"{Path(command[0]).name} failed:\n{made.stdout}{made.stderr}"
        raise DevError(message)


def program(name: str, package: str, *folders: Path) -> str:
    """Find a server's program on the PATH or in the folders of its package.

    Raises:
        DevError: it is not installed; the text names the package.
    """
    search = os.pathsep.join([os.environ.get("PATH", ""), *map(str, folders)])
    found = shutil.which(name, path=search)
    if found is None:
        message = f"{name} was not found. Install it (Debian: apt-get install {package})."
        raise DevError(message)
    return found


def is_root() -> bool:
    """Whether this process may become another account."""
    return os.geteuid() == 0
