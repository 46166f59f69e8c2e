"""A run in the store -> one HTML page: reads what was logged, and hands it to ``report.page``.

No LM, no network beside the store's own, and no real row: the sealed test split stays closed, and
of real rows only their digests, calls and distances are read.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from synthlab.comparisons import DIRECT, SYNTHETIC, Estimate
from synthlab.errors import GateError, NotFoundError, StorageError
from synthlab.lm.base import NO_LM
from synthlab.measures import Panel, panel_of
from synthlab.outcomes import DIRECT as DIRECT_CLASS
from synthlab.report.page.material import Calls, Material, Prompt, Sample, Step
from synthlab.report.page.render import page
from synthlab.statistics.paired import level
from synthlab.tracking import names, predictions
from synthlab.tracking.boundary import shown
from synthlab.tracking.folder import Folder, children, keep_text, logged
from synthlab.tracking.logged import Logged
from synthlab.tracking.read import fresh_panel
from synthlab.tracking.store import Store
from synthlab.workflow.compare import Side, difference, side_of
from synthlab.workflow.looking import board

FILE = "report.html"
MOST_LEVELS = 30
"""Candidates whose interval is worked out; each costs a file and 2,000 bootstrap draws."""

COLUMNS = ("id", "label", "reason", "nearest", "shared", "attributes")


def report(store: Store, ref: str) -> str:
    """The page of a run.

    Args:
        store: where the run is.
        ref: a run's id, the first characters of it, or an experiment's name (its latest run that
            scored a candidate).

    Raises:
        NotFoundError: no such run.
        StorageError: the store cannot be read.
    """
    return page(gather(store, board(store, ref)))


@dataclass(frozen=True, slots=True)
class Written:
    """A page that was written.

    Attributes:
        bytes: its size.
        logged: the artifact's name, if the run keeps the page too; else empty.
    """

    file: str
    name: str
    run_id: str
    bytes: int
    logged: str

    def as_dict(self) -> dict[str, Any]:
        """For ``--json``."""
        return asdict(self)

    @property
    def said(self) -> str:
        """It in a line."""
        said = f"{self.file}: {self.name} ({self.run_id[:8]}), {self.bytes / 1000:,.0f} kB"
        return said + (f", kept with the run as {self.logged}" if self.logged else "")


def write_report(store: Store, ref: str, out: Path, log: bool = False) -> Written:
    """Write the page of a run into a file.

    Args:
        store: where the run is.
        ref: as in ``report``.
        out: the file; it is replaced.
        log: whether the run keeps the page too, as the artifact ``report.html``.

    Raises:
        NotFoundError: no such run.
        StorageError: the store cannot be read or written, or the file cannot be written.
    """
    found = gather(store, board(store, ref))
    text = page(found)
    size = write_page(text, out)
    run_id = found.board["run_id"]
    if log:
        keep_text(store, run_id, text, FILE)
    return Written(str(out), found.board["name"], run_id, size, FILE if log else "")


def write_page(text: str, out: Path) -> int:
    """Replace a file by a page; returns its size in bytes.

    Raises:
        StorageError: it cannot be written.
    """
    try:
        return out.write_bytes(text.encode())
    except OSError as exc:
        raise StorageError(
            f"cannot write {out}: {exc.strerror or exc}",
            "name a file in a folder that you may write to",
        ) from exc


def gather(store: Store, found: Mapping[str, Any]) -> Material:
    """Everything that the page shows, read from the store."""
    run = logged(store, found["run_id"])
    reader = _Reader(store, found, run, children(store, run.run_id))
    winner = found.get("winner") or next((item["name"] for item in found["candidates"]), "")
    return Material(
        board=found,
        params=run.params,
        metrics=run.metrics,
        started=run.started,
        ended=run.ended,
        config=shown(reader.parent.text("config.yaml") or ""),
        privacy=run.tags.get(names.PRIVACY, ""),
        versions=json.loads(run.tags.get(names.VERSIONS, "{}")),
        flag="" if store.uri.startswith("sqlite:") else store.flag,
        origins=reader.origins,
        **(reader.of_winner(winner) if winner else {}),
    )


class _Reader:
    """The files of a run and of its candidates, each read once."""

    def __init__(
        self, store: Store, board: Mapping[str, Any], run: Logged, found: Sequence[Logged]
    ) -> None:
        self.store = store
        self.board = board
        self.parent = Folder(store, run)
        self.entries = {item["name"]: item for item in board["candidates"]}
        self.logged = {item.run_id: item for item in found}
        self._folders: dict[str, Folder] = {}
        self.origins = {
            item.name: (item.tags[names.ORIGIN], item.tags.get(names.WHY, ""))
            for item in found
            if names.ORIGIN in item.tags
        }
        self._sides: dict[str, Side | None] = {}

    def folder(self, name: str) -> Folder:
        """The files of a candidate; its run may have been deleted in the UI, and is there still."""
        if name not in self._folders:
            run_id = self.entries[name]["run_id"]
            run = self.logged.get(run_id) or logged(self.store, run_id)
            self._folders[name] = Folder(self.store, run)
        return self._folders[name]

    def of_winner(self, name: str) -> dict[str, Any]:
        """What there is to tell of the winner, as fields of ``Material``."""
        folder = self.folder(name)
        path = self._path(name)
        before, after = self._calls(path[0], name)
        return {
            "levels": self._levels(),
            "before": before,
            "after": after,
            "steps": tuple(self._step(*pair) for pair in pairwise(path)),
            "prompt": self._prompt(name),
            "kept": _samples(folder, "rows/kept.parquet", self._field(name)),
            "dropped": _samples(folder, "rows/dropped.parquet", self._field(name)),
            "usual": folder.json("nearest.json") or {},
            "findings": folder.json("feedback.json") or (),
            "panel": self._panel(name, folder),
        }

    def _panel(self, name: str, folder: Folder) -> Panel:
        """Of the fresh generations, where it was measured; else of the rows that the search saw."""
        fresh = fresh_panel(self.store, self.board, name)
        return fresh if fresh.measures else panel_of(folder.json(names.PANEL) or {})

    def _levels(self) -> dict[str, Estimate]:
        found = {}
        for name in list(self.entries)[:MOST_LEVELS]:
            calls = self.folder(name).calls(predictions.DEV)
            if calls is not None:
                found[name] = level(calls.true, calls.called, len(calls.labels))
        return found

    def _path(self, winner: str) -> list[str]:
        """Names from the baseline to the winner: its parents, and the direct prompt before them."""
        path = [winner]
        while (parent := self.origins.get(path[0], ("", ""))[0]) in self.entries:
            if parent in path:
                break
            path.insert(0, parent)
        direct = [
            name for name, entry in self.entries.items() if entry["generator"] in DIRECT_CLASS
        ]
        if direct and path[0] not in direct:
            path.insert(0, direct[-1] if "direct" not in direct else "direct")
        return path

    def _calls(self, first: str, winner: str) -> tuple[Calls | None, Calls | None]:
        """The baseline's and the winner's calls: of test where both have them, else of dev."""
        finals = self.board["finals"]
        mine = finals["arms"][0]["name"] if finals else SYNTHETIC
        before, after = (
            self.parent.calls(predictions.of_test(arm)) if finals else None
            for arm in (DIRECT, mine)
        )
        if after is not None and (before is not None or first == winner):
            return _told(before, DIRECT, "test"), _told(after, winner, "test")
        mine, base = self._side(winner), self._side(first) if first != winner else None
        return (
            _told(base.calls if base else None, first, "dev"),
            _told(mine.calls if mine else None, winner, "dev"),
        )

    def _step(self, before: str, after: str) -> Step:
        why = self.origins.get(after, ("", ""))
        return Step(
            self._prompt(before),
            self._prompt(after),
            why[1] if why[0] == before else "",
            self._pair(after, before),
        )

    def _pair(self, a: str, b: str) -> Mapping[str, Any] | None:
        mine, other = self._side(a), self._side(b)
        if mine is None or other is None:
            return None
        try:
            return difference(mine, other)
        except GateError:
            return None

    def _side(self, name: str) -> Side | None:
        if name not in self._sides:
            try:
                self._sides[name] = side_of(self.store, self.board, self.entries[name])
            except NotFoundError:
                self._sides[name] = None
        return self._sides[name]

    def _prompt(self, name: str) -> Prompt:
        folder = self.folder(name)
        program = folder.json("program.json") or {}
        shots = program.get("shots", ())
        shown = folder.names("prompts") if "prompts" in folder.names() and not shots else ()
        lm = program.get("lm", {})
        settings = {"LM": lm.get("model", self.entries[name]["lm"])}
        for key in ("temperature", "top_p", "max_tokens"):
            if lm.get(key) is not None:
                settings[key] = lm[key]
        settings["rows a call"] = program.get("rows_per_request", 1)
        return Prompt(
            name=name,
            generator=self.entries[name]["generator"],
            texts=program.get("texts", {}),
            params=program.get("params", {}),
            settings=settings,
            rendered={
                path.removeprefix("prompts/").removesuffix(".txt"): folder.text(path) or ""
                for path in sorted(shown)
            },
            shows_real=len(shots),
            asks=self.entries[name]["lm"] != NO_LM,
        )

    def _field(self, name: str) -> str:
        program = self.folder(name).json("program.json") or {}
        return str(program.get("brief", {}).get("field", "text"))


def _told(calls: Any, of: str, split: str) -> Calls | None:
    return calls and Calls(of, split, calls.labels, calls.true, calls.called)


def _samples(folder: Folder, path: str, field: str) -> list[Sample]:
    column = field if field not in COLUMNS else f"field.{field}"
    return [
        Sample(
            id=str(row["id"]),
            label=str(row["label"]),
            text=str(row.get(column) or ""),
            nearest=row.get("nearest"),
            shared=row.get("shared"),
            attributes=json.loads(row.get("attributes") or "{}"),
            reason=str(row.get("reason") or ""),
        )
        for row in folder.rows(path, (*COLUMNS, column)) or ()
    ]
