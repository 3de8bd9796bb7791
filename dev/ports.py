"""Owns loopback ports: finds a free one, tells beforehand which one is taken; does not hold them."""

import os
import socket

from dev import DevError

HOST = "127.0.0.1"
HIGHEST = 65535


def free_port() -> int:
    """Find a port that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def require_free(port: int, setting: str = "") -> None:
    """Check that a port can be listened on.

    Raises:
        DevError: another program has it; the text names the setting that changes the port.
    """
    with socket.socket() as probe:
        # As a server would: what a finished server's connections left behind is not in the way.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            advice = f" Stop it, or choose another port: {setting}={port + 1} make up" if setting else ""
            message = (
                f"Port {port} of {HOST} cannot be used ({error.strerror}): another program has it.{advice}"
            )
            raise DevError(message) from None


def port_setting(name: str, default: int) -> int:
    """Read a port from the environment.

    Raises:
        DevError: it is not a port number.
    """
    text = os.environ.get(name) or str(default)
    if not text.isascii() or not text.isdigit() or not 0 < int(text) <= HIGHEST:
        message = f"{name} must be a port number from 1 to {HIGHEST}, not {text!r}."
        raise DevError(message)
    return int(text)
