"""One MLflow run from one store to another: its copy can be repeated, and is then the same.

Parameters, tags, whole metric histories, dataset inputs and files are written again as they are;
MLflow keeps one of each. Ids of runs that stand in tags and in text files become those of the
copies. Who calls this has made the empty run, and ends it when everything is there.
"""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from synthlab.tracking import inputs
from synthlab.tracking.backend import Dataset, DatasetInput, Metric, Param, RunTag
from synthlab.tracking.names import LOCAL, PARENT, PLACE, SENT, SENT_RUN, UNSENT, moved
from synthlab.tracking.store import Store

OWN = {UNSENT, PLACE, SENT, SENT_RUN}  # of the local run only

RUN_NAME = "mlflow.runName"
BATCH = 100  # MLflow's limit of params and tags in one request
_ID = re.compile(r"[0-9a-f]{32}")
_TEXTS = {".json", ".jsonl", ".md", ".html", ".yaml", ".txt", ".csv"}


def tags_of(run: Any, ids: Mapping[str, str]) -> dict[str, str]:
    """The tags of a copy: those of ``run`` with the copies' ids in place of the runs' own."""
    found = {key: value for key, value in run.data.tags.items() if key not in OWN | {LOCAL}}
    if RUN_NAME in found:
        found[RUN_NAME] = name_of(run, ids)
    return {key: renamed(value, ids) for key, value in found.items()}


def name_of(run: Any, ids: Mapping[str, str]) -> str:
    """The name of a copy; a child's tells the copy of its parent."""
    name: str = run.info.run_name
    parent = run.data.tags.get(PARENT, "")
    return moved(name, parent, ids[parent]) if parent in ids else name


def renamed(text: str, ids: Mapping[str, str]) -> str:
    """``text`` with every run id that is a key of ``ids`` replaced by its value."""
    return _ID.sub(lambda found: ids.get(found[0], found[0]), text)


def copy_data(
    local: Store, far: Store, run: Any, ids: Mapping[str, str], more: Mapping[str, str]
) -> None:
    """Parameters, tags and metric histories of ``run`` to its copy; ``more`` are other tags."""
    target = ids[run.info.run_id]
    params = [Param(key, value) for key, value in run.data.params.items()]
    tags = [RunTag(key, value) for key, value in {**tags_of(run, ids), **more}.items()]
    points = [
        Metric(point.key, point.value, point.timestamp, point.step)
        for key in run.data.metrics
        for point in local.client.get_metric_history(run.info.run_id, key)
    ]
    for start in range(0, max(len(params), len(tags), len(points)), BATCH):
        part = slice(start, start + BATCH)
        far.client.log_batch(target, points[part], params[part], tags[part])


def copy_inputs(far: Store, run: Any, ids: Mapping[str, str]) -> None:
    """The data sets that ``run`` was fed with; those that lie among its files, at the copy's."""
    found = run.inputs.dataset_inputs if run.inputs else []
    if not found:
        return
    target = ids[run.info.run_id]
    place = far.client.get_run(target).info.artifact_uri
    inputs.log(far.client, target, [_moved(each, run.info.artifact_uri, place) for each in found])


def _moved(found: Any, before: str, after: str) -> DatasetInput:
    data = found.dataset
    source = data.source.replace(before, after)
    made = Dataset(data.name, data.digest, data.source_type, source, data.schema, data.profile)
    return DatasetInput(made, found.tags)


def copy_files(local: Store, far: Store, run: Any, ids: Mapping[str, str]) -> None:
    """Every artifact of ``run`` to its copy."""
    if not local.client.list_artifacts(run.info.run_id):
        return
    here = Path(local.client.download_artifacts(run.info.run_id, ""))
    with tempfile.TemporaryDirectory() as folder:
        if _texts(here, ids):
            here = Path(shutil.copytree(here, Path(folder, "files")))
        for path in _texts(here, ids):
            path.write_text(renamed(path.read_text(encoding="utf-8"), ids), encoding="utf-8")
        far.client.log_artifacts(ids[run.info.run_id], str(here))


def _texts(folder: Path, ids: Mapping[str, str]) -> Sequence[Path]:
    """Text files that hold one of ``ids``."""
    found = []
    for path in sorted(folder.rglob("*")):
        if path.suffix in _TEXTS and path.is_file():
            text = path.read_bytes().decode("utf-8", "replace")
            if any(one in ids for one in _ID.findall(text)):
                found.append(path)
    return found
