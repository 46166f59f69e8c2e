"""Cached vectorizers give what scikit-learn's own give, to the last bit, and keep within bounds."""

from __future__ import annotations

import pickle
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.feature_extraction.text import CountVectorizer, HashingVectorizer, TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from synthlab.features import counts
from synthlab.features.counts import CachedCounts, CachedHashing, CachedTfidf, TextCache
from synthlab.features.threads import one_thread
from synthlab.tasks.bbc_news import BbcNews

ODD = [
    "",
    "   ",
    "!?, .",
    "a I o",  # no word of two letters
    "Ünïcödé straße ΣΊΣΥΦΟΣ ﬁne \u0130stanbul",
    "混ぜた 日本語 text with 数字 123",
    "tab\tand\nnewline\u2028and\x00nul",
    "lone \ud800 surrogate",
    "word " * 500,
    "never_seen_before quux",
]


@pytest.fixture(autouse=True)
def empty_cache():
    counts.CACHE.clear()


@pytest.fixture(scope="module")
def articles() -> tuple[list[str], list[str], list[str]]:
    rows = BbcNews(BbcNews.Params()).load().rows[::7]
    train = [" ".join(row.values["text"].split()[:55]) for row in rows[::2]]
    return train, [row.label for row in rows[::2]], [row.values["text"] for row in rows[1::2]]


def same(ours, theirs) -> None:
    assert type(ours) is type(theirs)
    assert ours.shape == theirs.shape
    for part in ("data", "indices", "indptr"):
        mine, other = getattr(ours, part), getattr(theirs, part)
        assert mine.dtype == other.dtype
        assert mine.tobytes() == other.tobytes(), part


@pytest.mark.parametrize(
    "params",
    [
        {"ngram_range": (1, 2), "sublinear_tf": True},
        {},
        {"min_df": 2, "max_df": 0.5, "max_features": 300},
        {"binary": True, "norm": "l1", "use_idf": False, "dtype": np.float32},
        {"analyzer": "char_wb", "ngram_range": (2, 3), "norm": None, "smooth_idf": False},
        {"stop_words": ["the", "of"], "strip_accents": "unicode", "lowercase": False},
        {"vocabulary": ["economy", "film", "never_seen_before"]},
        {"tokenizer": str.split, "token_pattern": None},
    ],
)
def test_tf_idf_equals_scikit_learns_on_articles_and_odd_texts(articles, params):
    train, _, real = articles
    ours, theirs = CachedTfidf(**params), TfidfVectorizer(**params)
    same(ours.fit_transform(train + ODD), theirs.fit_transform(train + ODD))
    for texts in (real + ODD, ODD, real + ODD, ["", "!"]):
        same(ours.transform(texts), theirs.transform(texts))
    assert ours.vocabulary_ == theirs.vocabulary_


def test_counts_and_hashes_equal_scikit_learns(articles):
    train, _, real = articles
    ours, theirs = CachedCounts(min_df=2).fit(train), CountVectorizer(min_df=2).fit(train)
    hashed, plain = CachedHashing(n_features=512), HashingVectorizer(n_features=512)
    same(hashed.fit_transform(train), plain.fit_transform(train))
    for texts in (real, ODD, real):
        same(ours.transform(texts), theirs.transform(texts))
        same(hashed.transform(texts), plain.transform(texts))


def test_a_pipeline_predicts_the_same_bits_after_clone_and_set_params(articles):
    train, labels, real = articles
    found = []
    for words in (CachedTfidf(), TfidfVectorizer()):
        pipe = clone(make_pipeline(words, LogisticRegression(C=10)))
        pipe.set_params(**{f"{type(words).__name__.lower()}__ngram_range": (1, 2)})
        with one_thread():
            found.append(pipe.fit(train, labels).predict_proba(real).tobytes())
    assert found[0] == found[1]


def test_changed_settings_and_changed_results_do_not_reach_what_is_kept(articles):
    train, _, real = articles
    words, hashed = CachedTfidf().fit(train), CachedHashing(n_features=512)
    for vectorizer in (words, hashed):
        vectorizer.transform(real).data[:] = 0
        assert vectorizer.transform(real).data.any()
    words.set_params(lowercase=False).fit(train)
    same(words.transform(real), TfidfVectorizer(lowercase=False).fit(train).transform(real))


def test_texts_are_counted_once_by_all_threads_and_a_pickle_carries_no_counts(articles):
    train, _, real = articles
    calls = []

    def make() -> int:
        calls.append(1)
        return len(calls)

    cache = TextCache()
    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(lambda _: cache.get(tuple(real), "how", make), range(50))) == {1}
    words = CachedTfidf().fit(train)
    size = len(pickle.dumps(words))
    words.transform(real)
    assert len(pickle.dumps(words)) == size


def test_room_is_never_passed_and_the_oldest_goes_first():
    cache = TextCache(room=10)
    made: list[str] = []

    def ask(text: str) -> None:
        cache.get((text,), "how", lambda: made.append(text))

    for text in ("aaaa", "bbbb", "aaaa", "cccc", "aaaa", "bbbb"):
        ask(text)
    assert made == ["aaaa", "bbbb", "cccc", "bbbb"]
    ask("x" * 11)
    ask("x" * 11)
    assert made[-2:] == ["x" * 11] * 2


def test_more_text_than_the_cache_holds_goes_the_plain_way(articles, monkeypatch):
    train, _, real = articles
    monkeypatch.setattr(counts, "CACHE", TextCache(room=100))
    same(CachedTfidf().fit(train).transform(real), TfidfVectorizer().fit(train).transform(real))


def test_mistakes_are_scikit_learns(articles):
    with pytest.raises(ValueError, match="string object received"):
        CachedTfidf().fit(["some words"]).transform("some words")
    with pytest.raises(ValueError, match="string object received"):
        CachedHashing().transform("some words")
    with pytest.raises(ValueError, match="not fitted"):
        CachedTfidf().transform(["some words"])
