"""Rows a second, CPU time and memory of synthlab beside other ways to ask an LM for rows.

Every client runs in a fresh process against a fresh stub of fixed latency, once a round, in
shuffled order; so what else the machine does strikes all of them alike. See README.md.
"""

import argparse
import json
import math
import os
import platform
import random
import statistics
import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from tempfile import gettempdir

from environments import CLIENTS, HERE, Client, NotInstalled, interpreter, variables
from processes import Failed, Load, Measured, measure

LATENCY = 0.2
# The same run with a tenth of the rows: the difference is what a row costs, start-up left out.
SMALL = 10
MEMORY_ROWS = (1_000, 10_000, 100_000)
MEMORY_LATENCY = 0.002

Runs = dict[str, list[Measured]]


def main() -> None:
    given = _arguments()
    env = variables(given.scratch)
    found = _memory(given, env) if given.memory else _compare(given, env)
    if given.json:
        given.json.write_text(json.dumps({"machine": _machine(), **found}, indent=1) + "\n")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--rows", type=int, default=1000)
    parser.add_argument("--in-flight", type=int, default=64)
    parser.add_argument("--only", help=f"of {', '.join(CLIENTS)}; with commas between")
    parser.add_argument("--peers", action="store_true", help="install and run the peers as well")
    parser.add_argument("--memory", action="store_true", help="peak memory of synthlab by rows")
    parser.add_argument("--json", type=Path, help="file for every single measurement")
    parser.add_argument("--scratch", type=Path, default=Path(gettempdir()) / "synthlab-throughput")
    given = parser.parse_args()
    names = given.only.split(",") if given.only else None
    if names and (unknown := sorted(set(names) - set(CLIENTS))):
        parser.error(f"--only: no client {', '.join(unknown)}")
    given.clients = {
        name: client
        for name, client in CLIENTS.items()
        if (name in names if names else given.peers or client.requirements is None)
    }
    return given


def _compare(given: argparse.Namespace, env: Mapping[str, str]) -> dict[str, object]:
    load = Load(given.rows, given.in_flight, LATENCY)
    small = Load(max(1, given.rows // SMALL), given.in_flight, LATENCY)
    pythons, failures = _interpreters(given.clients, given.scratch)
    loads: list[float] = []
    whole: Runs = {name: [] for name in pythons}
    tenth: Runs = {name: [] for name in pythons}
    for turn in range(given.rounds):
        for name in random.sample(list(pythons), len(pythons)):
            loads.append(os.getloadavg()[0])
            _say(f"round {turn + 1} of {given.rounds}: {name}, load {loads[-1]:.1f}")
            script = HERE / "clients" / CLIENTS[name].script
            try:
                pair = [measure(pythons[name], script, each, env) for each in (small, load)]
            except Failed as failure:
                failures[name] = str(failure)
            else:
                tenth[name].append(pair[0])
                whole[name].append(pair[1])
    print(_table(whole, tenth, load, small))
    if loads:
        print(f"\nLoad average {min(loads):.1f}-{max(loads):.1f} on {os.cpu_count()} cores.")
    for name, reason in failures.items():
        print(f"\n{CLIENTS[name].title}: {reason}")
    return {
        "load": asdict(load),
        "load_averages": loads,
        "runs": {name: [asdict(run) for run in runs] for name, runs in whole.items()},
        "runs_of_a_tenth": {name: [asdict(run) for run in runs] for name, runs in tenth.items()},
        "failures": failures,
    }


def _interpreters(
    clients: Mapping[str, Client], scratch: Path
) -> tuple[dict[str, Path], dict[str, str]]:
    pythons: dict[str, Path] = {}
    failures: dict[str, str] = {}
    for name, client in clients.items():
        try:
            pythons[name] = interpreter(client, scratch)
        except NotInstalled as failure:
            failures[name] = f"not installed: {failure}"
    return pythons, failures


def _table(whole: Runs, tenth: Runs, load: Load, small: Load) -> str:
    limit = math.ceil(load.rows / load.in_flight) * load.latency
    lines = [
        f"| client | wall s, median (min-max) | ratio to {limit:.1f} s (best) | CPU s, process | "
        "CPU ms a row | peak RSS MB | start to first request s | first request to last answer s | "
        "requests (different prompts) | most in flight | connections |",
        "|---" * 11 + "|",
    ]
    for name, runs in whole.items():
        if not runs:
            continue
        walls = [run.wall_s for run in runs]
        middle = statistics.median(walls)
        rows = load.rows - small.rows
        pairs = zip(runs, tenth[name], strict=True)
        row_ms = [(run.cpu_s - part.cpu_s) / rows * 1000 for run, part in pairs]
        last = runs[-1]
        lines.append(
            f"| {CLIENTS[name].title} | {middle:.2f} ({min(walls):.2f}-{max(walls):.2f}) | "
            f"{middle / limit:.2f} ({min(walls) / limit:.2f}) | "
            f"{_median(runs, lambda r: r.cpu_s):.2f} | {statistics.median(row_ms):.2f} | "
            f"{_median(runs, lambda r: r.rss_mb):.0f} | "
            f"{_median(runs, lambda r: r.first_request_s):.2f} | "
            f"{_median(runs, lambda r: r.span_s):.2f} | "
            f"{last.requests} ({last.distinct_prompts}) | {last.max_in_flight} | "
            f"{last.connections} |"
        )
    return "\n".join(lines)


def _median(runs: list[Measured], value: Callable[[Measured], float]) -> float:
    return statistics.median(map(value, runs))


def _memory(given: argparse.Namespace, env: Mapping[str, str]) -> dict[str, object]:
    script = HERE / "clients" / "synthlab_memory.py"
    found = {}
    print("| rows | peak RSS MB | CPU ms a row, start-up included | rows a second |")
    print("|---|---|---|---|")
    for rows in MEMORY_ROWS:
        load = Load(rows, given.in_flight, MEMORY_LATENCY)
        run = measure(Path(sys.executable), script, load, env)
        found[rows] = asdict(run)
        print(
            f"| {rows:,} | {run.rss_mb:.0f} | {run.cpu_s / rows * 1000:.2f} | "
            f"{rows / run.wall_s:.0f} |",
            flush=True,
        )
    return {"memory": found}


def _machine() -> dict[str, object]:
    return {
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "load_average": os.getloadavg(),
    }


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
