"""A run as an object: its answer in words, its tables as DataFrames, its rows and prompts.

Everything is read from what the run logged; nothing is trained, generated or paid.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cached_property
from typing import Any

import pandas as pd

from synthlab.api import frames, html
from synthlab.api.compared import Comparison
from synthlab.report.verdict import verdict
from synthlab.tracking.files import artifact_frame, artifact_names
from synthlab.tracking.read import artifact_text, missing
from synthlab.tracking.store import Store
from synthlab.workflow import lab
from synthlab.workflow.compare import compare
from synthlab.workflow.promote import promote
from synthlab.workflow.verdicts import Verdict

KEPT, DROPPED = "rows/kept.parquet", "rows/dropped.parquet"
NEAR = ("nearest", "shared")


class Run:
    """A run in the store.

    Args:
        store: where it is.
        board: what ``tracking.read.load_leaderboard`` returns of it.

    Attributes:
        name: the experiment's.
        run_id: MLflow's id of the parent run.
        status: FINISHED, RUNNING, FAILED or KILLED.
        winner: name of the candidate that won; of the best one on dev if none did yet.
        stopped: which cap of the budget ended it, and how to go on; empty if none did.
        digests: of the splits, by name: equal digests, equal real rows.
    """

    def __init__(self, store: Store, board: Mapping[str, Any]) -> None:
        self._store = store
        self._board = board
        self.name: str = board["name"]
        self.run_id: str = board["run_id"]
        self.status: str = board["status"]
        self.stopped: str = board.get("stopped", "")
        self.digests: dict[str, str] = dict(board["digests"])
        first = next((item["name"] for item in board["candidates"]), "")
        self.winner: str = board.get("winner") or first

    def __repr__(self) -> str:
        return f"<synthlab run {self.run_id[:8]} of {self.name}: {self.verdict}>"

    def _repr_html_(self) -> str:
        note = f"run {self.run_id[:8]} of {self.name}, {self.status.lower()}"
        board = ("candidate", "f1", "f1_with_real", "rows", "dropped", "cost_usd", "parent")
        finals = ("candidate", "f1", "low", "high", "generations", "search_f1", "usd_per_1000")
        gaps = ("a", "b", "difference", "low", "high", "p", "better")
        tables = [
            html.table("on dev, one generation each", self.leaderboard, board),
            html.table("finals: fresh generations on dev", self.finals, finals, first=True),
            html.table("on the sealed test rows", self.test, frames.TEST),
            html.table("differences on test", self.contrasts, gaps),
        ]
        return html.page(self.verdict, note, tables)

    @property
    def verdict(self) -> str:
        """The answer in a sentence or two, with its 95% intervals."""
        return verdict(self._board)

    @cached_property
    def leaderboard(self) -> pd.DataFrame:
        """Candidates, best first, each generated once and scored on dev.

        Columns: candidate, f1 and accuracy (0..1, on real dev rows), f1_with_real (with a few real
        rows added), rows and dropped (counts), cost_usd, tokens, seconds, generator, lm, parent and
        why (of candidates that a search made), out (why a race ended for it), run_id.
        """
        return frames.leaderboard(self._board)

    @cached_property
    def finals(self) -> pd.DataFrame:
        """Finalists, best first, by their fresh generations; empty where there were no finals.

        Columns: candidate, f1 with low and high (the mean over generations on dev and its 95%
        interval), generations, rows (of one), search_f1, shrunken_f1, usd_per_1000 (kept rows),
        tokens_per_row, run_id (of the fresh rows).
        """
        return frames.finals(self._board)

    @cached_property
    def test(self) -> pd.DataFrame:
        """What each kind of training set reaches on the sealed test rows; empty before the finals.

        Columns: trained_on, f1 with low and high (95%), rows, real (how many of them), weight (of a
        synthetic row beside a real one).
        """
        return frames.test(self._board)

    @cached_property
    def contrasts(self) -> pd.DataFrame:
        """Differences of macro-F1 on test that were fixed before it was opened.

        Columns: a, b, difference (a - b) with low and high (95%), p (after Holm's correction),
        better, equal and worse (probabilities), resolves (the true difference that is found 4 times
        of 5).
        """
        return frames.contrasts((self._board.get("finals") or {}).get("contrasts", ()))

    @cached_property
    def baselines(self) -> pd.DataFrame:
        """The same model without synthetic rows, on dev: trained_on, f1, sd, rows, draws."""
        return frames.baselines(self._board)

    @cached_property
    def curves(self) -> pd.DataFrame:
        """Learning curves on test, a line a point: trained_on, per_class, rows, f1, sd, draws."""
        return frames.curves(self._board)

    @cached_property
    def per_class(self) -> pd.DataFrame:
        """Classes on dev: candidate, label, f1, precision, recall, support (real rows), rows."""
        return frames.per_class(self._board)

    @cached_property
    def findings(self) -> pd.DataFrame:
        """What would make the rows better: candidate, place (1: most useful), finding."""
        return frames.findings(self._board)

    @cached_property
    def panel(self) -> pd.DataFrame:
        """The quality panel: candidate, name, value, reference, unit, verdict, said, part."""
        return frames.panel(lab.board(self._store, self.run_id, panels=None))

    @cached_property
    def calls(self) -> pd.DataFrame:
        """LM calls that this run paid for; answers of an earlier run are not in it.

        Columns: model, purpose, calls, failed, input_tokens, output_tokens, cost_usd.

        Raises:
            StorageError: the journal is not on this machine, or cannot be read.
        """
        found, _ = lab.calls_of(self._store, self.run_id)
        found.runs = [self.run_id]
        try:
            return frames.calls(found.sums(("model", "purpose")))
        finally:
            found.close()

    def rows(
        self, candidate: str = "", *, fresh: bool = False, dropped: bool = False
    ) -> pd.DataFrame:
        """The synthetic rows of a candidate.

        Args:
            candidate: its name; the winner's when empty.
            fresh: those of its fresh generations, all in one frame, in place of the search's.
            dropped: those that curation dropped, with ``reason`` and ``detail``.

        Returns:
            One line a row: id, label, the fields of the task (such as text), then the lineage:
            attributes and shown (JSON), call, lm, candidate (digests), cost_usd, tokens; then
            nearest, the distance to the nearest real seed or dev row (0: a copy), and shared, the
            part of the row that stands in one of them.

        Raises:
            NotFoundError: no such candidate, or it was not in the finals.
        """
        run_id = self._finalist(candidate) if fresh else str(self._entry(candidate)["run_id"])
        found = artifact_frame(self._store, run_id, DROPPED if dropped else KEPT)
        last = [name for name in NEAR if name in found]
        return found[[*found.columns.drop(last), *last]]

    def prompts(self, candidate: str = "") -> dict[str, str]:
        """A prompt of each class as the LM read it, by name; the winner's when empty."""
        run_id = str(self._entry(candidate)["run_id"])
        paths = artifact_names(self._store, run_id, "prompts")
        names = {path: path.removeprefix("prompts/").removesuffix(".txt") for path in paths}
        return {name: artifact_text(self._store, run_id, path) for path, name in names.items()}

    def program(self, candidate: str = "") -> dict[str, Any]:
        """A candidate's generator as plain data: what would be promoted."""
        run_id = str(self._entry(candidate)["run_id"])
        found: dict[str, Any] = json.loads(artifact_text(self._store, run_id, "program.json"))
        return found

    def compare(self, a: str, b: str) -> Comparison:
        """Two candidates of this run on the same dev rows: see ``synthlab.compare``."""
        return Comparison(compare(self._store, f"{self.run_id}:{a}", f":{b}"))

    def promote(self, candidate: str = "", **gates: Any) -> Verdict:
        """Let ``NAME@champion`` point at a candidate of this run: see ``synthlab.promote``."""
        return promote(self._store, self.name, self.run_id, candidate, **gates)

    def _entry(self, candidate: str) -> Mapping[str, Any]:
        known = {item["name"]: item for item in self._board["candidates"]}
        name = candidate or self.winner
        if name not in known:
            raise missing("candidate", name, known)
        found: Mapping[str, Any] = known[name]
        return found

    def _finalist(self, candidate: str) -> str:
        name = str(self._entry(candidate)["name"])
        ids = {str(row.candidate): str(row.run_id) for row in self.finals.itertuples()}
        ids = {key: value for key, value in ids.items() if value}
        if name not in ids:
            raise missing("finalist", name, ids)
        return ids[name]
