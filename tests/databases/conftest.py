"""Owns which tests are of one kind of database only."""

from pathlib import Path

import pytest

from tests.services.databases import VENDORS


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave out what is named after another kind of database than that of the run."""
    vendor = collection_path.stem.removeprefix("test_")
    return True if vendor in VENDORS and vendor != config.getoption("database") else None
