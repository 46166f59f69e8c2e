"""The files of a run, written into a folder that is then uploaded: rows, prompts, figures."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from synthlab.comparisons import POOL_BEST
from synthlab.measures import Panel
from synthlab.outcomes import Near, PoolSet, Trial
from synthlab.records import Curated, Row, joined
from synthlab.tracking import names, predictions, rowtable


def write_trial(
    folder: Path,
    trial: Trial,
    figures: Mapping[str, bytes],
    spare: Sequence[Row] = (),
    near: Near | None = None,
) -> None:
    """What a trial leaves: rows, program, scores, findings, calls of dev rows, prompts, figures.

    Rows have the columns of ``near`` too; ``nearest.json`` says what is usual among real rows.
    ``spare`` are rows that were paid for and are in no trial.
    """
    if spare:
        rowtable.write_rows(folder / "rows/unjudged.parquet", spare)
    write_curated(folder, trial.curated, near)
    if near is not None:
        write_json(folder / "nearest.json", dict(near.usual))
    (folder / "program.json").write_text(trial.program, encoding="utf-8")
    write_json(folder / "per_class.json", names.per_class(trial))
    write_json(folder / "feedback.json", [asdict(found) for found in trial.feedback.findings])
    write_panel(folder, trial.panel)
    predictions.write(folder / predictions.DEV, [trial.score])
    for name, text in trial.prompts.items():
        target = folder / "prompts" / f"{_file_name(name)}.txt"
        target.parent.mkdir(exist_ok=True)
        target.write_text(text, encoding="utf-8", errors="replace")
    write_figures(folder, figures)


def write_panel(folder: Path, panel: Panel) -> None:
    """All measures and what could not be measured, where there is any."""
    if panel.measures or panel.skipped:
        write_json(folder / names.PANEL, panel.as_dict())


def write_sets(folder: Path, sets: Sequence[Curated]) -> None:
    """Rows of several generations, with a column that tells them apart."""
    together = joined(sets)
    numbers = [str(n) for n, made in enumerate(sets, 1) for _ in made.kept]
    rowtable.write_rows(folder / "rows/kept.parquet", together.kept, {"generation": numbers})
    rowtable.write_dropped(folder / "rows/dropped.parquet", together.dropped)


def write_pool(folder: Path, pool: Mapping[str, PoolSet]) -> None:
    """The chosen rows of each arm, with what each counts in training.

    ``rows/pool.parquet`` is the best set, ``rows/pool-same-size.parquet`` that of equal rows.
    """
    for arm, chosen in pool.items():
        name = "pool" if arm == POOL_BEST else "pool-same-size"
        given = chosen.weights or (1.0,) * len(chosen.rows)
        weights = [row.weight * own for row, own in zip(chosen.rows, given, strict=True)]
        rowtable.write_rows(
            folder / f"rows/{name}.parquet", chosen.rows, {rowtable.WEIGHT: weights}
        )


def write_curated(folder: Path, curated: Curated, near: Near | None = None) -> None:
    """Kept and dropped rows."""
    gone = [item.row for item in curated.dropped]
    rowtable.write_rows(folder / "rows/kept.parquet", curated.kept, _columns(near, curated.kept))
    rowtable.write_dropped(folder / "rows/dropped.parquet", curated.dropped, _columns(near, gone))


def _columns(near: Near | None, rows: Sequence[Row]) -> dict[str, list[float | None]]:
    known = near.columns if near is not None else {}
    return {name: [values.get(row.id) for row in rows] for name, values in known.items()}


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
