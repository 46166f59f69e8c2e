"""The front matter of a dataset card, as the Hugging Face hub and ``datasets`` read it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import yaml

from synthlab.deliveries import Delivery

SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (10**6, "100K<n<1M"))
LARGER = "1M<n<10M"
LICENSE = (
    "# license: choose one before sharing; the terms of the language model may limit it\n"
    "license: other\n"
    "license_name: not-chosen-yet\n"
    "# language: name it, such as: en\n"
)


def head(program: Mapping[str, Any], made: Delivery) -> list[str]:
    """The lines from ``---`` to ``---``.

    A folder that is not finished tells no sizes: ``datasets`` refuses a number that is wrong.

    Args:
        program: of the generator.
        made: what the folder holds.
    """
    matter: dict[str, Any] = {
        "pretty_name": f"{program['name']}, synthetic",
        "task_categories": ["text-classification"],
        "size_categories": [_size(made.total)],
        "annotations_creators": ["machine-generated"],
        "language_creators": ["machine-generated"],
        "tags": ["synthetic", "synthlab"],
        "configs": [
            {
                "config_name": "default",
                "data_files": [{"split": "train", "path": f"data/train-*.{made.form}"}],
            }
        ],
        "dataset_info": _info(program, made),
    }
    text = yaml.safe_dump(matter, sort_keys=False, allow_unicode=True, width=1000)
    return ["---", *(LICENSE + text).splitlines(), "---", ""]


def verifiers(program: Mapping[str, Any]) -> list[str]:
    """The LMs that curation asks for the class of doubtful rows."""
    own = str(program["lm"]["model"])
    asking = [step["with"] for step in program["curation"] if step["use"] == "verify"]
    return [str(params["lm"]["model"]) if params.get("lm") else own for params in asking]


def _info(program: Mapping[str, Any], made: Delivery) -> dict[str, Any]:
    classes = {str(place): label for place, label in enumerate(program["brief"]["labels"])}
    kinds: dict[str, Any] = {"label": {"class_label": {"names": classes}}, "weight": "float64"}
    info: dict[str, Any] = {
        "features": [{"name": name, "dtype": kinds.get(name, "string")} for name in made.columns]
    }
    if made.files:
        info["splits"] = [{"name": "train", "num_bytes": made.bytes[1], "num_examples": made.total}]
        info["download_size"], info["dataset_size"] = made.bytes
    return info


def _size(rows: int) -> str:
    return next((name for most, name in SIZES if rows < most), LARGER)
