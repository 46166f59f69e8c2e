"""The functions of ``import synthlab as sl``.

Each is one call into the workflow, as a command is. What a user can put right is raised as a
``SynthlabError``, whose text says what to try.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from synthlab.api import frames
from synthlab.api.compared import Comparison
from synthlab.api.listening import listener
from synthlab.api.promoted import Promoted
from synthlab.api.results import Run
from synthlab.tracking.read import list_runs
from synthlab.workflow import lab
from synthlab.workflow.compare import compare as look
from synthlab.workflow.promote import promote as decide
from synthlab.workflow.verdicts import Verdict

Overrides = Mapping[str, Any] | Sequence[str]


def run(config: str | Path, overrides: Overrides = (), *, progress: bool | None = None) -> Run:
    """Run a config: generate, train, score and log every candidate, and name a winner.

    The same as ``synthlab run``. Answers that the journal has are not paid again.

    Args:
        config: path of a YAML, such as ``configs/bbc-news.yaml``.
        overrides: keys to replace: ``{"budget.rows_per_class": 10}``, or ``["budget.usd=2"]``.
        progress: True shows it, False does not. When left out, a terminal gets a live table on
            stderr, a notebook a line for each candidate that was scored, and a script nothing.

    Returns:
        The run. One that was stopped by a cap is returned, too: ``Run.stopped`` says which.

    Raises:
        SynthlabError: the config is wrong (``ConfigError``), or what ended the run.
        KeyboardInterrupt: Ctrl-C, after saving.
    """
    with listener(progress) as told:
        result, board = lab.run_file(Path(config), given(overrides), told)
    return Run(lab.open_store(result.store or None), board)


def open_run(ref: str, *, store: str | None = None) -> Run:
    """A run that is in the store already; nothing is made or paid.

    Args:
        ref: an experiment's name (its latest run with a score), or a run's id or the first 6 or
            more characters of it.
        store: an MLflow tracking URI; ``./mlruns`` when left out.

    Raises:
        NotFoundError: nothing of that name; the message says what there is.
        StorageError: the store cannot be read.
    """
    place = lab.open_store(store)
    return Run(place, lab.board(place, ref))


def runs(*, store: str | None = None) -> pd.DataFrame:
    """Every run of a store, the newest first.

    Returns:
        Columns: name, run_id, experiment, started (UTC), status, winner, f1 (macro-F1 on dev, of
        the winner), cost_usd, candidates (that were scored).
    """
    return frames.runs(list_runs(lab.open_store(store)))


def compare(a: str, b: str, *, store: str | None = None) -> Comparison:
    """Two runs or candidates on the same real dev rows: the paired difference of macro-F1.

    Args:
        a: as for ``open_run``, whose winner is meant; or ``RUN:CANDIDATE``.
        b: the same; ``:CANDIDATE`` is one of a's run.
        store: an MLflow tracking URI; ``./mlruns`` when left out.

    Raises:
        GateError: they were scored on other dev rows or with another classifier.
        NotFoundError: no such run or candidate.
    """
    return Comparison(look(lab.open_store(store), a, b))


def promote(
    name: str, run: str = "", candidate: str = "", *, store: str | None = None, **gates: Any
) -> Verdict:
    """Let ``NAME@champion`` point at a run's winner, if it passes the gates.

    Args:
        name: the experiment, and the promoted generator.
        run: a run's id; when empty, the latest one with a score.
        candidate: a candidate of that run; the winner when empty.
        store: an MLflow tracking URI; ``./mlruns`` when left out.
        gates: what else ``synthlab promote`` takes, such as ``margin=0.01`` (macro-F1).

    Returns:
        The verdict, with ``ref``, ``version`` and ``reason`` (the gates' figures in words).

    Raises:
        GateError: a gate refused, and no alias moved.
        NotFoundError: no such run or candidate.
    """
    return decide(lab.open_store(store), name, run, candidate, **gates)


def load(ref: str, *, store: str | None = None) -> Promoted:
    """A promoted generator, ready to ``generate``; no LM is opened yet.

    Args:
        ref: ``NAME@champion``, ``NAME@3`` (a version), or ``NAME`` for its champion.
        store: an MLflow tracking URI; ``./mlruns`` when left out.

    Raises:
        NotFoundError: no such generator, alias or version; the message says what there is.
    """
    return Promoted(lab.open_store(store), ref)


def given(overrides: Overrides) -> list[str]:
    """Overrides as the command line has them: ``KEY=VALUE``."""
    if isinstance(overrides, Mapping):
        return [f"{key}={json.dumps(value, default=str)}" for key, value in overrides.items()]
    return [overrides] if isinstance(overrides, str) else list(overrides)
