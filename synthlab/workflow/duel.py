"""Candidate against champion: on which real rows the two can be compared, and their difference.

Which holdout decides is a matter of who chose on it. The search of each run picked its winner on
dev, so a dev score is that of the best of many, and a run that tried more would win by having tried
more. Test chose nothing: where both runs opened the same test rows for these two, in their finals,
what was logged then decides, and dev does not. It is read, not opened. Every promotion that reads
it again wears it out a little: the report says how often it was opened.

Without such a pair dev decides, in fresh generations of both where both have them. Where only one
has, the search's own rows of both are compared: each was picked for its luck.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from synthlab.comparisons import Contrast
from synthlab.statistics.paired import NOISE, ROPE, contrast
from synthlab.tracking.predictions import Predictions
from synthlab.workflow.standing import Standing

TEST, DEV, SEARCH = "sealed test rows", "dev rows", "dev rows, the search's own generation"
ALIKE = 0.05
"""Share by which the numbers of training rows may differ: some are short, or stand in test."""

RESCORE = (
    "--rescore scores the champion's logged rows on this run's dev rows with its classifier "
    "(no LM call); or promote under another name"
)


@dataclass(frozen=True)
class Bout:
    """Both sides on the same real rows.

    Attributes:
        rows: which real rows, in words.
        digest: of them.
        mine: what the candidate's classifiers called them.
        other: what the champion's did.
        paired: generations of equal number were drawn with the same seeds.
    """

    rows: str
    digest: str
    mine: Predictions
    other: Predictions
    paired: bool

    def difference(self, names: tuple[str, str]) -> Contrast:
        """Candidate minus champion, with its 95% interval (``statistics.paired``)."""
        true, classes = self.mine.true, len(self.mine.labels)
        mine, other = self.mine.called, self.other.called
        return contrast(names, true, mine, other, classes, self.paired, ROPE, NOISE)


@dataclass(frozen=True)
class Unlike:
    """Why the two cannot be compared, and what to try."""

    why: str
    fix: str = RESCORE


def bout(mine: Standing, other: Standing) -> Bout | Unlike:
    """The holdout that decides between two candidates, or why none can."""
    wrong = _unlike(mine, other)
    if wrong is not None:
        return wrong
    ways: list[tuple[bool, str, str, Callable[[Standing], Predictions | None]]] = [
        (_both_on_test(mine, other), TEST, "test", Standing.test),
        (bool(mine.fresh_run and other.fresh_run), DEV, "dev", lambda side: side.dev(True)),
        (True, SEARCH, "dev", lambda side: side.dev(False)),
    ]
    seeds = {side.params.get("seed") for side in (mine, other)}
    for open_, rows, split, read in ways:
        if not open_ or mine.digest(split) != other.digest(split):
            continue
        a, b = read(mine), read(other)
        if a is not None and b is not None and a.labels == b.labels:
            return Bout(rows, mine.digest(split), a, b, len(seeds) == 1)
    if mine.digest("dev") != other.digest("dev"):
        return Unlike(
            f"the champion was scored on other dev rows (digest {other.digest('dev')}, this run's "
            f"{mine.digest('dev')}): the rows alone could make the difference"
        )
    return Unlike("one of the two runs did not keep what its classifiers called each real row")


def _unlike(mine: Standing, other: Standing) -> Unlike | None:
    classifiers = [side.params.get("model", "") for side in (mine, other)]
    if classifiers[0] != classifiers[1]:
        return Unlike(
            f"the champion was scored with {classifiers[1]}, this run with {classifiers[0]}: "
            "their scores cannot be compared"
        )
    topped = [
        (bool(s.entry.get("asked")) and s.digest("seed"), s.entry.get("asked") or {})
        for s in (mine, other)
    ]
    if topped[0] != topped[1]:
        return Unlike(
            "a top-up is scored together with the real rows that it tops up, and the two have "
            "other real rows or other numbers of synthetic ones",
            "run both with the same balance section on the same real rows",
        )
    rows = [int(side.entry.get("rows_per_class") or 0) for side in (mine, other)]
    if rows[0] != rows[1]:
        return Unlike(
            f"the champion was scored with {rows[1]} rows a class, this candidate with {rows[0]}: "
            "more rows of the same prompt score higher"
        )
    return None


def _both_on_test(mine: Standing, other: Standing) -> bool:
    sizes = (mine.test_rows(), other.test_rows())
    alike = max(sizes) - min(sizes) <= ALIKE * max(sizes)
    return bool(mine.fresh_run) == bool(other.fresh_run) and alike


def against_direct(mine: Standing) -> Bout | Unlike:
    """The same against the direct prompt of the candidate's own run."""
    if mine.is_direct:
        return Unlike("it is the direct prompt itself", "promote another candidate (--candidate)")
    fix = "add `direct` to the generators that are swept, and run again"
    a, b = mine.test(), mine.direct_on_test()
    if a is not None and b is not None:
        return Bout(TEST, mine.digest("test"), a, b, True)
    named = [entry["name"] for entry in mine.board["candidates"] if _plain(entry)]
    if not named:
        return Unlike("its run has no direct prompt to compare with", fix)
    direct = mine.of(named[0])
    found = bout(mine, direct)
    if isinstance(found, Unlike):
        return Unlike(found.why.replace("champion", "direct prompt"), fix)
    return found


def _plain(entry: Any) -> bool:
    return entry["generator"] in ("direct", "synthlab.generators.direct:Direct") and not entry.get(
        "parent"
    )
