"""Vectors are kept by content, shared by processes, and a broken store is said to be broken."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from synthlab.errors import StorageError
from synthlab.features.vectors import VectorStore

PUT = """
import sys, numpy as np
from pathlib import Path
from synthlab.features.vectors import VectorStore
store = VectorStore(Path(sys.argv[1]), "m")
for n in range(50):
    store.put({f"text {n}": np.full(4, n, "f4"), f"{sys.argv[2]} {n}": np.ones(4, "f4")})
"""


def test_what_was_put_comes_back_by_text_and_model(tmp_path):
    path = tmp_path / "e.db"
    store = VectorStore(path, "m")
    assert store.get(["a"]) == {}
    texts = {f"text {n} \ud800": np.full(3, n, "f4") for n in range(1200)}
    store.put(texts)
    found = VectorStore(path, "m").get([*texts, "unknown", "text 7 \ud800"])
    assert found.keys() == texts.keys()
    assert all(found[text].tolist() == texts[text].tolist() for text in texts)
    assert VectorStore(path, "other").get(list(texts)) == {}
    store.put({"text 7 \ud800": np.zeros(3, "f4")})
    assert store.get(["text 7 \ud800"])["text 7 \ud800"].tolist() == [7, 7, 7]


def test_processes_write_at_the_same_time(tmp_path):
    path = tmp_path / "e.db"
    command = [sys.executable, "-c", PUT, str(path)]
    running = [subprocess.Popen([*command, name]) for name in ("a", "b", "c")]
    assert [process.wait(60) for process in running] == [0, 0, 0]
    texts = [f"{name} {n}" for name in ("a", "b", "c", "text") for n in range(50)]
    assert len(VectorStore(path, "m").get(texts)) == 200


def test_a_file_that_is_no_store_is_an_error_with_a_way_out(tmp_path):
    path = tmp_path / "e.db"
    path.write_bytes(b"not a database at all" * 100)
    with pytest.raises(StorageError, match=r"e\.db cannot be used") as caught:
        VectorStore(path, "m").get(["a"])
    assert "remove the file" in caught.value.fix
    with pytest.raises(StorageError):
        VectorStore(path, "m").put({"a": np.ones(2, "f4")})
