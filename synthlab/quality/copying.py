"""``copying``: which synthetic rows repeat real ones, beside how often real rows repeat each other.

Seed rows are what can have been copied: prompts showed some of them and could have shown the rest.
A short text shares words with another by chance, so the same is measured of real rows that nothing
saw, cut to the lengths of the synthetic rows where length counts: only what exceeds that is
copying. Few copies are no proof of privacy (Yao et al. 2025, "The DCR Delusion"); ``privacy`` asks
what an attacker asks.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from synthlab.features.near import NearIndex
from synthlab.features.shared import SharedRuns
from synthlab.features.words import fold_key
from synthlab.measures import Measure, Verdict
from synthlab.quality.base import Skip, Subject
from synthlab.quality.lengths import cut
from synthlab.quality.nearest import smoke
from synthlab.quality.rates import above, judged, percent, wilson

LONG, SHORT, FEW_WORDS = 8, 5, 12
WORSE: Mapping[Verdict, Verdict] = {"good": "watch", "watch": "bad", "bad": "bad"}
"""A whole row that came back is more than a phrase: one is to be looked at, a few are bad."""


@dataclass(frozen=True)
class _Sets:
    """Texts that are compared: synthetic, seed, held-out, and these cut to synthetic lengths."""

    made: list[str]
    source: list[str]
    held: list[str]
    cut: list[str]


class Copying:
    """Shared runs of words, equal rows, near-duplicates; distances as a smoke test."""

    COST: ClassVar[Literal["fast", "slow"]] = "fast"

    class Params(BaseModel):
        """What counts as copied."""

        model_config = ConfigDict(extra="forbid", frozen=True)

        run: int | None = Field(
            None,
            ge=3,
            description="words in a row that a row may not share with a real one; null: 8, and 5 "
            "where most rows have fewer than 12 words",
        )
        near: float = Field(
            0.8, gt=0, le=1, description="Jaccard similarity from which rows are near-duplicates"
        )

    def __init__(self, params: Params) -> None:
        self.params = params

    def measure(self, subject: Subject) -> Sequence[Measure]:
        """Nothing can be said without seed rows: a ``Skip``."""
        if not subject.source or not subject.kept:
            raise Skip("there is no seed row that could have been copied")
        made = subject.texts(subject.kept)
        held = subject.texts(subject.held)
        sets = _Sets(made, subject.texts(subject.source), held, cut(held, made))
        run = self.params.run or _run(made)
        shared = SharedRuns(sets.source, run)
        same = {fold_key(text) for text in sets.source}

        def copied(text: str) -> bool:
            return shared.count(text)[0] > 0 or fold_key(text) in same

        index = NearIndex(self.params.near)
        for text in dict.fromkeys(sets.source):
            index.add("", text)
        found = [
            self._copied(subject, sets, copied, run),
            _share(
                "exact",
                sets,
                lambda text: fold_key(text) in same,
                "equal a real seed row but for case and punctuation",
                worse=WORSE,
            ),
            _share(
                "near_real",
                sets,
                lambda text: index.match(text) is not None,
                "nearly equal a real seed row",
            ),
        ]
        return [*found, *smoke(subject, sets.cut)]

    def _copied(
        self, subject: Subject, sets: _Sets, copied: Callable[[str], bool], run: int
    ) -> Measure:
        found = _share(
            "copied", sets, copied, f"repeat {run} words in a row of a real seed row", alike=True
        )
        hits = np.array([copied(text) for text in sets.made])
        labels = np.array([row.label for row in subject.kept])
        per_class = {
            label: float(hits[labels == label].mean())
            for label in subject.brief.labels
            if (labels == label).any()
        }
        details = {**found.details, "run": run, "seed_rows": len(sets.source)}
        if subject.shown:
            shown = SharedRuns(subject.texts(subject.shown), run)
            details["of_shown"] = int(sum(shown.count(text)[0] > 0 for text in sets.made))
            details["shown_rows"] = len(subject.shown)
        return replace(found, per_class=per_class, details=details)


def _run(texts: Sequence[str]) -> int:
    """Runs of 5 words for short texts: they have few longer ones, and chance shares few of 5."""
    usual = float(np.median([len(text.split()) for text in texts]))
    return LONG if usual >= FEW_WORDS else SHORT


def _share(
    name: str,
    sets: _Sets,
    has: Callable[[str], bool],
    does: str,
    alike: bool = False,
    worse: Mapping[Verdict, Verdict] | None = None,
) -> Measure:
    """The share of synthetic rows that have something, beside that of held-out real rows.

    Args:
        name: of the measure.
        sets: the texts.
        has: whether a text has it.
        does: what a text does that has it, in words.
        alike: whether held-out rows are cut to the lengths of the synthetic ones.
        worse: the verdict that takes the place of another, where more synthetic rows have it.
    """
    count, of = sum(map(has, sets.made)), len(sets.made)
    # A run of words is the likelier the longer a text is; to be the same, it must be whole.
    held = sets.cut if alike else sets.held
    null = (sum(map(has, held)), len(held)) if held else None
    low, high = wilson(count, of)
    verdict = judged(count, of, null)
    if worse and null and count / of > null[0] / null[1]:
        verdict = worse[verdict]
    said = f"{count:,} of {of:,} rows ({percent(count / of)}) {does}"
    if not count:
        said = f"none of {of:,} rows was found to {does}"
    if null and count:
        more = {
            "good": "no more than chance",
            "watch": "more than chance",
            "bad": "far more than chance",
        }
        length = ", cut to the same length" if alike else ""
        share = percent(null[0] / null[1])
        said += f"; of real rows that nothing saw{length}, {share} do: {more[verdict]}"
    return Measure(
        name=name,
        part="copying",
        value=count / of,
        direction="lower",
        unit="share of rows",
        said=said,
        verdict=verdict,
        reference=null[0] / null[1] if null else None,
        low=low,
        high=high,
        details={"rows": count, "held_rows": len(held), **_excess(count, of, null)},
    )


def _excess(count: int, of: int, null: tuple[int, int] | None) -> dict[str, float]:
    """The share less that of held-out rows, and the lower end of its 95% interval."""
    if null is None:
        return {}
    return {"excess": count / of - null[0] / null[1], "excess_low": above(count, of, null)}
