"""The configs of the measurements: many candidates of small rows; an LM that waits."""

from __future__ import annotations

import csv
import random
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

WORDS = {
    "refund": "refund money return charge invoice payment bank card credit receipt amount billing",
    "delivery": "parcel courier late tracking address shipped arrived box driver delay post",
    "account": "password login email profile locked reset username settings verify code account",
}
FILLER = ["please", "my", "the", "your", "today", "still", "again", "need", "help", "order"]
PROMPTS = (
    "Write a {document} about {topic}.",
    "A {document} on {topic}, please.",
    "One {document}: {topic}.",
    "Say in a {document}: {topic}.",
    "{topic}. Write it as a {document}.",
)
CONFIG = """\
name: tickets
task:
  use: table
  with: {path: rows.csv, text: text, label: label}
  document: support message
  split: {dev: 24, test: 24}
lm: {model: fake/words, max_tokens: 60, concurrency: 4}
scoring: {real_sizes: [1, 2, 5], draws: 2}
budget: {rows_per_class: 6, tries: 3}
"""
AXES = """\
      with:
        axes:
          topic:
            refund: [refund money, invoice payment, bank card credit]
            delivery: [parcel courier late, tracking address, driver delay post]
            account: [password login, email profile locked, username settings]
"""


def tickets(folder: Path, candidates: int) -> Path:
    """A config of so many candidates (five prompts, each at other temperatures) and its rows."""
    folder.mkdir(parents=True, exist_ok=True)
    _rows(folder / "rows.csv")
    heats = [round(0.5 + 0.01 * n, 2) for n in range(max(1, candidates // len(PROMPTS)))]
    ways = "".join(
        f'    - use: attributes\n      prompts: {{row: "{text}"}}\n{AXES}' for text in PROMPTS
    )
    # Three finals, as most runs have: what reads a candidate must tell its fresh rows apart.
    text = f"{CONFIG}finals: {{replicates: 2, shortlist: 3}}\n"
    text += f"sweep:\n  lm.temperature: {heats}\n  generator:\n{ways}"
    config = folder / "tickets.yaml"
    config.write_text(text, encoding="utf-8")
    return config


def _rows(path: Path) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["text", "label"])
        for label, text in WORDS.items():
            for place in range(30):
                draw = random.Random(f"{label}/{place}")
                words = draw.sample(text.split(), 5) + draw.sample(FILLER, 5)
                draw.shuffle(words)
                rows.writerow([" ".join(words), label])


@contextmanager
def waiting(seconds: float) -> Iterator[None]:
    """Inside, each call of the scripted LM waits so long, as if another machine were at work."""
    from synthlab.lm.fake import FakeEngine

    whole: Any = FakeEngine.complete

    def slow(self: FakeEngine, request: Any) -> Any:
        time.sleep(seconds)
        return whole(self, request)

    FakeEngine.complete = slow  # type: ignore[method-assign]
    try:
        yield
    finally:
        FakeEngine.complete = whole  # type: ignore[method-assign]
