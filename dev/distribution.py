"""Owns the Keycloak release on disk: fetched by Maven, the JAR installed, homes made of it; starts none.

One pristine copy per version lies in ``.dev/``. A server runs in a *home*, a copy made of hard links, so that
two servers with other build options, or another JAR, do not rebuild the release under each other.
"""

import os
import shutil
import xml.etree.ElementTree as ET
from pathlib import Path

from dev import FOLDER, DevError
from dev.extension import JAR, PROJECT
from dev.locking import taking_turns
from dev.toolchain import run_maven

UNPACK = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:unpack"
# What Keycloak builds at its first start: the only files of the release that a server writes.
BUILT = Path("lib", "quarkus")


def keycloak_version() -> str:
    """Tell the Keycloak version to run: KEYCLOAK_VERSION, else the one that the JAR is built against."""
    if chosen := os.environ.get("KEYCLOAK_VERSION"):
        return chosen
    pom = ET.parse(PROJECT / "pom.xml")  # noqa: S314 - a file of this repository
    version = pom.findtext(".//{*}properties/{*}keycloak.version")
    if version is None:
        message = f"{PROJECT / 'pom.xml'} names no keycloak.version"
        raise DevError(message)
    return version


def fetch(version: str) -> Path:
    """Fetch a release, unless it is there, and give its folder.

    Raises:
        DevError: Maven cannot fetch it.
    """
    release = FOLDER / f"keycloak-{version}"
    with taking_turns():
        if not release.exists():
            print(f"Fetching Keycloak {version} with Maven (about 160 MB, once) …", flush=True)
            artifact = f"-Dartifact=org.keycloak:keycloak-quarkus-dist:{version}:zip"
            download = FOLDER / "download"
            shutil.rmtree(download, ignore_errors=True)
            download.mkdir()
            # Maven notes what it unpacked, in the folder it runs in: a note that outlives the files stops it.
            run_maven(UNPACK, artifact, f"-DoutputDirectory={download}", folder=download)
            (download / release.name).rename(release)
            shutil.rmtree(download)
    return release


def make_home(home: Path, version: str, build: str, *, extension: bool = True) -> None:
    """Lay out a release at ``home``, with the JAR unless ``extension`` is off; data there is kept by none.

    ``build`` names what Keycloak will build for: what it built before under that name is laid out with it.

    Raises:
        DevError: the release cannot be fetched, or the JAR was not built.
    """
    if extension and not JAR.exists():
        message = f"{JAR} is not there: run make jar."
        raise DevError(message)
    release = fetch(version)
    with taking_turns():
        shutil.rmtree(home, ignore_errors=True)
        shutil.copytree(
            release, home, copy_function=_link, symlinks=True, ignore=shutil.ignore_patterns("quarkus")
        )
        remembered = _remembered(version, build)
        built = remembered if extension and remembered.exists() else release / BUILT
        shutil.copytree(built, home / BUILT, dirs_exist_ok=True)
        if extension:
            shutil.copy2(JAR, home / "providers")


def remember_build(home: Path, version: str, build: str) -> None:
    """Keep what Keycloak built at its start: half a minute less for the next home with the same JAR."""
    with taking_turns():
        target = _remembered(version, build)
        name = "quarkus-application.dat"
        if target.exists() and (target / name).stat().st_mtime >= (home / BUILT / name).stat().st_mtime:
            return
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(home / BUILT, target)


def _remembered(version: str, build: str) -> Path:
    return FOLDER / f"keycloak-{version}-built-{build}"


def _link(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:  # a file system without hard links
        shutil.copy2(source, target)
