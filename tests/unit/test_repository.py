"""What the files of the repository must agree on, or must not say."""

import os
import re
import subprocess
import sys
from importlib.metadata import distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from dev import ROOT
from dev.distribution import keycloak_version
from tests.services.databases import VENDORS

MAKEFILE = (ROOT / "Makefile").read_text()

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


def test_what_another_package_asks_for_with_an_extra_is_pinned_with_it() -> None:
    """Pip takes the newest release for an extra that is not pinned, and stops: it has no hash for that."""
    asked = {
        (canonicalize_name(wanted.name), extra)
        for package in distributions()
        for wanted in map(Requirement, package.requires or ())
        if wanted.marker is None or wanted.marker.evaluate({"extra": ""})
        for extra in wanted.extras
    }
    pins = [
        Requirement(line.split(" ")[0])
        for line in (ROOT / "requirements.txt").read_text().splitlines()
        if re.match(r"[a-z]", line)
    ]
    pinned = {(canonicalize_name(pin.name), extra) for pin in pins for extra in pin.extras}

    assert ("coverage", "toml") in asked
    assert asked - pinned == set()


def test_every_command_has_its_sentence() -> None:
    """What make help lists is every command there is."""
    [commands] = re.findall(r"^\.PHONY: (.+)$", MAKEFILE, re.MULTILINE)

    assert sorted(re.findall(r"^([a-z-]+):.*## [A-Z]", MAKEFILE, re.MULTILINE)) == sorted(commands.split())


def test_make_runs_every_database_that_the_tests_know() -> None:
    """The command for the databases leaves none out."""
    assert re.findall(r"^DATABASES \?= (.+)$", MAKEFILE, re.MULTILINE) == [" ".join(VENDORS)]


def test_a_keycloak_that_runs_already_cannot_be_given_a_database() -> None:
    """Tests that are told both stop before they begin, and say why."""
    command = [sys.executable, "-m", "pytest", "--collect-only", "--database=mariadb", __file__]
    stopped = subprocess.run(  # noqa: S603 - this very program
        command,
        cwd=ROOT,
        env={**os.environ, "KEYCLOAK_URL": "http://localhost:1"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert stopped.returncode == pytest.ExitCode.USAGE_ERROR
    assert "cannot be given --database=mariadb" in stopped.stderr
