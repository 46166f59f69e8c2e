"""What classifiers called each real row, as a parquet file: any comparison can be made again.

Real rows are known by their place and their true class; their texts are not uploaded.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from synthlab.outcomes import Score

DEV = "predictions/dev.parquet"
_LABELS = b"labels"


@dataclass(frozen=True)
class Predictions:
    """Read back.

    Attributes:
        labels: every class.
        true: shape (real rows,): places in ``labels``.
        called: shape (generations, real rows): places in ``labels``, -1 for none of them.
    """

    labels: tuple[str, ...]
    true: NDArray[Any]
    called: NDArray[Any]


def of_test(arm: str) -> str:
    """Where the calls of an arm of the finals are."""
    return f"predictions/test-{re.sub(r'[^a-z0-9]+', '-', arm.lower())}.parquet"


def write(path: Path, scores: Sequence[Score]) -> None:
    """One column ``true``, and a column ``called_1`` ... for each score, all on the same rows."""
    columns = {"true": pa.array(scores[0].true)}
    for number, score in enumerate(scores, 1):
        columns[f"called_{number}"] = pa.array(score.called)
    table = pa.table(columns)
    about = {_LABELS: "\0".join(scores[0].labels).encode()}
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(table.replace_schema_metadata(about), path)


def read(path: Path) -> Predictions:
    """What ``write`` wrote."""
    with pq.ParquetFile(path) as file:
        table = file.read().combine_chunks()
    labels = tuple(table.schema.metadata[_LABELS].decode().split("\0"))
    # Arrow's own to_numpy would load pandas, which takes as long as all the rest of a comparison.
    columns = {name: np.from_dlpack(table[name].chunk(0)) for name in table.column_names}
    true = np.array(columns.pop("true"))
    return Predictions(labels, true, np.vstack(list(columns.values())))
