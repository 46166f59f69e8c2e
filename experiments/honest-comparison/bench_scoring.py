"""What fitting and scoring one candidate costs on BBC News, beside the plain scikit-learn pipeline.

python experiments/honest-comparison/bench_scoring.py [--train 200] [--real 1000] [--turns 5]

Stand-ins for synthetic rows are real articles cut to 55 words, other ones in each turn. Both ways
take turns in one process, so that what else the machine does falls on both; medians are printed,
and both ways must call every row the same. The plain way is measured with scikit-learn's default
threads and with linear algebra held to one, which tells what the cache saves from what that saves.
"""

from __future__ import annotations

import argparse
import random
import statistics
import time
from collections.abc import Callable, Sequence
from typing import Any

from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from synthlab.features.threads import one_thread
from synthlab.records import Row
from synthlab.registry import TABLE
from synthlab.scoring.models import build
from synthlab.scoring.score import Scorer
from synthlab.tasks.bbc_news import BbcNews

WORDS = 55
SLOW = ("embedding-",)  # minutes the first time; the plain pipeline has nothing to compare with


def cut(row: Row) -> Row:
    return Row(row.id, {"text": " ".join(row.values["text"].split()[:WORDS])}, row.label)


def plain(train: Sequence[Row], real: Sequence[Row]) -> list[str]:
    words = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True)
    model = make_pipeline(words, LogisticRegression(C=10, max_iter=1000))
    model.fit([row.values["text"] for row in train], [row.label for row in train])
    return list(model.predict([row.values["text"] for row in real]))


def timed(call: Callable[..., Any], *args: Any) -> tuple[float, Any]:
    start = time.perf_counter()
    found = call(*args)
    return time.perf_counter() - start, found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--train", type=int, default=200)
    parser.add_argument("--real", type=int, default=1000)
    parser.add_argument("--turns", type=int, default=5)
    args = parser.parse_args()
    rows = list(BbcNews(BbcNews.Params()).load().rows)
    random.Random(0).shuffle(rows)
    real, pool = rows[: args.real], rows[args.real :]
    labels = sorted({row.label for row in rows})
    scorer = Scorer(build("tfidf-logreg", {}), "text", labels)

    print(f"{args.train} rows of {WORDS} words, {args.real} real rows, {args.turns} turns")
    first, _ = timed(scorer.score, [cut(row) for row in pool[: args.train]], real)
    print(f"first fit, which counts the real rows: {first:.2f} s")
    times: dict[str, list[float]] = {"synthlab": [], "plain": [], "plain, one thread": []}
    for turn in range(args.turns):
        train = [cut(row) for row in random.Random(turn).sample(pool, args.train)]
        with one_thread():
            seconds, expected = timed(plain, train, real)
        times["plain, one thread"].append(seconds)
        times["plain"].append(timed(plain, train, real)[0])
        seconds, score = timed(scorer.score, train, real)
        times["synthlab"].append(seconds)
        assert [labels[place] for place in score.called] == expected
    base = statistics.median(times["synthlab"])
    for name, seen in times.items():
        middle = statistics.median(seen)
        print(f"{name:>18}: {middle:6.3f} s a candidate, {middle / base:5.1f} times synthlab")
    families(train, real, labels)


def families(train: Sequence[Row], real: Sequence[Row], labels: Sequence[str]) -> None:
    for name in sorted(TABLE["model"]):
        if not name.startswith(SLOW):
            scorer = Scorer(build(name, {}), "text", labels)
            scorer.score(train, real)  # reads the real rows
            seconds, score = timed(scorer.score, train, real)
            print(f"{name:>18}: {seconds:6.3f} s a candidate, macro-F1 {score.f1:.3f}")


if __name__ == "__main__":
    main()
