"""The command line as a user meets it: exit codes, messages, and what is left after trouble."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest

from synthlab.tracking.read import list_runs
from synthlab.tracking.spool import Spool
from synthlab.workflow.lab import open_store
from tests.conftest import table_rows, write_csv


def run_ids(folder: Path) -> list[dict]:
    return list_runs(open_store())


@pytest.mark.usefixtures("ready_stores")
def test_run_prints_a_leaderboard_and_json_is_one_object(workplace, synthlab):
    said = synthlab("run", "tickets.yaml")
    assert said.code == 0, said.err
    assert "attributes wins" in said.out
    assert "real x 5 a class" in said.out
    shown = synthlab("compare", "tickets", "--json")
    found = json.loads(shown.out)
    assert [item["name"] for item in found["candidates"]] == ["attributes", "direct"]
    assert {"name", "f1", "rows"} <= set(found["baselines"][0])
    assert "on the sealed test rows, opened once" in " ".join(
        synthlab("compare", "tickets").out.split()
    )
    assert "attributes" in synthlab("list").out


@pytest.mark.usefixtures("ready_stores")
def test_hints_name_the_store_when_one_was_given(workplace, synthlab, blank_store):
    shutil.copyfile(blank_store / "mlflow.db", workplace / "other.db")
    uri = f"sqlite:///{workplace}/other.db"
    given = ("--set", "sweep={}", "--set", f"tracking.uri={uri}")
    said = synthlab("run", "tickets.yaml", *given)
    assert f"synthlab ui --store {uri}" in said.out
    assert f"synthlab promote tickets --store {uri}" in said.out
    assert "promoted direct" in synthlab("promote", "tickets", "--store", uri).out
    config_with(workplace, "fake/words", "fake/stop-after-1")
    assert synthlab("run", "tickets.yaml", *given).code == 2
    failed = json.loads(synthlab("list", "--store", uri, "--json").out)[0]["run_id"]
    refused = synthlab("promote", "tickets", "--run", failed, "--store", uri)
    assert f"synthlab list --store {uri}" in refused.err
    assert "--store" not in synthlab("run", "tickets.yaml", "--set", "lm.model=fake/words").out


def test_debug_shows_the_traceback_of_an_error(workplace, synthlab, monkeypatch):
    monkeypatch.delenv("SYNTHLAB_DEBUG", raising=False)
    plain = synthlab("validate", "nothing.yaml")
    assert "nothing.yaml" in plain.err
    assert "Traceback" not in plain.err
    # It stays on until its process ends.
    debugged = subprocess.run(
        [sys.executable, "-m", "synthlab.cli", "--debug", "validate", "nothing.yaml"],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    ).stderr
    assert "Traceback" in debugged
    assert "ConfigError" in debugged


@pytest.mark.usefixtures("ready_stores")
def test_a_newer_run_that_failed_is_passed_over_and_named(workplace, synthlab):
    synthlab("run", "tickets.yaml")
    assert synthlab("run", "tickets.yaml", "--set", "lm.model=fake/error").code == 2
    failed, scored = (run["run_id"] for run in json.loads(synthlab("list", "--json").out))
    said = f"the newer run {failed[:8]} (failed)"
    assert said in synthlab("compare", "tickets").out
    board = json.loads(synthlab("compare", "tickets", "--json").out)
    assert (board["run_id"], board["skipped"].endswith(said)) == (scored, True)
    assert json.loads(synthlab("compare", failed, "--json").out)["candidates"] == []
    assert synthlab("promote", "tickets", "--run", failed).code == 2
    promoted = synthlab("promote", "tickets")
    assert promoted.code == 0
    assert said in promoted.out


@pytest.mark.usefixtures("ready_stores")
def test_promote_and_generate_from_the_command_line(workplace, synthlab):
    assert synthlab("run", "tickets.yaml", "--set", "sweep={}").code == 0
    assert "tickets@champion (version 1)" in synthlab("promote", "tickets").out
    assert "already this generator" in synthlab("promote", "tickets").out
    said = synthlab("generate", "tickets@champion", "-n", "9", "-o", "out", "--json")
    assert json.loads(said.out)["rows"] == {"account": 3, "delivery": 3, "refund": 3}
    again = synthlab("generate", "tickets@champion", "-n", "12", "-o", "out")
    assert "12 rows of tickets@champion (version 1) in out/ (3 of them now)" in again.out
    assert synthlab("generate", "tickets@champion", "-n", "6", "-o", "out").code == 2


def test_validate_calls_no_lm_and_writes_nothing(workplace, synthlab):
    said = synthlab("validate", "tickets.yaml")
    assert said.code == 0
    assert "2 candidate(s), no LM was called" in said.out
    assert "Write a support message about" in said.out
    assert not (workplace / "mlruns").exists()


def test_doctor_names_what_is_missing_and_the_command_that_mends_it(workplace, synthlab):
    said = synthlab("doctor")
    assert said.code == 0, said.out
    assert "OPENAI_API_KEY is not set" in said.out
    found = {item["name"]: item for item in json.loads(synthlab("doctor", "--json").out)}
    assert found["embedded LM"]["state"] == "ok"
    assert "export OPENAI_API_KEY" in found["OpenAI key"]["fix"]


def test_list_plugins_shows_the_names_that_a_yaml_may_use(workplace, synthlab):
    out = synthlab("list", "--plugins").out
    assert "few_shot" in out
    assert "tfidf-logreg" in out


def config_with(workplace: Path, old: str, new: str) -> None:
    path = workplace / "tickets.yaml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("max_tokens", "max_token", "lm.max_token: unknown key, did you mean 'max_tokens'?"),
        ("tries: 3", "tries: many", "budget.tries: should be a valid number"),
        ("- direct", "- direkt", "unknown generator 'direkt'. Did you mean 'direct'?"),
        ("path: rows.csv", "path: row.csv", "row.csv"),
        ("text: text", "text: body", "body"),
        ("axes:", "axis:", "unknown key, did you mean 'axes'?"),
        ("about {topic}", "about {topik}", "topik"),
        ("fake/words", "fake", "lm.model"),
        ("fake/words", "embeded/x", "Did you mean 'embedded'"),
        ("fake/words", "openai/gpt-4o-mini", "OPENAI_API_KEY"),
        ("fake/words", "anthropic/claude-haiku-4-5", "ANTHROPIC_API_KEY"),
        ("fake/words", "embedded//nowhere/x.gguf", "x.gguf"),
        ("dev: 24", "dev: 80", "rows"),
        ("document: support", "document:  [", "not valid YAML"),
    ],
)
def test_a_mistake_in_the_config_is_told_with_exit_code_2(workplace, synthlab, old, new, said):
    config_with(workplace, old, new)
    for command in ("validate", "run"):
        done = synthlab(command, "tickets.yaml")
        assert done.code == 2, done
        assert said in done.err
        assert "Traceback" not in done.err
    assert not (workplace / "mlruns" / "mlflow.db").exists()


def one_class(rows):
    return [(text, "refund") for text, _ in rows]


def two_cases(rows):
    return [(text, label.upper() if n % 2 else label) for n, (text, label) in enumerate(rows)]


def few(rows):
    return rows[:31]


@pytest.mark.parametrize(
    ("change", "said"),
    [(one_class, "one class"), (two_cases, "case"), (few, "delivery"), (lambda r: [], "no rows")],
    ids=["one class", "labels that differ in case", "too few rows", "no rows"],
)
def test_data_that_cannot_be_used_is_told_with_exit_code_2(workplace, synthlab, change, said):
    write_csv(workplace / "rows.csv", change(table_rows()))
    done = synthlab("validate", "tickets.yaml")
    assert done.code == 2
    assert said in done.err


def test_files_that_are_no_table_are_told_with_exit_code_2(workplace, synthlab):
    rows = workplace / "rows.csv"
    for content, said in (
        (b"", "empty"),
        ("text,label\ncaf\xe9,a\n".encode("latin-1"), "not utf-8"),
    ):
        rows.write_bytes(content)
        done = synthlab("validate", "tickets.yaml")
        assert done.code == 2
        assert said in done.err


def test_a_file_that_is_no_gguf_is_told_before_the_run(workplace, synthlab):
    (workplace / "x.gguf").write_bytes(b"not a model" * 100)
    config_with(workplace, "fake/words", "embedded/./x.gguf")
    done = synthlab("run", "tickets.yaml")
    assert done.code == 2
    assert "GGUF" in done.err


@pytest.mark.usefixtures("ready_stores")
def test_a_server_that_is_not_there_ends_the_run_and_marks_it(workplace, synthlab):
    config_with(
        workplace, "{model: fake/words,", "{model: openai/x, base_url: 'http://127.0.0.1:9/v1',"
    )
    done = synthlab("run", "tickets.yaml")
    assert done.code == 2
    assert "127.0.0.1:9" in done.err
    assert [item["status"] for item in run_ids(workplace)] == ["FAILED"]


@pytest.mark.usefixtures("ready_stores")
def test_a_prompt_longer_than_the_context_ends_the_run_with_both_numbers(workplace, synthlab):
    config_with(
        workplace,
        "{model: fake/words, max_tokens: 60",
        "{model: embedded/smollm2-135m-instruct, context: 128, max_tokens: 16",
    )
    config_with(workplace, "support message", "support message " + "about everything " * 200)
    done = synthlab("run", "tickets.yaml")
    assert done.code == 2
    assert "128" in done.err
    assert "context" in done.err


@pytest.mark.usefixtures("ready_stores")
def test_an_lm_that_fails_half_way_loses_no_row(workplace, synthlab):
    config_with(workplace, "fake/words", "fake/stop-after-11")
    done = synthlab("run", "tickets.yaml", "--set", "lm.concurrency=1")
    assert done.code == 2
    assert "went away" in done.err
    saved = saved_rows(open_store())
    assert sum(saved.values()) == 11
    assert saved["unjudged"] == 11  # the first round was never curated


def saved_rows(store) -> dict[str, int]:
    """Rows of the stopped candidate, by the file that they were saved in."""
    experiment = store.client.get_experiment_by_name("tickets")
    children = [
        run
        for run in store.client.search_runs([experiment.experiment_id])
        if run.data.tags.get("synthlab.kind") == "candidate"
    ]
    folder = Path(store.client.download_artifacts(children[0].info.run_id, "rows"))
    return {path.stem: len(pd.read_parquet(path)) for path in folder.iterdir()}


def test_ctrl_c_saves_the_rows_so_far_and_marks_the_run(workplace, synthlab):
    config_with(workplace, "fake/words", "fake/interrupt-after-10")
    done = subprocess.run(
        [sys.executable, "-m", "synthlab.cli", "run", "tickets.yaml", "--set", "lm.concurrency=1"],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env={**os.environ},
    )
    assert done.returncode == 130, done.stderr
    assert "interrupted" in done.stderr
    store = open_store()
    assert [item["status"] for item in list_runs(store)] == ["KILLED"]
    # The row in hand at that moment may be missing here: its answer is in the journal.
    assert sum(saved_rows(store).values()) >= 9
    assert "synthlab list" in done.stderr


def test_a_real_sigint_ends_a_run_on_the_embedded_model(workplace):
    config_with(
        workplace, "fake/words, max_tokens: 60", "embedded/smollm2-135m-instruct, max_tokens: 40"
    )
    config_with(workplace, "rows_per_class: 6", "rows_per_class: 200")
    with subprocess.Popen(
        [sys.executable, "-m", "synthlab.cli", "run", "tickets.yaml"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline and not written(workplace):
            time.sleep(0.2)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert sum(saved_rows(open_store()).values()) >= 1


def written(workplace: Path) -> bool:
    return any(path.stat().st_size for path in (workplace / "mlruns").glob("spool/*.jsonl"))


@pytest.mark.usefixtures("ready_stores")
def test_unknown_names_suggest_what_there_is(workplace, synthlab):
    synthlab("run", "tickets.yaml", "--set", "sweep={}")
    for args in (("compare", "ticket"), ("promote", "ticket"), ("generate", "tickets@champion")):
        done = synthlab(*args)
        assert done.code == 2
        assert "tickets" in done.err


def test_a_store_that_is_no_database_is_told_with_exit_code_2(workplace, synthlab):
    (workplace / "mlruns").mkdir()
    (workplace / "mlruns" / "mlflow.db").write_bytes(b"this is no database" * 300)
    done = synthlab("run", "tickets.yaml")
    assert done.code == 2
    assert "not an MLflow database" in done.err


def mounted(folder: Path, *options: str) -> bool:
    folder.mkdir(exist_ok=True)
    command = ["mount", "-t", "tmpfs", "-o", ",".join(options), "tmpfs", str(folder)]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def test_a_file_in_the_place_of_the_store_is_told_with_exit_code_2(workplace, synthlab):
    (workplace / "mlruns").write_text("my notes", encoding="utf-8")
    done = synthlab("run", "tickets.yaml")
    assert done.code == 2
    assert f"cannot open the store {workplace / 'mlruns'}: a file stands" in done.err
    assert "try: move the file away" in done.err


@pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="mounting needs root")
@pytest.mark.parametrize(
    ("options", "said"),
    [(("ro",), "the folder cannot be written"), (("size=300k",), "the disk is full")],
    ids=["read-only", "full disk"],
)
def test_a_store_that_cannot_be_written_is_told_with_exit_code_2(
    workplace, synthlab, options, said
):
    if not mounted(workplace / "mlruns", *options):
        pytest.skip("tmpfs cannot be mounted here")
    try:
        done = synthlab("run", "tickets.yaml")
    finally:
        subprocess.run(["umount", "-l", str(workplace / "mlruns")], check=False)
    assert done.code == 2
    assert f"cannot open the store {workplace / 'mlruns'}: {said}" in done.err
    assert "\n  try: " in done.err
    assert "Traceback" not in done.err


class Full:
    """A file on a disk with room for ``size`` more bytes."""

    def __init__(self, file, size: int) -> None:
        self.file, self.size = file, size

    def write(self, data: bytes) -> int:
        if not self.size:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        written = self.file.write(data[: self.size])
        self.size -= written
        return written

    def close(self) -> None:
        self.file.close()


def fill(folder: Path) -> None:
    """Leave no free byte on the disk of ``folder``."""
    with (folder / "filler").open("wb", buffering=0) as file:
        for size in (65536, 4096, 512, 1):
            with contextlib.suppress(OSError):
                while file.write(b"x" * size) == size:
                    pass


def rescued(said: str, folder: Path) -> list[dict]:
    """The rows of the rescue file that a message names."""
    found = re.search(rf"the (?:\d+ )?rows so far are in ({re.escape(str(folder))}\S+)", said)
    assert found, said
    lines = Path(found[1]).read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


@pytest.fixture
def rescue(tmp_path, monkeypatch):
    """The folder for temporary files, on a disk with room."""
    folder = tmp_path / "rescue"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    return folder


def test_rows_that_find_no_room_are_kept_elsewhere_and_the_message_says_where(
    workplace, synthlab, rescue, monkeypatch
):
    add, paid = Spool.add, []

    def add_until_full(self, row):
        if not paid:
            self._file = Full(self._file, 5_000)  # a row takes some 600 bytes
        paid.append(row.id)
        add(self, row)

    monkeypatch.setattr(Spool, "add", add_until_full)
    done = synthlab("run", "tickets.yaml", "--set", "budget.rows_per_class=60")
    assert done.code == 2, done
    assert "No space left on device" in done.err
    assert len(paid) > 5
    assert [row["id"] for row in rescued(done.err, rescue)] == paid
    assert sum(saved_rows(open_store()).values()) == len(paid)  # the store itself had room
    assert [item["status"] for item in run_ids(workplace)] == ["FAILED"]


@pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="mounting needs root")
def test_a_disk_that_fills_up_half_way_loses_no_row(workplace, synthlab, rescue, monkeypatch):
    add, paid = Spool.add, []

    def add_and_fill(self, row):
        paid.append(row.id)
        if len(paid) == 10:
            time.sleep(0.5)  # calls in flight are answered, and their rows come to a full disk
            fill(workplace / "mlruns")
        add(self, row)

    monkeypatch.setattr(Spool, "add", add_and_fill)
    if not mounted(workplace / "mlruns", "size=12m"):
        pytest.skip("tmpfs cannot be mounted here")
    try:
        done = synthlab("run", "tickets.yaml", "--set", "budget.rows_per_class=60")
    finally:
        subprocess.run(["umount", "-l", str(workplace / "mlruns")], check=False)
    assert done.code == 2, done
    assert "Traceback" not in done.err
    assert len(paid) > 10
    assert [row["id"] for row in rescued(done.err, rescue)] == paid


def test_help_of_every_command_names_its_arguments(synthlab):
    for command in ("run", "validate", "list", "doctor", "compare", "promote", "generate", "ui"):
        done = synthlab(command, "--help")
        assert done.code == 0
        assert "Usage" in done.out


def test_the_version_is_told_without_a_command(synthlab):
    done = synthlab("--version")
    assert (done.code, done.err) == (0, "")
    assert re.fullmatch(r"synthlab (\d+\.\d+.*|.*no version)\n", done.out)
