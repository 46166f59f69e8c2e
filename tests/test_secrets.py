"""Keys are planted, runs are made, and everything that they leave is searched for them."""

import gzip
import io
import logging
import random
import re
import sqlite3
import zipfile
from contextlib import closing

import mlflow
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml

from synthlab.tracking.read import find_run
from synthlab.tracking.sending import Sending
from synthlab.tracking.store import Store
from synthlab.workflow.lab import open_store
from tests.lm.fault_server import FaultServer
from tests.lm.stub_server import StubServer

pytestmark = pytest.mark.usefixtures("ready_stores")

PLANTED = "sk-planted-0123456789abcdef"
LM = "lm: {model: fake/words, max_tokens: 60, concurrency: 4}"
WORDS = ["money", "parcel", "password", "courier", "invoice", "login", "refund", "address"]


def words(prompt, seed):
    draw = random.Random(f"{prompt}{seed}")
    own = re.findall(r"[a-z]{4,}", prompt.lower())
    return " ".join(draw.choice(own + WORDS) for _ in range(20))


@pytest.fixture
def stub():
    server = StubServer(write=words)
    yield server
    server.close()


@pytest.fixture
def faults():
    server = FaultServer()
    yield server
    server.close()


@pytest.fixture
def keyed(workplace, monkeypatch):
    """Point the small config at a server, with a key in a variable of the test's own."""
    monkeypatch.setenv("PLANTED_KEY", PLANTED)
    monkeypatch.setenv("OPENAI_API_KEY", PLANTED)

    def point(url):
        lm = {
            "model": "openai/stub",
            "base_url": url,
            "api_key_env": "PLANTED_KEY",
            "adapter": "plain",
            "max_tokens": 60,
            "retries": 1,
            "price": {"input": 1.0, "output": 2.0},
        }
        path = workplace / "tickets.yaml"
        text = path.read_text(encoding="utf-8")
        path.write_text(text.replace(LM, yaml.safe_dump({"lm": lm})), encoding="utf-8")
        return workplace

    return point


def left_behind(folder):
    """Files below ``folder`` that hold the key, also where they are packed."""
    return [
        str(path.relative_to(folder))
        for path in folder.rglob("*")
        if path.is_file() and holds_key(path.name, path.read_bytes())
    ]


def holds_key(name, data):
    """Whether bytes, or what is packed in them, hold the key."""
    return PLANTED.encode() in data or any(
        holds_key(inner, more) for inner, more in unpacked(name, data)
    )


def unpacked(name, data):
    """``(name, bytes)`` of what an archive, a table, a database or a packed file has in it."""
    if data.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for inner in archive.namelist():
                yield inner, archive.read(inner)
    elif data.startswith(b"PAR1"):
        table = pq.read_table(io.BytesIO(data))
        yield f"{name}: rows", f"{table.schema.metadata} {table.to_pydict()}".encode()
    elif data.startswith(b"SQLite format 3"):
        # A long value is cut into pages that need not lie one behind the other. A copy in memory
        # has no file beside it for the log that bytes 18 and 19 may ask for.
        with closing(sqlite3.connect(":memory:")) as copy:
            copy.deserialize(data[:18] + b"\1\1" + data[20:])
            yield f"{name}: dump", "\n".join(copy.iterdump()).encode()
    elif data.startswith(b"\x1f\x8b"):
        yield f"{name}: unpacked", gzip.decompress(data)


def test_a_run_with_a_key_leaves_it_nowhere(keyed, stub, synthlab):
    folder = keyed(stub.url)
    said = [
        synthlab("run", "tickets.yaml"),
        synthlab("promote", "tickets"),
        synthlab("generate", "tickets@champion", "-n", "6", "-o", "out", "--format", "jsonl"),
        synthlab("compare", "tickets", "--json"),
    ]
    assert [one.code for one in said] == [0, 0, 0, 0], said
    assert any(PLANTED.encode() in head for head in stub.headers)
    assert left_behind(folder) == []
    assert not any(PLANTED in one.out + one.err for one in said)


WHOLE = """
curation: [format, length, overlap, confirm]
quality: {parts: [copying, diversity, pii, label_quality]}
tracking: {traces: all, classifiers: winner}
"""
OFTEN = ("finals: {replicates: 0}", "finals: {replicates: 2, mixture: true}")


def test_the_way_from_a_run_to_a_second_store_leaves_it_nowhere(
    keyed, stub, synthlab, caplog, tmp_path
):
    caplog.set_level(logging.DEBUG)
    folder = keyed(stub.url)
    path = folder / "tickets.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace(*OFTEN) + WHOLE, encoding="utf-8")
    said = [
        synthlab("run", "tickets.yaml"),
        synthlab("report", "tickets", "-o", "report.html"),
        synthlab("promote", "tickets"),
        synthlab("generate", "tickets@champion", "-n", "6", "-o", "out", "--format", "parquet"),
        synthlab("compare", "tickets", "--panel"),
        synthlab("calls", "tickets"),
        synthlab("doctor"),
    ]
    assert [one.code for one in said] == [0] * len(said), said
    # What a server has on its disk once a run was sent to it.
    second = Store.open(tmp_path / "second")
    local = open_store()
    assert Sending(local, second, find_run(local, "tickets")[0]).whole()
    models = loaded(folder)
    asked = [{"label": "refund", "count": 1, "seed": 5}]
    assert [len(model.predict(asked)) for model in models["program.json"]] == [1]
    assert models["skops"]

    assert any(PLANTED.encode() in head for head in stub.headers)
    names = {path.name for path in folder.rglob("*")}
    assert {"report.html", "README.md", "panel.json", "kept.parquet", "calls.db"} <= names
    assert list((second.root / "artifacts").rglob("*.skops"))
    assert left_behind(folder) == []
    assert not any(PLANTED in one.out + one.err for one in said)
    assert PLANTED not in caplog.text


