"""Owns the wait for a server that was just started; knows none of them."""

import contextlib
import socket
import time
from collections.abc import Callable

from dev import DevError
from dev.ports import HOST
from dev.processes import RunningProgram

PAUSE = 0.05


def wait_until_up(name: str, program: RunningProgram, is_up: Callable[[], bool], seconds: float) -> None:
    """Wait until a server takes connections.

    Raises:
        DevError: it does not come up, and is ended; the text holds its last log lines.
    """
    deadline = time.monotonic() + seconds
    while program.is_running and time.monotonic() < deadline:
        if is_up():
            return
        time.sleep(PAUSE)
    message = f"{name} does not come up. Its last lines:\n\n{program.last_lines()}"
    program.kill()
    raise DevError(message)


def listens(port: int) -> bool:
    """Whether a server takes connections on a port."""
    with contextlib.suppress(ConnectionError), socket.create_connection((HOST, port)):
        return True
    return False
