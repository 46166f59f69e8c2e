"""How long the parts of the quality panel take, on real articles and rows like an LM's.

    python experiments/quality/bench.py [--made 200] [--real 1000] [--words 60]

Real rows are pieces of BBC News articles, as many as asked for. Synthetic rows are pieces of other
articles in which words are left out and swapped, and one in twenty is a near-copy of a seed row, so
that every part has something to find. Wall and CPU seconds are told for each part: other programs
on the machine lengthen the first, not the second.
"""

from __future__ import annotations

import argparse
import random
import time

from synthlab.quality.base import Skip, Subject
from synthlab.records import Brief, Row
from synthlab.registry import TABLE, resolve
from synthlab.tasks.bbc_news import BbcNews

NEAR = 20
NEED_MORE = {"presidio"}


def main() -> None:
    parser = argparse.ArgumentParser(description="Time the parts of the quality panel.")
    parser.add_argument("--made", type=int, default=200, help="synthetic rows")
    parser.add_argument("--real", type=int, default=1000, help="real rows of dev, and of seed")
    parser.add_argument("--words", type=int, default=60, help="words of a row")
    parser.add_argument("--slow", action="store_true", help="slow parts too")
    asked = parser.parse_args()
    about = subject(asked.made, asked.real, asked.words)
    wall, cpu = 0.0, 0.0
    print(f"{len(about.kept):,} synthetic against {len(about.real):,} real rows")
    for name in sorted(TABLE["quality"]):
        made = resolve("quality", name)
        if name in NEED_MORE or (made.COST == "slow" and not asked.slow):
            continue
        began, used = time.perf_counter(), time.process_time()
        try:
            count = len(made(made.Params()).measure(about))
        except Skip as exc:
            print(f"  {name:10} skipped: {exc}")
            continue
        took = time.perf_counter() - began, time.process_time() - used
        wall, cpu = wall + took[0], cpu + took[1]
        print(f"  {name:10} {count:2} measures {took[0]:6.1f} s wall {took[1]:6.1f} s CPU")
    print(f"  {'all':22} {wall:6.1f} s wall {cpu:6.1f} s CPU")


def subject(made: int, real: int, words: int, copies: bool = True) -> Subject:
    """Rows of three kinds that share no sentence but for the near-copies, if these are wanted."""
    articles = BbcNews(BbcNews.Params()).load().rows
    labels = tuple(sorted({row.label for row in articles}))
    pieces = _pieces([(row.label, str(row.values["text"])) for row in articles], words)
    need = made + 2 * real
    whole = [pieces[n % len(pieces)] for n in range(need)]
    # Beyond the articles' own pieces, they come again in another order of words.
    rows = [
        (label, text if n < len(pieces) else worn(text, n, 0.5))
        for n, (label, text) in enumerate(whole)
    ]
    seed = _rows("seed", rows[:real])
    dev = _rows("dev", rows[real : 2 * real])
    kept = rows[2 * real :]
    if copies:
        chosen = [rows[n % real] if n % NEAR == 0 else row for n, row in enumerate(kept)]
        kept = [(label, worn(text, n, 0.1)) for n, (label, text) in enumerate(chosen)]
    brief = Brief("news article", labels, {label: label for label in labels})
    shown = tuple(seed[:50])
    return Subject(brief, tuple(_rows("made", kept)), tuple(dev), shown, tuple(dev), 0, tuple(seed))


def _pieces(articles: list[tuple[str, str]], words: int) -> list[tuple[str, str]]:
    found = []
    for label, text in articles:
        split = text.split()
        for start in range(0, max(1, len(split) - words // 2), words):
            found.append((label, " ".join(split[start : start + words])))
    random.Random(0).shuffle(found)
    return found


def worn(text: str, n: int, share: float) -> str:
    """A share of the words are left out, and as many change places."""
    draw = random.Random(n)
    split = [word for word in text.split() if draw.random() >= share]
    for _ in range(int(share * len(split))):
        a, b = draw.randrange(len(split)), draw.randrange(len(split))
        split[a], split[b] = split[b], split[a]
    return " ".join(split)


def _rows(tag: str, texts: list[tuple[str, str]]) -> list[Row]:
    return [Row(f"{tag}-{n}", fields(text), label) for n, (label, text) in enumerate(texts)]


def fields(text: str) -> dict[str, object]:
    """The text, and six columns that depend on it and on each other."""
    draw = random.Random(text)
    size = len(text.split()) + draw.gauss(0, 5)
    numbers = {f"number{n}": round(n * size + draw.gauss(0, 5), 2) for n in (1, 2, 3)}
    names = {f"name{n}": draw.choice("abcdefgh"[: 2 * n]) for n in (1, 2, 3)}
    return {"text": text, **numbers, **names}


if __name__ == "__main__":
    main()