@pytest.mark.parametrize(
    "pack",
    [
        lambda path: write_zip(path),
        lambda path: pq.write_table(pa.table({"text": [PLANTED]}), path),
        lambda path: path.write_bytes(gzip.compress(PLANTED.encode())),
        lambda path: write_database(path),
    ],
    ids=["zip", "parquet", "gzip", "database"],
)
def test_the_search_finds_a_key_that_is_packed(pack, tmp_path):
    pack(tmp_path / "packed")
    assert left_behind(tmp_path) == ["packed"]


def loaded(folder):
    """The models that were logged, by what is in them: a promoted program, or a classifier."""
    models = {"program.json": [], "skops": []}
    for path in folder.rglob("MLmodel"):
        kind = next(kind for kind in models if list(path.parent.rglob(f"*{kind}")))
        models[kind].append(mlflow.pyfunc.load_model(str(path.parent)))
    return models


def write_zip(path):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("inner", PLANTED)


def write_database(path):
    """A key that lies across the border of two pages."""
    with closing(sqlite3.connect(path)) as made, made:
        made.execute("CREATE TABLE t (x TEXT)")
        made.execute("INSERT INTO t VALUES (?)", ["x" * 4060 + PLANTED * 4 + "x" * 9000])


def test_promoting_needs_no_key_calls_no_lm_and_leaves_no_pickle(
    keyed, stub, synthlab, monkeypatch
):
    folder = keyed(stub.url)
    assert synthlab("run", "tickets.yaml").code == 0
    asked = len(stub.headers)
    for name in ("PLANTED_KEY", "OPENAI_API_KEY"):
        monkeypatch.delenv(name)
    said = synthlab("promote", "tickets", "--json")
    assert said.code == 0, said.err
    (model,) = loaded(folder)["program.json"]
    assert len(stub.headers) == asked
    assert left_behind(folder) == []
    assert not list(folder.rglob("*.pkl"))
    # Only a call needs the key, of whoever calls.
    monkeypatch.setenv("PLANTED_KEY", PLANTED)
    rows = model.predict([{"label": "refund", "count": 1, "seed": 5}])
    assert list(rows["label"]) == ["refund"]
    assert len(stub.headers) > asked


@pytest.mark.parametrize("fault", ["unauthorized", "bad-request", "server-error", "page"])
def test_a_run_that_fails_leaves_it_nowhere_either(keyed, faults, synthlab, fault):
    folder = keyed(f"{faults.url(fault)}/v1")
    said = synthlab("run", "tickets.yaml")
    assert said.code == 2
    assert left_behind(folder) == []
    assert PLANTED not in said.out + said.err


@pytest.fixture
def judged(workplace, monkeypatch):
    """Have another LM, at a server and with a key of its own, asked about doubtful rows."""
    monkeypatch.setenv("JUDGE_KEY", PLANTED)

    def point(url):
        lm = {
            "model": "openai/stub",
            "base_url": url,
            "api_key_env": "JUDGE_KEY",
            "adapter": "plain",
            "retries": 1,
            "price": {"input": 1.0, "output": 2.0},
        }
        verify = {"use": "verify", "with": {"then": "downweight", "lm": lm}}
        path = workplace / "tickets.yaml"
        text = path.read_text(encoding="utf-8").replace(*OFTEN)
        more = yaml.safe_dump({"curation": ["format", verify, "downweight"]})
        path.write_text(text + more, encoding="utf-8")
        return workplace

    return point


def test_the_key_of_an_lm_that_only_verifies_is_left_nowhere(judged, stub, synthlab):
    folder = judged(stub.url)
    said = [
        synthlab("run", "tickets.yaml", "--set", "sweep.generator=[direct]"),
        synthlab("report", "tickets", "-o", "report.html"),
        synthlab("promote", "tickets"),
        synthlab("generate", "tickets@champion", "-n", "9", "-o", "out"),
        synthlab("calls", "tickets"),
    ]
    assert [one.code for one in said] == [0] * len(said), said
    asked = len(stub.headers)
    assert any(PLANTED.encode() in head for head in stub.headers)
    (model,) = loaded(folder)["program.json"]
    rows = model.predict([{"label": "refund", "count": 40, "seed": 5}])
    assert (len(rows), set(rows)) == (40, {"id", "label", "text", "weight"})
    assert len(stub.headers) > asked
    assert left_behind(folder) == []
    assert not any(PLANTED in one.out + one.err for one in said)


@pytest.mark.parametrize("fault", ["unauthorized", "server-error", "page"])
def test_nor_is_it_where_that_lm_fails(judged, faults, synthlab, fault):
    folder = judged(f"{faults.url(fault)}/v1")
    said = synthlab("run", "tickets.yaml")
    assert said.code == 2
    assert left_behind(folder) == []
    assert PLANTED not in said.out + said.err
