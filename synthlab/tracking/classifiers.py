"""A candidate's classifier as a logged model of its run: files that can be loaded without pickle.

It is the scikit-learn pipeline in skops' format, which names every type that loading would build.
Only classifiers that were trained on synthetic rows alone belong here: a text classifier keeps the
words that it was trained on. MLflow loads it with ``mlflow.sklearn.load_model("models:/ID")`` once
``MLFLOW_ALLOW_PICKLE_DESERIALIZATION=true`` says that the store is trusted, which it asks for
skops as well; ``skops.io.load`` on the file needs no such word.
"""

from __future__ import annotations

import copy
import logging
import platform
import re
import tempfile
import warnings
import zipfile
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np

from synthlab.tracking.backend import LoggedModelOutput
from synthlab.tracking.registry import requirement
from synthlab.tracking.store import Store

FILE = "model.skops"
ENVIRONMENT = "python_env.yaml"
KIND = "classifier"

_log = logging.getLogger(__name__)


def log(
    store: Store,
    experiment_id: str,
    run_id: str,
    name: str,
    model: Any,
    params: Mapping[str, str],
    step: int,
) -> str:
    """Log a fitted classifier.

    Args:
        store: where to.
        experiment_id: of the run.
        run_id: the run that it belongs to.
        name: the candidate's.
        model: a fitted scikit-learn estimator that reads texts.
        params: what to say of it: its family, its training rows.
        step: training rows, as of the run's metrics.

    Returns:
        Its id in MLflow; empty where it cannot be written without pickle, such as an estimator of
        the user's that skops does not know.

    Raises:
        MlflowException, OSError: the store cannot be written.
    """
    with tempfile.TemporaryDirectory() as folder:
        try:
            _save(model, Path(folder))
        except Exception as exc:  # an estimator of the user's may raise anything
            _log.warning("the classifier of '%s' was not logged: %s", name, exc)
            return ""
        made = store.client.create_logged_model(
            experiment_id, _name(name), run_id, model_type=KIND, params=dict(params)
        )
        try:
            store.client.log_model_artifacts(made.model_id, folder)
        except BaseException:
            store.client.finalize_logged_model(made.model_id, "FAILED")
            raise
    store.client.finalize_logged_model(made.model_id, "READY")
    store.client.log_outputs(run_id, [LoggedModelOutput(made.model_id, step)])
    return str(made.model_id)


def _save(model: Any, folder: Path) -> None:
    """What ``mlflow.sklearn.save_model`` writes, in one pass and compressed.

    The vocabulary of a text model takes twenty times the room otherwise.
    """
    from mlflow.models import Model, ModelSignature
    from mlflow.types import Schema, TensorSpec
    from skops import io

    file = folder / FILE
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        io.dump(model, file, compression=zipfile.ZIP_DEFLATED, compresslevel=1)
    types = untrusted(model, file)
    if [name for name in types if not name.startswith(("synthlab.", "sklearn."))]:
        io.load(file, trusted=types)  # what skops cannot hold shows only then
    needs = [f"{name}=={metadata.version(name)}" for name in ("scikit-learn", "skops")]
    if any(name.startswith("synthlab.") for name in types):
        needs.append(requirement())
    texts = Schema([TensorSpec(np.dtype("str"), (-1,))])
    about = Model(signature=ModelSignature(texts, texts))
    about.add_flavor(
        "python_function",
        loader_module="mlflow.sklearn",
        model_path=FILE,
        predict_fn="predict",
        python_version=platform.python_version(),
        env={"virtualenv": ENVIRONMENT},
    )
    about.add_flavor(
        "sklearn",
        pickled_model=FILE,  # MLflow's word, whatever the format
        serialization_format="skops",
        sklearn_version=metadata.version("scikit-learn"),
        skops_trusted_types=types,
        code=None,
    )
    about.model_size_bytes = file.stat().st_size
    about.save(str(folder / "MLmodel"))
    (folder / "requirements.txt").write_text("\n".join(needs) + "\n", encoding="utf-8")
    lines = [f"python: {platform.python_version()}", "build_dependencies: [pip]"]
    lines += ["dependencies: ['-r requirements.txt']", ""]
    (folder / ENVIRONMENT).write_text("\n".join(lines), encoding="utf-8")


def untrusted(model: Any, file: Path) -> list[str]:
    """The types that loading ``file`` would build and skops does not trust by itself.

    skops would look at each word of a text model, and they are all of one type: one of each type is
    enough, and takes a tenth of the time.
    """
    from sklearn.pipeline import Pipeline
    from skops import io

    if type(model) is not Pipeline:
        return list(io.get_untrusted_types(file=file))
    brief = Pipeline([(name, _brief(step)) for name, step in model.steps])
    return list(io.get_untrusted_types(data=io.dumps(brief)))


def _brief(step: Any) -> Any:
    words = getattr(step, "__dict__", {}).get("vocabulary_")
    if type(words) is not dict:
        return step
    less = copy.copy(step)
    less.vocabulary_ = dict({(type(key), type(n)): (key, n) for key, n in words.items()}.values())
    return less


def _name(name: str) -> str:
    return re.sub(r"[/:.%\"']", "-", name)
