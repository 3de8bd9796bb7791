"""Owns the finding of another Java on this machine than the usual one; installs none."""

import os
import re
from pathlib import Path

from dev import DevError

INSTALLED = Path("/usr/lib/jvm")


def java_home(major: int) -> Path:
    """Find a Java development kit of a version: where JAVA_25_HOME says (for 25), else among the installed.

    Raises:
        DevError: there is none.
    """
    setting = f"JAVA_{major}_HOME"
    named = [Path(os.environ[setting])] if setting in os.environ else []
    for home in [*named, *sorted(INSTALLED.glob("*"))]:
        release = home / "release"
        if release.exists() and re.search(rf'^JAVA_VERSION="{major}\b', release.read_text(), re.MULTILINE):
            return home
    message = (
        f"No Java {major} was found in {INSTALLED}. Install one (Debian: openjdk-{major}-jdk-headless, where "
        f"it is packaged; else temurin-{major}-jdk), or set {setting} to where it is."
    )
    raise DevError(message)
