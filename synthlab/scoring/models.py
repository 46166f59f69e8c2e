"""The classifiers: a factory for each short name, and any scikit-learn estimator by import path.

A factory takes the ``with:`` parameters of the YAML and returns an unfitted estimator that reads
raw texts. Models are deterministic: the same rows in the same order give the same score.
"""

from __future__ import annotations

from typing import Any

from sklearn.feature_extraction.text import HashingVectorizer, TfidfVectorizer
from sklearn.linear_model import LogisticRegression, SGDClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.svm import LinearSVC

from synthlab.errors import ConfigError
from synthlab.registry import resolve


def _tfidf() -> TfidfVectorizer:
    return TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True)


def tfidf_logreg(C: float = 10.0, max_iter: int = 1000) -> Pipeline:
    """TF-IDF of words and word pairs, then logistic regression."""
    return make_pipeline(_tfidf(), LogisticRegression(C=C, max_iter=max_iter))


def tfidf_linearsvc(C: float = 1.0) -> Pipeline:
    """TF-IDF of words and word pairs, then a linear support vector machine."""
    return make_pipeline(_tfidf(), LinearSVC(C=C, random_state=0))


def hashing_sgd(alpha: float = 1e-4, n_features: int = 2**18) -> Pipeline:
    """Hashed words, then a linear model fitted by SGD: constant memory for large sets."""
    words = HashingVectorizer(n_features=n_features, alternate_sign=False, ngram_range=(1, 2))
    return make_pipeline(words, SGDClassifier(alpha=alpha, random_state=0))


def build(ref: str, params: dict[str, Any]) -> Any:
    """An unfitted estimator that reads texts.

    Args:
        ref: a short name, or the import or file path of an estimator class or factory. An
            estimator that is not a Pipeline is put behind TF-IDF.
        params: keyword arguments for it.

    Raises:
        ConfigError: unknown name, wrong parameters, or not an estimator.
    """
    make = resolve("model", ref)
    try:
        model = make(**params)
    except TypeError as exc:
        raise ConfigError(f"scoring model '{ref}': {exc}") from exc
    if not (hasattr(model, "fit") and hasattr(model, "predict")):
        raise ConfigError(f"scoring model '{ref}' has no fit and predict")
    unseeded = {k: 0 for k, v in model.get_params().items() if k.endswith("random_state") and not v}
    model.set_params(**unseeded)
    return model if isinstance(model, Pipeline) else make_pipeline(_tfidf(), model)
