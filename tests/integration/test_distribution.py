"""The release on disk comes from Maven whole, as often as it was deleted, and leaves nothing else behind."""

import shutil
from pathlib import Path

import pytest

from dev import ROOT, distribution


def test_what_was_cleaned_is_fetched_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Maven notes what it has unpacked; a note that outlives the files would keep them from coming back."""
    monkeypatch.setattr(distribution, "FOLDER", tmp_path)
    version = distribution.keycloak_version()
    before = _project()
    for _ in range(2):
        release = distribution.fetch(version)
        assert (release / "bin" / "kc.sh").exists()
        assert [each.name for each in tmp_path.iterdir()] == [release.name]
        shutil.rmtree(release)
    assert _project() == before


def _project() -> set[Path]:
    """List what is at the top of the project, but not the caches that other commands may make meanwhile."""
    return {each for each in ROOT.iterdir() if not each.name.startswith(".")}
