"""Owns Java and Maven as found on this machine: checks their versions, runs Maven; installs neither."""

import os
import re
import shutil
import subprocess
from pathlib import Path

from dev import ROOT, DevError

OLDEST_JAVA = 17
OLDEST_MAVEN = (3, 6, 3)


def require_java() -> None:
    """Check that the Java which Keycloak and Maven will use is new enough and brings a compiler.

    Raises:
        DevError: there is none, it is too old, or it cannot compile.
    """
    java_version()


def java_version() -> int:
    """Tell the version of the Java which Keycloak and Maven will use, as its first number.

    Raises:
        DevError: there is none, it is too old, or it cannot compile.
    """
    java = _java_program("java")
    wanted = (
        f"a Java development kit, {OLDEST_JAVA} or newer (Debian: apt-get install openjdk-17-jdk-headless)"
    )
    if java is None:
        message = f"No java was found, neither in JAVA_HOME nor on the PATH. Install {wanted}."
        raise DevError(message)
    output = _run([java, "-version"])
    found = re.search(r'version "(?:1\.)?(\d+)', output)
    if found is None or int(found[1]) < OLDEST_JAVA:
        version = output.splitlines()[0] if output else "unknown version"
        message = f"{java} is too old or not a Java: {version}. Install {wanted}, or point JAVA_HOME at one."
        raise DevError(message)
    if _java_program("javac") is None:
        message = f"{java} is a runtime without the compiler javac. Install {wanted}."
        raise DevError(message)
    return int(found[1])


def run_maven(*arguments: str, folder: Path = ROOT) -> None:
    """Run Maven quietly in a folder.

    Raises:
        DevError: Maven is missing, too old, or failed; the text holds what it printed.
    """
    require_java()
    maven = shutil.which("mvn")
    wanted = f"Maven {'.'.join(map(str, OLDEST_MAVEN))} or newer (Debian: apt-get install maven)"
    if maven is None:
        message = f"No mvn was found on the PATH. Install {wanted}."
        raise DevError(message)
    found = re.search(r"Apache Maven (\d+)\.(\d+)\.(\d+)", _run([maven, "-B", "--version"]))
    if found is None or tuple(map(int, found.groups())) < OLDEST_MAVEN:
        message = f"{maven} is {found[0] if found else 'not a Maven'}. Install {wanted}."
        raise DevError(message)
    command = [maven, "-B", "-q", "--no-transfer-progress", "-Dstyle.color=never", *arguments]
    result = subprocess.run(
        command, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    if result.returncode:
        message = f"Maven failed: mvn {' '.join(arguments)}\n{(result.stdout + result.stderr).strip()}"
        raise DevError(message)


def _java_program(name: str) -> str | None:
    """Find a program of the Java that kc.sh and mvn take: JAVA_HOME's, else the one on the PATH."""
    if home := os.environ.get("JAVA_HOME"):
        return shutil.which(Path(home) / "bin" / name)
    return shutil.which(name)


def _run(command: list[str]) -> str:
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    return (result.stdout + result.stderr).strip()
