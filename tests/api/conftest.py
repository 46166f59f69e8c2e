"""A finished run in a store, made once: that of the pages, on the scripted LM."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import CONFIG, copied_stores, table_rows, write_csv


@pytest.fixture(scope="package")
def finished(tmp_path_factory: pytest.TempPathFactory, blank_store: Path) -> Iterator[Path]:
    """The current folder, with ``configs/bbc-news.yaml`` and its run ``bbc-news``."""
    import synthlab as sl

    folder = tmp_path_factory.mktemp("finished")
    (folder / "configs").mkdir()
    config = CONFIG.replace("name: tickets", "name: bbc-news")
    (folder / "configs" / "bbc-news.yaml").write_text(config, encoding="utf-8")
    write_csv(folder / "rows.csv", table_rows())
    with pytest.MonkeyPatch.context() as patch, copied_stores(blank_store):
        patch.chdir(folder)
        sl.run("configs/bbc-news.yaml", {"finals.replicates": 2}, progress=False)
        yield folder
