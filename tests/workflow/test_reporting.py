"""`synthlab report`: one page for each kind of run, whose figures are those of `compare --json`."""

import json
import re
import shutil
from pathlib import Path

import pytest

from synthlab.report.page.numbers import MINUS
from synthlab.workflow.lab import open_store, run_file
from synthlab.workflow.reporting import gather, report
from tests.conftest import copied_stores, set_out

RACE = "search={use: racing, with: {rungs: [2], keep: 1}}"
KINDS = {
    "whole": ["finals.replicates=2"],
    "plain": [],
    "race": [RACE],
    "capped": ["finals.replicates=2", "budget.calls=50", "seed=9"],
}
FIGURE = re.compile(r'<data value="([^"]+)">([^<]+)</data>')


@pytest.fixture(scope="module")
def lab(tmp_path_factory, blank_store):
    """A folder with a run of each kind."""
    folder = set_out(tmp_path_factory.mktemp("reports"))
    with copied_stores(blank_store), pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        for name, given in KINDS.items():
            run_file(Path("tickets.yaml"), [f"name={name}", *given])
    return folder


@pytest.fixture
def runs(lab, synthlab, monkeypatch):
    """The command line in that folder."""
    monkeypatch.chdir(lab)
    return synthlab


@pytest.fixture
def page_of(runs, tmp_path):
    """The page of a run, as the command writes it."""

    def write(name):
        said = runs("report", name, "-o", str(tmp_path / "page.html"))
        assert said.code == 0, said.err
        return (tmp_path / "page.html").read_text(encoding="utf-8")

    return write


def numbers(value):
    """Every number in plain data."""
    if isinstance(value, dict):
        return set().union(*map(numbers, value.values()))
    if isinstance(value, list):
        return set().union(*map(numbers, value))
    return {float(value)} if isinstance(value, (int, float)) else set()


def section(html, name):
    """The page from a section's heading to the next one's."""
    return html.split(f'<h2 id="{name}"')[1].split("<h2 id=")[0]


def compared(runs, *args):
    return json.loads(runs("compare", *args, "--json").out)


@pytest.mark.parametrize("name", KINDS)
def test_every_kind_of_run_has_a_page_that_needs_nothing_else(page_of, name):
    html = page_of(name)
    assert html.startswith("<!doctype html>")
    assert len(html.encode()) < 300_000
    assert not re.search(r"https?:|<script|<link|<img|url\(|@import|src=", html)
    assert ("sealed real rows" in html.split("</h1>")[0]) == (name != "capped")


@pytest.mark.parametrize("name", KINDS)
def test_every_score_on_the_page_is_one_that_compare_prints(page_of, runs, name):
    html = page_of(name)
    known = numbers(compared(runs, name)) | numbers(compared(runs, name, ":direct"))
    known |= numbers(compared(runs, f"{name}:direct", ":attributes"))
    for part in ("test", "standings"):
        if f'<h2 id="{part}"' not in html:
            continue
        figures = FIGURE.findall(section(html, part))
        assert len(figures) > 8
        for exact, shown in figures:
            assert float(exact) in known, (part, shown)
            digits = len(shown.partition(".")[2])
            assert shown.replace(MINUS, "-").lstrip("+") == f"{float(exact):.{digits}f}"


def test_a_step_has_the_paired_difference_that_compare_prints(page_of, runs):
    found = compared(runs, "whole:attributes", ":direct")["contrast"]
    html = section(page_of("whole"), "prompt")
    assert float(FIGURE.findall(html)[0][0]) == found["value"]
    # Of two generations, whose interval goes from -0.52 to 1.
    assert found["high"] - found["low"] > 1
    assert "2 generations are too few to tell" in html


def test_the_classes_of_a_run_without_finals_are_those_that_were_logged(page_of, runs):
    (entry,) = (e for e in compared(runs, "capped")["candidates"] if e["name"] == "attributes")
    shown = {float(exact) for exact, _ in FIGURE.findall(section(page_of("capped"), "classes"))}
    for scores in entry["per_class"].values():
        assert any(value == pytest.approx(scores["f1"], abs=1e-9) for value in shown)


def test_a_race_and_a_cap_are_told(page_of):
    assert re.search(r"out at 2 rows a class", page_of("race"))
    assert "the cap of 50 calls would be passed" in page_of("capped").split("</section>")[0]


def test_rows_are_shown_with_their_distance_and_no_real_row_is(page_of, lab):
    html = page_of("whole")
    rows = section(html, "rows")
    assert rows.count("nearest real row at") == 9
    assert "real rows are at" in rows
    real = [line.split(",")[0] for line in (lab / "rows.csv").read_text().splitlines()[1:]]
    assert not [text for text in real if text in html]


def test_the_run_says_what_it_was_made_with_and_how_to_make_it_again(page_of, runs):
    html = section(page_of("whole"), "again")
    assert re.search(r"Made with synthlab \S+, python 3", html)
    assert f"synthlab compare {compared(runs, 'whole')['run_id'][:8]} --json" in html
    assert "replicates: 2" in html
    assert str(Path.cwd()) not in html


def test_a_run_that_logged_less_has_a_page_without_it(lab, monkeypatch):
    monkeypatch.chdir(lab)
    store = open_store()
    found = gather(store, {**json.loads(_board(lab)), "skipped": ""})
    winner = Path(lab, "mlruns/artifacts/whole", found.entry("attributes")["run_id"], "artifacts")
    kept = {path: path.read_bytes() for path in winner.rglob("*") if path.is_file()}
    for path in kept:
        path.unlink()
    try:
        html = report(store, "whole")
    finally:
        for path, data in kept.items():
            path.write_bytes(data)
    assert "beats the direct prompt" in html
    assert 'id="rows"' not in html


def _board(lab):
    (path,) = Path(lab, "mlruns/artifacts/whole").glob("*/artifacts/leaderboard.json")
    return path.read_text()


def test_the_page_can_be_kept_with_the_run(runs, lab, tmp_path):
    said = runs("report", "plain", "-o", str(tmp_path / "x.html"), "--log")
    assert "kept with the run as report.html" in said.out
    (logged,) = Path(lab, "mlruns/artifacts/plain").glob("*/artifacts/report.html")
    assert logged.read_bytes() == (tmp_path / "x.html").read_bytes()


def test_an_unknown_run_and_a_bad_place_are_told(runs, tmp_path):
    said = runs("report", "whale", "-o", str(tmp_path / "x.html"))
    assert said.code == 2
    assert "no experiment 'whale'" in said.err
    assert "'whole'" in said.err
    said = runs("report", "whole", "-o", str(tmp_path / "no" / "x.html"))
    assert said.code != 0
    assert "cannot write" in said.err
    shutil.rmtree(tmp_path)


def test_what_was_written_is_told_as_json_too(lab, runs, monkeypatch, tmp_path):
    out = tmp_path / "page.html"
    found = json.loads(runs("report", "whole", "-o", str(out), "--json").out)
    assert (found["file"], found["name"], found["logged"]) == (str(out), "whole", "")
    assert found["bytes"] == out.stat().st_size
    assert found["run_id"] == compared(runs, "whole")["run_id"]
    said = runs("report", "whole", "-o", str(out), "--log").out
    assert said.startswith(f"{out}: whole ({found['run_id'][:8]}), ")
    assert "kept with the run as report.html" in said
