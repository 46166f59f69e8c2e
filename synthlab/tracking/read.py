"""Reading runs back: the newest run, its leaderboard, the list of runs, one artifact's text."""

from __future__ import annotations

import difflib
import json
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from synthlab.errors import NotFoundError, StorageError
from synthlab.measures import Panel, panel_of
from synthlab.tracking import leaderboard, names
from synthlab.tracking.boundary import guarded, shown
from synthlab.tracking.logged import Logged
from synthlab.tracking.query import find_runs, list_runs, parents, scored_of
from synthlab.tracking.reach import on_disk, refuse_elsewhere
from synthlab.tracking.store import Store

__all__ = [
    "artifact_file",
    "artifact_text",
    "candidate_panel",
    "find_run",
    "find_runs",
    "fresh_panel",
    "get_run",
    "latest_run",
    "list_runs",
    "load_leaderboard",
    "missing",
    "reads_of_test",
    "run_params",
]


def latest_run(store: Store, experiment: str) -> str:
    """The id of the newest run of ``experiment``, in whatever state it is.

    Raises:
        NotFoundError: no such experiment, or no run in it.
        StorageError: the store cannot be read.
    """
    with guarded(f"cannot read {shown(store.uri)}"):
        every = store.reading.experiments(deleted=True)
        found = [number for number, name in every.items() if name == experiment]
        if not found:
            known = store.reading.experiments().values()
            raise missing("experiment", experiment, [name for name in known if name != "Default"])
    runs = find_runs(store, found, "run")
    if not runs:
        raise NotFoundError(
            f"no run in the experiment '{experiment}'",
            f"start one with `synthlab run`, or see the runs with: synthlab list{store.flag}",
        )
    return runs[0].run_id


def find_run(store: Store, ref: str) -> tuple[str, str]:
    """A run, from its id, the first 6 or more characters of it, or an experiment's name.

    The id may be that of the run's copy in another store: see ``sending``.

    Returns:
        Its id, and what was passed over. Of an experiment, that is the latest run with a candidate
        that was scored; newer runs without one are named in the second text, which is empty
        elsewhere.

    Raises:
        NotFoundError: nothing of that name.
    """
    experiments, runs = parents(store)
    n = len(ref)
    found = [run for run in runs if n >= 6 and ref in (run.run_id[:n], run.twin[:n])]
    if len(found) == 1:
        return found[0].run_id, ""
    mine = [run for run in runs if experiments[run.experiment] == ref]
    for place, run in enumerate(mine):
        if names.WINNER in run.tags or scored_of(store, [run])[run.run_id]:
            return run.run_id, _passed_over(mine[:place])
    return latest_run(store, ref), ""


def _passed_over(newer: Sequence[Logged]) -> str:
    if not newer:
        return ""
    said = ", ".join(f"{run.run_id[:8]} ({run.status.lower()})" for run in newer)
    return f"passed over, as no candidate of it was scored: the newer run {said}"


def load_leaderboard(store: Store, run_id: str) -> dict[str, Any]:
    """The leaderboard of a run, in the order of ``leaderboard.ranked``.

    A run that ended without a result gives the candidates that are finished, and no baselines or
    finals.

    Returns:
        ``{"name", "run_id", "status", "candidates": [{"name", "generator", "lm", "f1", "f1_aug",
        "accuracy", "rows", "dropped", "rows_per_class", "asked", "short", "out", "curve",
        "cost_usd", "tokens", "seconds", "run_id", "per_class", "concerns", and of ``Score.uneven``
        what is known}], "failed": [{"name", "reason",
        "run_id", "cost_usd", "tokens"}], "baselines": [{"name", "f1", "sd", "rows", "draws",
        "per_class"}], "winner", "finals": {...} as ``comparisons.Finals``, "spared": {"rows",
        "usd"}, "digests": {...}, "stopped", "paid_usd", "paid_calls", "estimated"}``; ``f1_aug``,
        ``cost_usd`` and ``finals`` are None when not known, ``short`` and ``out`` are as in
        ``Trial``, and ``stopped`` says which cap ended the run, if one did.

    Raises:
        NotFoundError: no such run.
        StorageError: the store cannot be read.
    """
    run = get_run(store, run_id)
    if names.WINNER in run.tags:
        board: dict[str, Any] = json.loads(artifact_text(store, run_id, leaderboard.FILE))
        return board
    children = find_runs(store, [run.experiment], "candidate", parent=run_id)
    done = [child for child in children if child.status == "FINISHED"]
    failed = [child for child in children if child.status == "FAILED"]
    entries = [_entry(store, child) for child in done]
    tags = run.tags
    return {
        "name": run.title,
        "run_id": run_id,
        "status": run.status,
        "stopped": tags.get(names.STOPPED, ""),
        "paid_usd": None,
        "paid_calls": None,
        "estimated": {},
        "candidates": leaderboard.ranked(entries),
        "failed": [leaderboard.from_failed_child(child) for child in reversed(failed)],
        "baselines": [],
        "winner": "",
        "finals": None,
        "spared": {"rows": 0, "usd": None},
        "digests": {
            key.removeprefix(names.DIGEST): value
            for key, value in sorted(tags.items())
            if key.startswith(names.DIGEST)
        },
    }


