"""The README's table of releases, held against the list of those and against what is run on them."""

from dev import ROOT
from dev.releases import OLDEST, RELEASES
from dev.toolchain import OLDEST_JAVA
from tests.versions.differences import DIFFERENCES
from tests.versions.matrix import Row


def test_what_does_not_pass_has_to_be_known() -> None:
    """A test that fails, an error in the log, and a difference that is none any more: each is told."""
    known = [test for each in DIFFERENCES if each.release == OLDEST for test in each.tests]
    odd = Row(OLDEST, OLDEST_JAVA, {}, ["test_keys::test_x", *known[1:]], ["the sky falls"])

    assert Row(OLDEST, OLDEST_JAVA, {}, known).unexpected() == []
    assert odd.unexpected() == [
        f"{OLDEST}, Java {OLDEST_JAVA}: test_keys::test_x did not pass",
        f"{OLDEST}, Java {OLDEST_JAVA}: {known[0]} passed: it is no difference",
        f"{OLDEST}, Java {OLDEST_JAVA}: Keycloak logged the sky falls",
    ]


def test_the_releases_are_one_of_each_minor_release() -> None:
    """In order, without a gap."""
    minors = [tuple(map(int, release.split(".")[:2])) for release in RELEASES]

    assert minors == [(26, minor) for minor in range(4, 4 + len(RELEASES))]


def test_the_readme_names_the_oldest_release() -> None:
    """What is supported is said in words as well."""
    assert f"Keycloak {OLDEST.rpartition('.')[0]} and later" in (ROOT / "README.md").read_text()
