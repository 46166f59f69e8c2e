"""An objective that scores a prompt by its words, and an LM that proposes what it is told to."""

import copy
import itertools
from collections.abc import Callable, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace

import dspy
import numpy as np

from synthlab.errors import ConfigError, ProposalError
from synthlab.lm.adapters import PlainAdapter, render
from synthlab.lm.answers import answer
from synthlab.lm.scope import prompt_text
from synthlab.outcomes import Candidate, ClassScore, Score, Trial
from synthlab.records import Brief, Curated, Lineage, Request, Row, Usage

LABELS = ("account", "delivery", "refund")
PLAIN = "Write a {document} about {label}."


class Jobs:
    """Scores ``PLAIN`` 0.5, and a prompt by the number after its last ``=``, such as ``x =0.7``.

    Args:
        replies: what the LM that proposes says, in turn, the last one for ever; an exception is
            raised.
        fails: what a call of the objective raises, by its number from 1; None: it kept no rows.
        prompts: of the one candidate to start with.
        scored: the score of a prompt with its demos.

    Attributes:
        asked: each candidate that was run: (prompt, texts of its demos).
        reflected: each prompt that the LM that proposes got.
    """

    brief = Brief("message", LABELS, {label: f"{label}s" for label in LABELS})
    seed = 0

    def __init__(
        self,
        replies: Sequence[str | BaseException] = ("x =0.7",),
        fails: Mapping[int, BaseException | None] | None = None,
        prompts: Mapping[str, str] | None = None,
        scored: Callable[[str, Sequence[str]], float] | None = None,
    ) -> None:
        self.replies, self.fails = list(replies), fails or {}
        self.scored = scored or scored_by_words
        self.asked: list[tuple[str, tuple[str, ...]]] = []
        self.reflected: list[str] = []
        self.seen: Callable[[], object] = lambda: None
        first = Candidate("direct", "direct", {}, {}, "fake/x", "direct", 2)
        self.start = [first]
        self.configs = {"direct": {"generator": {"prompts": dict(prompts or {"row": PLAIN})}}}

    def __call__(self, candidate, rows_per_class=None):
        self.seen()
        generator = self.configs[candidate.name]["generator"]
        text = next(iter(generator["prompts"].values()))
        demos = tuple(demo["text"] for demo in generator.get("demos", ()))
        self.asked.append((text, demos))
        if len(self.asked) in self.fails:
            failure = self.fails[len(self.asked)]
            if failure is not None:
                raise failure
            return None
        return trial(candidate, self.scored(text, demos))

    def change(self, parent, changes, name, why=""):
        config = self.config(parent)
        for key, value in changes.items():
            *path, last = key.split(".")
            section = config
            for part in path:
                section = section[part]
            section[last] = copy.deepcopy(value)
        try:
            for text in config["generator"]["prompts"].values():
                render(text, {"document": "message", "label": "x"})
        except ConfigError as exc:
            raise ProposalError(exc.what) from exc
        self.configs[name] = config
        texts = config["generator"]["prompts"]
        return replace(parent, name=name, texts=texts, digest=name, parent=parent.name, why=why)

    def config(self, candidate):
        return copy.deepcopy(self.configs[candidate.name])

    @contextmanager
    def reflecting(self, number):
        engine = _Proposer(self)
        lm = dspy.LM("fake/proposer", engine=engine, cache=False, num_retries=0)
        with dspy.context(lm=lm, adapter=PlainAdapter(), disable_history=True):
            yield
        if engine.error is not None:  # as a session's scope does
            raise engine.error


class _Proposer:
    def __init__(self, jobs: Jobs) -> None:
        self.jobs = jobs
        self.error: BaseException | None = None

    def complete(self, request):
        replies = self.jobs.replies
        self.jobs.reflected.append(prompt_text(request))
        reply = replies.pop(0) if len(replies) > 1 else replies[0]
        if isinstance(reply, BaseException):
            self.error = reply
            raise reply
        return answer("fake/proposer", reply, "stop", 1, 1)


def scored_by_words(text: str, demos: Sequence[str]) -> float:
    return float(text.rpartition("=")[2]) if "=" in text else 0.5


def trial(candidate: Candidate, f1: float) -> Trial:
    """A trial in which every class has the same F1; its rows are told apart by their texts."""
    called = np.zeros(3, dtype=np.int16)
    per_class = {label: ClassScore(f1, f1, f1, 10) for label in LABELS}
    score = Score(f1, f1, LABELS, per_class, (), 6, called, called)
    kept = [row(candidate.name, label, n) for label, n in itertools.product(LABELS, range(2))]
    return Trial(
        candidate, Curated(tuple(kept)), score, None, Usage(), (), {}, "{}", 0.0, rows_per_class=2
    )


def row(name: str, label: str, place: int) -> Row:
    lineage = Lineage(name, "fake/x", "", Request(label, place, 0), Usage())
    return Row(f"{name}/{label}/{place}", {"text": f"{name} {label} {place}"}, label, lineage)
