"""Is a language model fit to verify labels: does it name the class of real articles?

    python experiments/quality/verifier.py [--lm embedded/smollm2-135m-instruct] [--rows 100]
        [--base-url URL] [--key-env NAME] [--words 72]

The first ``--words`` words of real dev articles, as many of each class, are asked of the LM with
the question of the curation step ``verify``; their classes are known. Beside it stands the model of
the 25 seed rows that the step has, which needs no LM, and what the LM says of the articles that
this model takes for another class: the only ones that the step would ask about.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from synthlab.config.load import load
from synthlab.curation.base import Known
from synthlab.curation.verify import Verify, named
from synthlab.lm.base import LMSettings
from synthlab.lm.session import Session
from synthlab.records import Row
from synthlab.scoring.baselines import first_rows
from synthlab.workflow.compile import compile_data
from synthlab.workflow.verifying import Beside, Verifier


def main() -> None:
    asked = _asked()
    bench = compile_data(load(Path("configs/bbc-news.yaml"), ()))
    splits, names = bench.splits, bench.config.task.names
    names = {label: names.get(label, label) for label in splits.labels}
    known = Known(
        (),
        tuple((_text(row), row.label) for row in splits.seed),
        splits.labels,
        names=names,
        document=bench.config.task.document,
    )
    # So sure that nothing is: every text is asked about.
    step = Verify(Verify.Params(least=0.999), known)
    plain = Verify(Verify.Params(), known)
    rows = first_rows(splits.dev, asked.rows // len(splits.labels))
    texts = [" ".join(_text(row).split()[: asked.words]) for row in rows]
    settings = LMSettings(
        asked.lm,
        temperature=0.9,
        max_tokens=72,
        concurrency=asked.concurrency,
        context=1024,
        base_url=asked.base_url,
        api_key_env=asked.key_env,
    )
    with Session(settings) as session:
        ask = Verifier(lambda: session, Beside(Session), print)
        answers = ask(step, [step.question(text, "") or "" for text in texts])
    said = [named(answer.text, names) for answer in answers]
    true = [row.label for row in rows]
    pairs = list(zip(said, true, strict=True))
    doubted = [
        plain.question(text, label) is not None for text, label in zip(texts, true, strict=True)
    ]
    print(f"{asked.lm}: {len(rows)} real articles of {asked.words} words, {len(names)} classes")
    print(f"  answers that name one class: {_share(one is not None for one in said)}")
    print(f"  of all, the true one:        {_share(a == b for a, b in pairs)}")
    print(f"  the model of 25 real rows:   {_share(not doubt for doubt in doubted)}")
    right = [a == b for (a, b), doubt in zip(pairs, doubted, strict=True) if doubt]
    print(f"  of the {len(right)} it takes for others: the LM says the true one of {sum(right)}")
    print(f"  what it says: {dict(Counter(map(str, said)).most_common())}")
    print(f"  for instance: {[answer.text[:60] for answer in answers[:5]]}")


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Ask an LM for the class of real articles.")
    parser.add_argument("--lm", default="embedded/smollm2-135m-instruct")
    parser.add_argument("--base-url")
    parser.add_argument("--key-env")
    parser.add_argument("--rows", type=int, default=100)
    parser.add_argument("--words", type=int, default=72)
    parser.add_argument("--concurrency", type=int, default=8)
    return parser.parse_args()


def _text(row: Row) -> str:
    return str(row.values["text"])


def _share(found: Iterable[bool]) -> str:
    values = list(found)
    return f"{sum(values)} of {len(values)}"


if __name__ == "__main__":
    main()