def _entry(store: Store, child: Logged) -> dict[str, Any]:
    run_id, place = child.run_id, child.artifacts
    classes = json.loads(artifact_text(store, run_id, "per_class.json", place))
    return leaderboard.from_child(child, classes, candidate_panel(store, run_id, place))


def reads_of_test(store: Store, digest: str) -> int:
    """How often all runs of a store opened the test split with this digest.

    Of a store that is sent on, those of the far one count too, as far as it answers.
    """
    own = _readers(store, digest)
    runs = list(own)
    if store.far is not None:
        with suppress(StorageError):
            ids = {run.run_id for run in own}
            far = _readers(store.far(), digest)
            runs += [run for run in far if run.tags.get(names.LOCAL) not in ids]
    return sum(int(run.tags.get(names.TEST_READS, 0)) for run in runs)


def _readers(store: Store, digest: str) -> list[Logged]:
    """Runs on the data whose test split has this digest."""
    with guarded(f"cannot read {shown(store.uri)}"):
        experiments = list(store.reading.experiments(deleted=True))
    same = {f"{names.DIGEST}test": digest}
    # A run that was deleted has seen the rows all the same.
    return [
        run
        for kind in ("run", "score")
        for run in find_runs(store, experiments, kind, more=same, deleted=True)
    ]


def run_params(store: Store, run_id: str) -> dict[str, str]:
    """The parameters of a run.

    Raises:
        NotFoundError: no such run.
        StorageError: the store cannot be read.
    """
    return dict(get_run(store, run_id).params)


def candidate_panel(store: Store, run_id: str, uri: str = "") -> Panel:
    """The quality panel of a candidate's run; empty where none was measured.

    ``uri`` is where the run's files are, if that is known.
    """
    try:
        return panel_of(json.loads(artifact_text(store, run_id, names.PANEL, uri)))
    except NotFoundError:
        return Panel()


def fresh_panel(store: Store, board: Mapping[str, Any], name: str) -> Panel:
    """The quality panel of a finalist's fresh generations; empty where none was measured.

    ``board`` is what ``load_leaderboard`` returns, ``name`` a candidate of it.
    """
    own = {item["name"]: item["run_id"] for item in board["candidates"]}
    for item in (board.get("finals") or {}).get("finalists", ()):
        if item["name"] == name and item["run_id"] not in ("", own.get(name)):
            return candidate_panel(store, item["run_id"])
    return Panel()


def artifact_text(store: Store, run_id: str, path: str, uri: str = "") -> str:
    """The text of the artifact ``path``, such as ``prompts/write.txt``.

    ``uri`` is where the run's files are, if that is known.

    Raises:
        NotFoundError: no such run or artifact.
        StorageError: the store cannot be read.
    """
    with artifact_file(store, run_id, path, uri) as file:
        return file.read_text(encoding="utf-8")


@contextmanager
def artifact_file(store: Store, run_id: str, path: str, uri: str = "") -> Iterator[Path]:
    """The file of an artifact, there as long as the block; ``uri`` spares the look for the run.

    Raises:
        NotFoundError: no such run or artifact.
        StorageError: the store cannot be read.
    """
    place = uri or get_run(store, run_id).artifacts
    local = None if store.is_server else on_disk(place)
    if local is not None and local.is_dir():
        if not (local / path).is_file():
            raise missing("artifact", path, _files(local, (local / path).parent))
        yield local / path
        return
    folder = str(Path(path).parent) if "/" in path else None
    with tempfile.TemporaryDirectory() as copy:
        with guarded(f"cannot read {path} of run {run_id}"):
            there = [item.path for item in store.client.list_artifacts(run_id, folder)]
            if path not in there:
                refuse_elsewhere(run_id, place)
                raise missing("artifact", path, there)
            file = Path(store.client.download_artifacts(run_id, path, copy))
        yield file


def _files(local: Path, folder: Path) -> list[str]:
    return [str(item.relative_to(local)) for item in folder.iterdir()] if folder.is_dir() else []


def missing(kind: str, name: str, known: Iterable[str]) -> NotFoundError:
    """The error for a name that is not there, with the closest ones that are."""
    known = sorted(set(known))
    close = difflib.get_close_matches(name, known, n=3, cutoff=0.5)
    if close:
        fix = "did you mean " + " or ".join(f"'{item}'" for item in close) + "?"
    else:
        fix = f"there is: {', '.join(known[:20])}" if known else f"there is no {kind} yet"
    return NotFoundError(f"no {kind} '{name}'", fix)


def get_run(store: Store, run_id: str) -> Logged:
    """A run.

    Raises:
        NotFoundError: no such run.
        StorageError: the store cannot be read.
    """
    with guarded(f"cannot read run {run_id} in {shown(store.uri)}"):
        found = store.reading.run(run_id)
    if found is None:
        raise missing("run", run_id, [item["run_id"] for item in list_runs(store)])
    return found
