"""``hints``: findings turned into topics for each class, without an LM.

A candidate's rows get a new axis of attributes, ``topic``: short lists of words that real rows of
the class share, as the findings ``coverage``, ``confusions`` and ``lacking`` tell them. From then
on the shares of topics move towards what is missing. So a model that is too small to rewrite its
own prompt can still be led; the words obey the privacy rule of the findings.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from synthlab.errors import ProposalError
from synthlab.findings import Feedback, Finding
from synthlab.outcomes import Candidate, Trial
from synthlab.search.base import Objective
from synthlab.search.proposers.base import Proposal

NAMES = ("topic", "topic_words", "hinted_topic")
"""Names for the axis, the first that is free: a user's own ``topic`` stays as it is."""
STEPS = (0.5, 1.0, 0.25)
"""How far shares go towards what is missing: each time that the same parent is asked about, the
next of these."""
LONGER = (0, 1, -1, 2)
"""Words of a first topic more than asked for, likewise."""
BOUNDS = (0.25, 4.0)
"""A topic's share is moved by no more than this at a time."""


class Hints:
    """Adds an axis of topics, then moves its shares."""

    asks = 0
    tells_findings_only = True

    class Params(BaseModel):
        """How findings become words of a prompt."""

        model_config = ConfigDict(extra="forbid", frozen=True)

        words: int = Field(3, ge=1, description="words of one topic: so many are in a prompt")
        clause: str = Field(
            "It is about {topic}.", description="what is added to the prompt; {topic}: the words"
        )
        avoid: int = Field(
            0, ge=0, description="words that give synthetic rows away, to be told as to be avoided"
        )

    def __init__(self, params: Params) -> None:
        self.params = params
        self._asked: Counter[str] = Counter()

    def propose(self, trial: Trial, objective: Objective, number: int) -> Proposal:
        """New topics, or other shares of those that it gave.

        Raises:
            ProposalError: no finding has words, or the generator has no prompt ``row`` and axes.
        """
        generator = objective.config(trial.candidate)["generator"]
        prompt = generator["prompts"].get("row")
        if prompt is None or generator["use"] not in ("direct", "attributes"):
            raise ProposalError(f"hints cannot lead {generator['use']}: only direct and attributes")
        axes: dict[str, Any] = dict(generator["with"].get("axes", {}))
        axis = next((name for name in NAMES if _own(axes.get(name))), None)
        before, times = axes.get(axis or ""), self._asked[trial.candidate.digest]
        self._asked[trial.candidate.digest] += 1
        # Shares can be moved only between the topics that are there, so these keep their length.
        more = LONGER[times % len(LONGER)] if axis is None else 0
        words = max(1, self.params.words + more)
        found = topics(trial.feedback, objective.brief.names, words)
        axis = axis or next(name for name in NAMES if name not in axes)
        axes[axis] = found
        if isinstance(before, dict):
            axes[axis] = _moved(axis, before, found, trial.feedback, STEPS[times % len(STEPS)])
        clause = self.params.clause.replace("{topic}", f"{{{axis}}}")
        text = prompt if f"{{{axis}}}" in prompt else f"{prompt.rstrip()} {clause}"
        changes = {
            "generator.use": "attributes",
            "generator.with": {"axes": axes},
            "generator.prompts.row": text + self._avoid(trial.feedback, text),
        }
        return Proposal(changes, _why(before, found, trial.candidate))

    def _avoid(self, feedback: Feedback, prompt: str) -> str:
        words = [word for found in feedback.of("tics") for word in found.words]
        words = [word for word in words if word not in prompt][: self.params.avoid]
        return f" Do not use the words {', '.join(words)}." if words else ""


def topics(feedback: Feedback, names: Mapping[str, str], words: int) -> dict[str, dict[str, float]]:
    """Topics of each class with their shares, from groups of real rows and confused pairs.

    A group's words make as many topics as they fill; its share of the class's rows is dealt out
    among them, and raised by what the model misses of it. A class of which nothing is told has its
    name for a topic.

    Args:
        feedback: of the candidate.
        names: the words that stand for each class.
        words: of a topic.

    Raises:
        ProposalError: nothing is told of any class.
    """
    found: dict[str, dict[str, float]] = {label: {} for label in names}
    told = (feedback.of(part) for part in ("coverage", "confusions", "lacking"))
    for finding in itertools.chain.from_iterable(told):
        parts = _parts(finding, words)
        for part in parts:
            mine = found[finding.label]
            mine[part] = mine.get(part, 0.0) + _share(finding) / len(parts)
    if not any(found.values()):
        raise ProposalError("no finding has words that enough dev rows share (feedback.least)")
    return {label: mine or {names[label]: 1.0} for label, mine in found.items()}


def _own(axis: Any) -> bool:
    """Whether an axis is of the kind that ``hints`` makes: shares of topics for each class."""
    return isinstance(axis, dict) and all(isinstance(part, dict) for part in axis.values())


def _parts(finding: Finding, words: int) -> list[str]:
    told = finding.words
    whole = range(0, len(told) - len(told) % words or len(told), words)
    return [", ".join(told[at : at + words]) for at in whole]


def _share(finding: Finding) -> float:
    if finding.part == "coverage":
        return finding.weights["share"] * (1 + finding.weights["missed"])
    if finding.part == "lacking":
        return sum(finding.weights.values()) / len(finding.weights)
    return min(1.0, 4 * finding.gain)


def _moved(
    axis: str,
    before: Mapping[str, Any],
    found: Mapping[str, Mapping[str, float]],
    feedback: Feedback,
    step: float,
) -> dict[str, Any]:
    """The shares a step nearer to what is missing now; topics that are new come in, none goes.

    A topic whose rows are known to help or harm (``credit``) gets up to twice or half as many.
    """
    credits = {one.label: one for one in feedback.of("credit") if one.label}
    moved = {}
    for label, wanted in found.items():
        old = before.get(label, {})
        total = sum(old.values()) or 1.0
        had = {topic: share / total for topic, share in old.items()}
        new = sum(wanted.values()) or 1.0
        moved[label] = {
            topic: _bounded(had.get(topic), wanted.get(topic, 0.0) / new, step)
            * _credited(credits.get(label), f"{axis}={topic}")
            for topic in (*had, *(topic for topic in wanted if topic not in had))
        }
    return moved


def _credited(finding: Finding | None, key: str) -> float:
    """A factor for a topic's share, by how many standard errors its rows are off the average."""
    if finding is None or not finding.ses.get(key):
        return 1.0
    off = (finding.weights[key] - 1) / finding.ses[key]
    return float(2 ** min(max(off / 2, -1.0), 1.0))


def _bounded(had: float | None, wanted: float, step: float) -> float:
    if had is None:
        return wanted * step
    return min(max(had + step * (wanted - had), had * BOUNDS[0]), had * BOUNDS[1])


def _why(before: Any, found: Mapping[str, Mapping[str, float]], parent: Candidate) -> str:
    count = sum(len(topics) for topics in found.values())
    if isinstance(before, dict):
        return f"moves the topics of {parent.name} towards what its rows lack"
    return f"adds {count} topics of real rows to the prompt of {parent.name}"
