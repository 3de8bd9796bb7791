"""Owns the building of the extension's JAR: by Maven, when its sources are newer; does not test it."""

import sys
from pathlib import Path

from dev import ROOT, DevError
from dev.locking import taking_turns
from dev.toolchain import run_maven

PROJECT = ROOT / "keycloak-mapper"
JAR = PROJECT / "target" / "keycloak-user-metadata.jar"


def build() -> Path:
    """Build the JAR unless it is newer than all that it is made of.

    Raises:
        DevError: Java or Maven is missing, or the build failed.
    """
    with taking_turns():
        sources = [PROJECT / "pom.xml", *(path for path in (PROJECT / "src" / "main").rglob("*"))]
        if not JAR.exists() or JAR.stat().st_mtime < max(path.stat().st_mtime for path in sources):
            print("Building the extension's JAR …", flush=True)
            run_maven("-f", str(PROJECT), "package", "-DskipTests")
            JAR.touch()
        return JAR


if __name__ == "__main__":
    try:
        print(build().relative_to(ROOT))
    except DevError as error:
        sys.exit(f"\n{error}")
