"""A promoted generator as MLflow serves it: orders in, rows out.

MLflow copies this file into the model and runs it from there, so it stands on its own. The loader
is text, resolved when rows are asked for: ``loader(program, orders) -> rows`` with ``orders`` a
list of ``{"label": str, "count": int, "seed": int}`` and each row a flat mapping.
"""

from __future__ import annotations

import importlib
import json
from pathlib import Path
from typing import Any

import mlflow
import pandas as pd
from pydantic import BaseModel


class Order(BaseModel):
    """So many rows of one class; the same seed gives the same rows."""

    label: str
    count: int
    seed: int


class Served(mlflow.pyfunc.PythonModel):  # type: ignore[misc]  # mypy does not follow mlflow
    """Reads ``program.json`` when loaded; calls an LM only in ``predict``."""

    def load_context(self, context: Any) -> None:
        self.program = json.loads(Path(context.artifacts["program"]).read_text(encoding="utf-8"))
        self.loader = str(context.model_config["loader"])

    # MLflow takes the model's signature from the annotation of model_input.
    def predict(
        self, context: Any, model_input: list[Order], params: dict[str, Any] | None = None
    ) -> pd.DataFrame:
        module, _, name = self.loader.partition(":")
        rows_for = getattr(importlib.import_module(module), name)
        orders = [order.model_dump() for order in model_input]
        return pd.DataFrame(list(rows_for(self.program, orders)))


mlflow.models.set_model(Served())
