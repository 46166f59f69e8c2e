"""What 500 candidates take: to log them, to read them, to open their pages; and logging's share.

    python experiments/tracking/bench.py store DIR [--candidates 500]
    python experiments/tracking/bench.py read DIR
    python experiments/tracking/bench.py pages DIR
    python experiments/tracking/bench.py share [--only hosted] [--set KEY=VALUE]

``store`` runs candidates of small rows into DIR; ``read`` times commands on it, each in a process
of its own; ``pages`` opens the saved views in a headless Chromium. ``share`` runs the candidates of
configs/bbc-news.yaml, 200 rows each, on an LM that answers at once but waits: as long as a small
model on this machine takes (3 rows a second), and as a hosted one (64 calls in flight, of 200 ms).
``--store`` names a database or an MLflow server in place of DIR/mlruns.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from meter import Meter
from setting import tickets, waiting

from synthlab.outcomes import RunResult

HOME = Path(__file__).resolve().parents[2]
LMS = {"local, 3 rows a second": (16, 16 / 3), "hosted, 64 calls in flight": (64, 0.2)}
LEAN = ["quality.parts=[]", "finals.mixture=false"]
"""What takes the same with and without logging; without it, logging's share is the larger one."""

FLOOR = "from mlflow import MlflowClient; MlflowClient('{uri}').search_experiments()"
"""What any look at the store takes through MLflow, whatever is in it."""

BY_MLFLOW = (
    "import sys; from synthlab.tracking.tables import Tables; Tables.at = lambda uri: None;"
    "import synthlab.cli; synthlab.cli.app(sys.argv[1:], standalone_mode=False)"
)
"""A command that is kept from reading the tables itself, and has to ask MLflow."""

TRIES = 3


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("what", choices=["store", "read", "pages", "share"])
    parser.add_argument("folder", nargs="?", type=Path, help="where the run is, or is to be")
    parser.add_argument("--candidates", type=int, default=500)
    parser.add_argument("--store", default="", help="an MLflow server or database")
    parser.add_argument("--set", action="append", default=[], help="as of synthlab run")
    parser.add_argument("--only", default="", help="share: LMs whose name begins so")
    asked = parser.parse_args()
    if asked.store:
        asked.set.append(f"tracking.uri={asked.store}")
    folder = (asked.folder or Path(tempfile.mkdtemp())).resolve()
    if asked.what == "store":
        store(folder, asked.candidates, asked.set)
    elif asked.what == "read":
        read(folder, asked.store)
    elif asked.what == "pages":
        pages(folder)
    else:
        share(folder, asked.only, asked.set)


def store(folder: Path, candidates: int, overrides: Sequence[str]) -> None:
    """Run many candidates, and say what each took and what of it was logging."""
    config = tickets(folder, candidates)
    _run(f"{candidates} candidates", folder, config, overrides)


def share(folder: Path, only: str, overrides: Sequence[str]) -> None:
    """The share of logging in runs whose LM takes its time."""
    config = HOME / "configs/bbc-news.yaml"
    for title, (flight, seconds) in LMS.items():
        if title.startswith(only):
            here = folder / title.split(",")[0]
            here.mkdir(parents=True, exist_ok=True)
            own = ["lm.model=fake/words", f"lm.concurrency={flight}", *LEAN, *overrides]
            with waiting(seconds):
                _run(title, here, config, own)


def _run(title: str, folder: Path, config: Path, overrides: Sequence[str]) -> RunResult:
    from synthlab.workflow.lab import open_store, run_file

    os.chdir(folder)
    open_store()  # a new folder's tables are made once, in seconds
    meter = Meter().attach()
    wall, cpu = time.perf_counter(), time.process_time()
    result, _ = run_file(config, overrides)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    meter.detach()
    count = len(result.trials)
    print(f"{title}: {count} candidates in {wall:.1f} s, {cpu:.1f} s of it CPU")
    print(
        f"  logging: {meter.wall:.2f} s = {meter.wall / wall:.1%} of the wall time, "
        f"{meter.cpu:.2f} s CPU = {meter.cpu / wall:.1%} of the wall time"
    )
    print("\n".join(meter.lines(count)), flush=True)
    return result


def read(folder: Path, uri: str) -> None:
    """Time the commands that read a run, each ``TRIES`` times, in fresh processes."""
    from synthlab.tracking.read import load_leaderboard
    from synthlab.workflow.lab import open_store

    os.chdir(folder)
    flag = ["--store", uri] if uri else []
    place = open_store(uri or None)
    board = load_leaderboard(place, _latest(place))
    first, last = board["candidates"][0]["name"], board["candidates"][-1]["name"]
    asked = {
        "list": ["list"],
        "compare NAME": ["compare", "tickets"],
        "compare NAME -n 20": ["compare", "tickets", "-n", "20"],
        "compare NAME --panel": ["compare", "tickets", "--panel"],
        "compare NAME:a :b": ["compare", f"tickets:{first}", f":{last}"],
        "report": ["report", "tickets", "-o", "report.html"],
    }
    calls = {}
    for name, args in asked.items():
        calls[name] = ["-m", "synthlab.cli", *args, *flag]
        calls[f"{name}, by MLflow"] = ["-c", BY_MLFLOW, *args, *flag]
    calls["MLflow alone"] = ["-c", FLOOR.format(uri=place.uri)]
    print(f"{len(board['candidates'])} candidates; the best of {TRIES} processes")
    # In turns, so that what others do on the machine lengthens all of them alike.
    times = [{name: _process(args) for name, args in calls.items()} for _ in range(TRIES)]
    for name in calls:
        wall, cpu = (min(each[name][place] for each in times) for place in (0, 1))
        print(f"  {name:34} {wall:6.2f} s wall {cpu:6.2f} s CPU", flush=True)


def _latest(place: object) -> str:
    from synthlab.tracking.read import find_run

    return find_run(place, "tickets")[0]  # type: ignore[arg-type]


def _process(args: Sequence[str]) -> tuple[float, float]:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.perf_counter()
    done = subprocess.run([sys.executable, *args], env=_env(), capture_output=True, text=True)
    wall = time.perf_counter() - began
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        raise SystemExit(f"{args}: {done.stderr}")
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def _env() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(HOME)}


def pages(folder: Path) -> None:
    """Open the saved views, and leave pictures of them in the folder."""
    from synthlab.workflow.lab import serve_ui

    os.chdir(folder)
    server, found = serve_ui(None, 5391)
    try:
        for title, url in found:
            if title.startswith("tickets"):
                picture = folder / f"{title.split(', ')[1]}.png"
                print(f"  {title:22} {_open(url, picture):6.1f} s {picture}", flush=True)
    finally:
        server.stop()


def _open(url: str, picture: Path) -> float:
    began = time.perf_counter()
    command = ["chromium", "--headless=new", "--no-sandbox", "--window-size=1600,1000"]
    command += ["--virtual-time-budget=20000", f"--screenshot={picture}", url]
    subprocess.run(command, check=True, capture_output=True)
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
