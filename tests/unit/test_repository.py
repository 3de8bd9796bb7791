"""What the files of the repository must agree on, or must not say."""

import re
import subprocess
from pathlib import Path

import pytest

from dev import ROOT
from dev.distribution import keycloak_version

# Spelled in two parts, so that this file does not hold what it looks for.
FORBIDDEN = (
    "pypi" + ".org",
    "python" + "hosted",
    "repo1." + "maven",
    "quay" + ".io",
    "ghcr" + ".io",
    "/opt/" + "wheels",
)


def tracked_files() -> list[Path]:
    """List what git tracks, as far as it is text."""
    command = ["git", "ls-files", "-z"]
    listing = subprocess.run(  # noqa: S603 - a command of this line's own
        command, cwd=ROOT, capture_output=True, text=True, check=True
    )
    return [ROOT / name for name in listing.stdout.split("\0") if name and (ROOT / name).is_file()]


def test_no_file_names_a_download_address() -> None:
    """Packages come from wherever each machine is set up to take them; no file chooses for it."""
    found = [
        f"{path.relative_to(ROOT)}: {word}"
        for path in tracked_files()
        for word in FORBIDDEN
        if word in path.read_text(errors="ignore")
    ]

    assert found == []


def test_the_image_is_of_the_keycloak_that_the_extension_is_built_against(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The Dockerfile and pom.xml name the same Keycloak."""
    monkeypatch.delenv("KEYCLOAK_VERSION", raising=False)

    dockerfile = (ROOT / "keycloak-mapper" / "Dockerfile").read_text()

    assert re.findall(r"^ARG KEYCLOAK_VERSION=(.+)$", dockerfile, re.MULTILINE) == [keycloak_version()]


def test_every_pinned_package_has_a_hash() -> None:
    """requirements.txt pins exact versions, each with the hashes it is checked against."""
    pins = re.split(r"\n(?=\S)", (ROOT / "requirements.txt").read_text())
    packages = [pin for pin in pins if not pin.startswith("#")]

    assert packages
    assert [pin for pin in packages if "==" not in pin or "--hash=sha256:" not in pin] == []
