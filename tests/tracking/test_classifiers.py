import os
import subprocess
import sys
import threading
import zipfile
from pathlib import Path

import numpy as np
import pytest
from sklearn.base import BaseEstimator
from sklearn.pipeline import make_pipeline
from skops import io

from synthlab.scoring.models import build, portable
from synthlab.tracking.backend import mlflow
from synthlab.tracking.classifiers import untrusted
from synthlab.tracking.runs import RunLog
from tests.tracking import made

TEXTS = [f"{word} number {n}" for word in ("match", "vote") for n in range(6)]
LABELS = ["sport"] * 6 + ["politics"] * 6


def logged(store, name, model):
    """The run of a trial with a classifier, and the logged model's id, if there is one."""
    run = RunLog.start(store, name, name, "", {"model": "tfidf-logreg"}, {})
    log = run.start_trial(made.candidate("direct"), {})
    trial = made.trial("direct", log.run_id)
    log.finish(trial, {}, made.HOLDOUT)
    run.classify(trial, model)
    outputs = store.client.get_run(log.run_id).outputs
    return run, [item.model_id for item in outputs.model_outputs] if outputs else []


def files(store, model_id):
    """The folder of a logged model."""
    return Path(store.client.get_logged_model(model_id).artifact_location)


@pytest.mark.parametrize("name", ["tfidf-logreg", "hashing-sgd", "lsa-logreg", "lsa-trees"])
def test_a_classifier_is_logged_without_pickle_and_calls_the_same(store, monkeypatch, name):
    monkeypatch.setenv("MLFLOW_ALLOW_PICKLE_DESERIALIZATION", "true")
    fitted = build(name, {}).fit(TEXTS, LABELS)
    _, (model_id,) = logged(store, f"model-{name}", portable(fitted))
    place = files(store, model_id)
    assert {path.name for path in place.iterdir()} == {
        *("MLmodel", "model.skops", "python_env.yaml", "requirements.txt")
    }
    new = ["a match", "a vote"]
    loaded = mlflow.pyfunc.load_model(str(place))
    assert list(loaded.predict(np.array(new))) == list(fitted.predict(new))
    assert zipfile.ZipFile(place / "model.skops").infolist()[0].compress_type


@pytest.mark.parametrize("name", ["tfidf-logreg", "hashing-sgd", "lsa-trees"])
def test_the_types_that_are_told_are_those_that_loading_builds(tmp_path, name):
    file = tmp_path / "model.skops"
    fitted = build(name, {}).fit(TEXTS, LABELS)
    for model in (fitted, portable(fitted), portable(fitted).steps[-1][1]):
        io.dump(model, file)
        assert untrusted(model, file) == io.get_untrusted_types(file=file)
    before = dict(portable(fitted).steps[0][1].__dict__)
    untrusted(portable(fitted), file)
    assert portable(fitted).steps[0][1].__dict__.keys() == before.keys()


def test_a_word_of_another_type_is_seen(tmp_path):
    fitted = portable(build("tfidf-logreg", {}).fit(TEXTS, LABELS))
    words = fitted.steps[0][1].vocabulary_
    words["odd"] = Odd()
    io.dump(fitted, tmp_path / "model.skops")
    assert any("Odd" in name for name in untrusted(fitted, tmp_path / "model.skops"))
    assert len(words) > 2


class Odd:
    """What a vocabulary never holds."""


def test_the_default_classifier_can_be_loaded_without_this_package(store):
    fitted = build("tfidf-logreg", {}).fit(TEXTS, LABELS)
    _, (model_id,) = logged(store, "alone", portable(fitted))
    place = files(store, model_id)
    assert "synthlab" not in (place / "requirements.txt").read_text()
    code = (
        "import sys, skops.io; sys.modules['synthlab'] = None;"
        "print(*skops.io.load(sys.argv[1], trusted=[]).predict(['a match']))"
    )
    said = subprocess.run(
        [sys.executable, "-c", code, str(place / "model.skops")],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": ""},
        check=True,
    )
    assert said.stdout.split() == ["sport"]


def test_the_page_of_a_classifier_has_its_score(store):
    _, (model_id,) = logged(store, "scored", portable(build("hashing-sgd", {}).fit(TEXTS, LABELS)))
    model = store.client.get_logged_model(model_id)
    assert {item.key: item.value for item in model.metrics}["f1"] == pytest.approx(0.63)
    assert model.params == {"classifier": "tfidf-logreg", "rows": "200"}
    assert model.model_type == "classifier"


class Secretive(BaseEstimator):
    def fit(self, X, y):
        self.lock_ = threading.Lock()
        return self

    def predict(self, X):
        return ["sport"] * len(X)


def test_a_classifier_that_only_pickle_could_hold_is_left_out_and_told(store, caplog):
    _, models = logged(store, "odd", make_pipeline(Secretive()).fit(TEXTS, LABELS))
    assert models == []
    assert "the classifier of 'direct classifier' was not logged" in caplog.text
