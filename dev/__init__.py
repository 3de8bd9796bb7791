"""Owns what a development machine needs: the JAR, a Keycloak to run, the demonstration; ships nothing.

``make up`` and the tests share it. Everything it makes lies in ``.dev/``, which git ignores.
"""

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / ".dev"


class DevError(Exception):
    """Something on this machine is missing or in the way; the text says what, and what to do about it."""
