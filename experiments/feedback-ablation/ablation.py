"""Which part of the feedback earns its keep?

    python experiments/feedback-ablation/ablation.py [--replicates 5] [--only NAME ...]

One run of base.yaml for each arm, with less or more feedback and another proposer; every arm starts
from the direct prompt, proposes two candidates, and generates its best one afresh. Prints the table
of README.md. Calls that arms share are made once.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from synthlab.workflow.lab import run_file
from synthlab.workflow.progress import Quiet

BASE = Path(__file__).parent / "base.yaml"
HINTS = "search={use: gepa, with: {candidates: 2, proposer: hints}}"
AVOID = "search={use: gepa, with: {candidates: 2, proposer: {use: hints, with: {avoid: 6}}}}"
REFLECT = "search={use: gepa, with: {candidates: 2, proposer: reflection}}"
WIDE = "{use: confusions, with: {pairs: 20}}"
"""Every class must have words of its own, so more pairs are told where they are all there is."""
ARMS: dict[str, list[str]] = {
    "score only": [HINTS, "feedback.parts=[]"],
    "+ confusions": [HINTS, f"feedback.parts=[{WIDE}]"],
    "+ coverage": [HINTS, "feedback.parts=[confusions, coverage]"],
    "+ tics": [AVOID, "feedback.parts=[confusions, coverage, tics]"],
    "+ row credit": [HINTS, "feedback.parts=[confusions, coverage, credit]"],
    "all, by reflection": [REFLECT, "feedback.parts=[confusions, coverage, labels, tics]"],
}
HEAD = "| arm | best | search, dev | fresh, dev (95%) | test (95%) | over direct (95%) | tokens |"


class Told(Quiet):
    def note(self, text: str) -> None:
        print(f"    {text}", flush=True)


def main(replicates: int, only: list[str]) -> None:
    lines = [HEAD, "|" + "---|" * (HEAD.count("|") - 1)]
    for name in only or list(ARMS):
        print(name, flush=True)
        result, board = run_file(BASE, [*ARMS[name], f"finals.replicates={replicates}"], Told())
        lines.append(_row(name, board, sum(trial.usage.tokens for trial in result.trials)))
        print(f"    {result.ending}\n{lines[-1]}", flush=True)
    print("\n".join(lines))


def _row(name: str, board: dict[str, Any], tokens: int) -> str:
    finals = board["finals"]
    first, test = finals["finalists"][0], finals["arms"][0]["estimate"]
    over = [c for c in finals["contrasts"] if c["b"] == "direct prompt"]
    cells = [
        name,
        first["name"],
        f"{first['search']:.3f}",
        _interval(first["dev"]),
        _interval(test),
        _interval(over[0], "+") if over else "",
        f"{tokens:,}",
    ]
    return f"| {' | '.join(cells)} |"


def _interval(found: dict[str, Any], sign: str = "") -> str:
    return f"{found['value']:{sign}.3f} ({found['low']:{sign}.3f} to {found['high']:{sign}.3f})"


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--replicates", type=int, default=5)
    parser.add_argument("--only", nargs="*", default=[])
    given = parser.parse_args()
    main(given.replicates, given.only)
