"""The classifiers: a factory for each short name, and any scikit-learn estimator by import path.

A factory takes the ``with:`` parameters of the YAML and returns an unfitted estimator that reads
raw texts. Models are deterministic: the same rows in the same order give the same score.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

from sklearn.base import clone
from sklearn.feature_extraction.text import HashingVectorizer, TfidfVectorizer
from sklearn.linear_model import LogisticRegression, SGDClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import Normalizer
from sklearn.svm import LinearSVC

from synthlab.errors import ConfigError, SynthlabError
from synthlab.features.counts import CachedHashing, CachedTfidf
from synthlab.features.embeddings import Embeddings
from synthlab.features.lsa import Lsa
from synthlab.features.threads import one_thread
from synthlab.registry import resolve
from synthlab.scoring.estimators import Neighbours, Trees

MADE_UP = 50


def _tfidf() -> CachedTfidf:
    return CachedTfidf(ngram_range=(1, 2), sublinear_tf=True)


def tfidf_logreg(C: float = 10.0, max_iter: int = 1000) -> Pipeline:
    """TF-IDF of words and word pairs, then logistic regression."""
    return make_pipeline(_tfidf(), LogisticRegression(C=C, max_iter=max_iter))


def tfidf_linearsvc(C: float = 1.0) -> Pipeline:
    """TF-IDF of words and word pairs, then a linear support vector machine."""
    return make_pipeline(_tfidf(), LinearSVC(C=C, random_state=0))


def hashing_sgd(alpha: float = 1e-4, n_features: int = 2**18) -> Pipeline:
    """Hashed words, then a linear model fitted by SGD: constant memory for large sets."""
    words = CachedHashing(n_features=n_features, alternate_sign=False, ngram_range=(1, 2))
    return make_pipeline(words, SGDClassifier(alpha=alpha, random_state=0))


def lsa_logreg(C: float = 10.0, max_iter: int = 1000, components: int = 100) -> Pipeline:
    """TF-IDF folded into at most 100 directions, then logistic regression."""
    return make_pipeline(*_lsa(components), LogisticRegression(C=C, max_iter=max_iter))


def lsa_knn(k: int = 10, components: int = 100) -> Pipeline:
    """The nearest rows by cosine on the same vectors."""
    return make_pipeline(*_lsa(components), Neighbours(k))


def lsa_trees(
    rounds: int = 100, leaves: int = 4, learning_rate: float = 0.1, components: int = 100
) -> Pipeline:
    """Boosted trees on the same vectors."""
    return make_pipeline(*_lsa(components), Trees(rounds, leaves, learning_rate))


def _lsa(components: int) -> tuple[CachedTfidf, Lsa, Normalizer]:
    return _tfidf(), Lsa(components), Normalizer()


def embedding_logreg(
    path: str | None = None, max_tokens: int = 128, C: float = 10.0, max_iter: int = 1000
) -> Pipeline:
    """Sentence embeddings of a GGUF model, then logistic regression."""
    return make_pipeline(Embeddings(path, max_tokens), LogisticRegression(C=C, max_iter=max_iter))


def embedding_knn(path: str | None = None, max_tokens: int = 128, k: int = 10) -> Pipeline:
    """The nearest rows by cosine on sentence embeddings of a GGUF model."""
    return make_pipeline(Embeddings(path, max_tokens), Neighbours(k))


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


def portable(model: Any) -> Any:
    """A fitted classifier in scikit-learn's own parts, where this package's add only speed.

    It predicts the same, and can be loaded without this package.
    """
    if not isinstance(model, Pipeline):
        return model
    return Pipeline([(name, _plain(step)) for name, step in model.steps])


def _plain(step: Any) -> Any:
    kinds = {CachedTfidf: TfidfVectorizer, CachedHashing: HashingVectorizer}
    if type(step) not in kinds:
        return step
    plain = kinds[type(step)](**step.get_params())
    vars(plain).update(vars(step))
    return plain


def check_fit(model: Any, labels: Sequence[str], rows_per_class: int) -> None:
    """Fit a model on a few made-up texts, as wrong parameters show only then.

    Args:
        model: what ``build`` gave; it stays unfitted.
        labels: every class.
        rows_per_class: training texts of a class, so that a model that needs more than a run will
            make is found too; more than 50 are not made.

    Raises:
        ConfigError: it cannot be fitted, or what it predicts are no classes.
    """
    texts, true = [], []
    for place, label in enumerate(labels):
        for n in range(min(rows_per_class, MADE_UP)):
            texts.append(f"some text of class{place} with word{n % 7} and more words")
            true.append(label)
    try:
        with one_thread(), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # made-up texts need not converge
            called = set(clone(model).fit(texts, true).predict(texts))
    except SynthlabError as exc:
        raise ConfigError(f"the classifier cannot be fitted: {exc.what}", exc.fix) from exc
    except Exception as exc:  # an estimator of the user's may raise anything
        raise ConfigError(f"the classifier cannot be fitted: {exc}") from exc
    if odd := sorted(map(str, called - set(labels))):
        raise ConfigError(
            f"the classifier predicts '{odd[0]}', which is no class",
            "give a scikit-learn model that is trained on labels",
        )
