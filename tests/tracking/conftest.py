"""Runs built from records by hand, on one real SQLite store a session."""

import pytest

from synthlab.tracking.store import Store


@pytest.fixture(scope="session")
def store(tmp_path_factory):
    return Store.open(tmp_path_factory.mktemp("mlruns") / "runs")


@pytest.fixture(scope="module", autouse=True)
def elsewhere(tmp_path_factory):
    """Runs every test from an empty folder, so that nothing can land in the repository."""
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("cwd")
        patch.chdir(folder)
        yield folder
