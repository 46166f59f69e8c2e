"""One call for each command: what ``commands/`` and ``import synthlab`` offer, in one place."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from synthlab.config.load import Loaded, load
from synthlab.deliveries import Delivery, Origin
from synthlab.lm.journal.query import Calls
from synthlab.outcomes import RunResult
from synthlab.tracking.read import find_run, list_runs, load_leaderboard
from synthlab.tracking.store import Store
from synthlab.workflow.compile import compile_plan
from synthlab.workflow.deliver import Wanted, deliver
from synthlab.workflow.estimate import Estimate, estimate
from synthlab.workflow.journals import journal_url, open_journal
from synthlab.workflow.looking import ROOT, board, open_store, serve_ui
from synthlab.workflow.places import as_read, place
from synthlab.workflow.plan import Plan
from synthlab.workflow.progress import Progress
from synthlab.workflow.run import run as run_plan

__all__ = [
    "PROBE",
    "ROOT",
    "board",
    "calls_of",
    "compile_file",
    "estimate_file",
    "generate_ref",
    "open_store",
    "run_file",
    "serve_ui",
]

PROBE = "probe"


def compile_file(path: Path, overrides: Sequence[str] = ()) -> Plan:
    """Check a config as far as it can be checked without an LM call."""
    return compile_plan(load(path, overrides))


def run_file(
    path: Path, overrides: Sequence[str] = (), progress: Progress | None = None
) -> tuple[RunResult, dict[str, Any]]:
    """Run a config; returns the result and its leaderboard as logged."""
    began = time.monotonic()  # reading data and loading models is time that its user waits
    loaded: Loaded = load(path, overrides)
    if progress:
        progress.say("checking the config and reading the data")
    plan = compile_plan(loaded)
    tracking = plan.config.tracking
    with place(ROOT, tracking.uri, tracking.artifacts, progress) as there:
        result = run_plan(plan, there.store, progress, began)
    result = as_read(result, there)
    return result, {**load_leaderboard(there.reading, result.run_id), "unsent": result.unsent}


def estimate_file(
    path: Path, overrides: Sequence[str] = (), probe: int = 0, progress: Progress | None = None
) -> Estimate:
    """What a run of a config will take; ``probe`` real calls of each LM make it surer.

    A probe's calls are kept where the run will look for them, and count against its caps.
    """
    plan = compile_file(path, overrides)
    if not probe:
        return estimate(plan)
    with closing(open_journal(plan, open_store().root, f"{plan.config.name} {PROBE}")) as journal:
        return estimate(plan, probe, journal, progress)


def generate_ref(
    store: Store,
    ref: str,
    count: int,
    out: Path,
    form: str = "parquet",
    seed: int = 0,
    progress: Progress | None = None,
    caps: Mapping[str, float | None] | None = None,
) -> tuple[Origin, Delivery]:
    """Rows from a promoted generator, ``NAME@ALIAS`` or ``NAME@VERSION``, in a folder.

    ``caps`` are those of a config's budget: usd, tokens, calls, minutes.
    """
    wanted = Wanted(out, count, form=form, seed=seed, caps=caps or {})
    return deliver(store, ref, wanted, progress)


def calls_of(store: Store, ref: str = "", url: str | None = None) -> tuple[Calls, dict[str, str]]:
    """The journal's calls, and each run's name by its id.

    Args:
        store: whose journal it is, unless ``url`` names another.
        ref: an experiment (all its runs, probes and deliveries) or one run's id or its beginning;
            empty is everything.
        url: a journal's address; the store's own when None.
    """
    names = {item["run_id"]: item["name"] for item in list_runs(store)}
    calls = Calls(journal_url(store.root, url))
    if ref:
        own = [run_id for run_id, name in names.items() if name == ref]
        others = (f"{ref}@", f"{ref} {PROBE}", f"{ref} (")
        own += [run for run in calls.paid_by() if run == ref or run.startswith(others)]
        calls.runs = own or [find_run(store, ref)[0]]
    return calls, names
