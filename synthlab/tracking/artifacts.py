"""The files of a run, written into a folder that is then uploaded: rows, prompts, figures."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from synthlab.comparisons import POOL_BEST
from synthlab.outcomes import PoolSet, Trial
from synthlab.records import Curated
from synthlab.tracking import names, predictions, rowtable

PANEL = "panel.json"


def write_trial(folder: Path, trial: Trial, figures: Mapping[str, bytes]) -> None:
    """What a trial leaves: rows, program, scores, panel, findings, calls of dev rows, prompts."""
    write_curated(folder, trial.curated)
    (folder / "program.json").write_text(trial.program, encoding="utf-8")
    write_json(folder / "per_class.json", names.per_class(trial))
    write_json(folder / "feedback.json", [asdict(found) for found in trial.feedback.findings])
    if trial.panel.measures or trial.panel.skipped:
        write_json(folder / PANEL, trial.panel.as_dict())
    predictions.write(folder / predictions.DEV, [trial.score])
    for name, text in trial.prompts.items():
        target = folder / "prompts" / f"{_file_name(name)}.txt"
        target.parent.mkdir(exist_ok=True)
        target.write_text(text, encoding="utf-8", errors="replace")
    write_figures(folder, figures)


def write_sets(folder: Path, sets: Sequence[Curated]) -> None:
    """Rows of several generations, with a column that tells them apart."""
    kept = [row for made in sets for row in made.kept]
    numbers = [str(n) for n, made in enumerate(sets, 1) for _ in made.kept]
    rowtable.write_rows(folder / "rows/kept.parquet", kept, {"generation": numbers})
    dropped = [item for made in sets for item in made.dropped]
    rowtable.write_dropped(folder / "rows/dropped.parquet", dropped)


def write_pool(folder: Path, pool: Mapping[str, PoolSet]) -> None:
    """The chosen rows of each arm, with what each counts in training.

    ``rows/pool.parquet`` is the best set, ``rows/pool-same-size.parquet`` that of equal rows.
    """
    for arm, chosen in pool.items():
        name = "pool" if arm == POOL_BEST else "pool-same-size"
        weights = chosen.weights or (1.0,) * len(chosen.rows)
        rowtable.write_rows(folder / f"rows/{name}.parquet", chosen.rows, {"weight": weights})


def write_curated(folder: Path, curated: Curated) -> None:
    """Kept and dropped rows."""
    rowtable.write_rows(folder / "rows/kept.parquet", curated.kept)
    rowtable.write_dropped(folder / "rows/dropped.parquet", curated.dropped)


def write_figures(folder: Path, figures: Mapping[str, bytes]) -> None:
    """PNG files by name."""
    for name, png in figures.items():
        target = folder / "figures" / f"{_file_name(name)}.png"
        target.parent.mkdir(exist_ok=True)
        target.write_bytes(png)


def write_json(path: Path, value: Any) -> None:
    """A JSON file that people can read."""
    path.write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def _file_name(name: str) -> str:
    return re.sub(r"[^\w.-]+", "-", name).strip(".-") or "unnamed"
