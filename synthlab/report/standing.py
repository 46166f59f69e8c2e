"""What is known of a run while it runs: its candidates, what it has made and paid, what is ahead.

Figures only; ``report/liveview.py`` draws them. Rows per second are those of the last two minutes,
so that rows that came from the journal at once are soon forgotten.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from synthlab.comparisons import Estimate
from synthlab.outcomes import Trial
from synthlab.records import Usage
from synthlab.statistics.paired import level
from synthlab.steps import Outlook, Part

WINDOW = 120.0
"""Seconds that the speed is taken from."""
WAITING, AT_WORK, SCORED, OUT = "waiting", "at work", "scored", "out"


@dataclass
class Line:
    """A candidate as it stands.

    Attributes:
        wanted: kept rows wanted of it now, all classes together.
        kept: rows that it has; between two looks of curation, answers count as kept.
        rung: kept rows of each class wanted now; ``full`` in the end.
        level: its score on dev with its 95% interval, as the search saw it.
        fresh: the same of its fresh generations, once they are judged.
        generation: number of the last fresh generation that was begun, from 1; else 0.
        generations: how many there will be.
    """

    name: str
    parent: str = ""
    state: str = WAITING
    wanted: int = 0
    kept: int = 0
    rung: int = 0
    full: int = 0
    level: Estimate | None = None
    usage: Usage = field(default_factory=Usage)
    generation: int = 0
    generations: int = 0
    fresh: Estimate | None = None


@dataclass
class Standing:
    """The run so far.

    Attributes:
        lines: candidates in the order in which they began, by name.
        active: names of those whose rows are made now.
        place: which ones these are, such as "2 of 3".
        step: what is done beside making rows, such as "opening the test split"; may be empty.
        answered: rows that came from LMs, dropped ones included.
        usage: what these took, whether it was paid now or came from the journal.
    """

    clock: Callable[[], float] = time.monotonic
    outlook: Outlook | None = None
    phase: str = ""
    lines: dict[str, Line] = field(default_factory=dict)
    active: tuple[str, ...] = ()
    place: str = ""
    step: str = ""
    answered: int = 0
    usage: Usage = field(default_factory=Usage)
    paid: Usage = field(default_factory=Usage)
    _done: int = 0
    _end: int | None = None
    _keys: dict[str, str] = field(default_factory=dict)
    _base: dict[str, int] = field(default_factory=dict)
    _came: deque[tuple[float, int]] = field(default_factory=deque)

    def __post_init__(self) -> None:
        self.began = self.clock()

    def enter(self, phase: str, rows: int | None) -> None:
        """A phase begins, with so many rows still to be made, if that is known."""
        self.phase, self.place, self.step = phase, "", ""
        self._end = None if rows is None else self.made + rows

    def begin(self, name: str, rows: int, place: str, parts: Sequence[Part]) -> None:
        """Rows of these candidates are made from now on."""
        parts = parts or (Part("", name, rows),)
        self.place, self.step = place, ""
        self._keys = {part.key: part.name for part in parts}
        self._base = {part.name: part.kept for part in parts}
        for part in parts:
            line = self.lines.setdefault(part.name, Line(part.name, part.parent))
            line.state, line.wanted, line.kept = AT_WORK, part.rows, part.kept
            line.rung, line.full = part.rung, part.full
            line.generation, line.generations = part.generation, part.generations
        # Last, as another thread may draw at any moment.
        self.active = tuple(part.name for part in parts)

    def row(self, usage: Usage, key: str) -> None:
        """A row came from an LM."""
        self.step = ""
        self.answered += 1
        self.usage += usage
        line = self._line(key)
        if line is not None:
            line.usage += usage
            line.kept = min(line.kept + 1, line.wanted)
        self._look()

    def kept(self, rows: int, by: Mapping[str, int]) -> None:
        """So many are kept of what came."""
        for key, count in (by or {"": rows}).items():
            if (line := self._line(key)) is not None:
                line.kept = count
        self._look()

    def end(self, trial: Trial | None) -> None:
        """The rows of one candidate are there, and scored if there is a trial."""
        if trial is None:
            self._rest(self.active, SCORED)
            return
        name = trial.candidate.name
        line = self.lines.setdefault(name, Line(name, trial.candidate.parent))
        score = trial.score
        line.level = level(score.true, score.called[None], len(score.labels))
        line.kept = len(trial.curated.kept)
        line.usage = trial.usage
        self._rest([name], OUT if trial.out else SCORED)

    def out(self, name: str) -> None:
        """A candidate will make no more rows."""
        self.lines.setdefault(name, Line(name))
        self._rest([name], OUT)

    def judged(self, name: str, found: Estimate) -> None:
        """Fresh generations have a score."""
        self.lines.setdefault(name, Line(name)).fresh = found

    @property
    def seconds(self) -> float:
        """Since the start."""
        return self.clock() - self.began

    @property
    def made(self) -> int:
        """Kept rows so far."""
        growing = (self.lines[name].kept - self._base.get(name, 0) for name in self.active)
        return self._done + sum(growing)

    @property
    def ahead(self) -> int:
        """Kept rows that are likely to be made in all; 0 where nobody knows."""
        now = sum(max(0, self.lines[name].wanted - self.lines[name].kept) for name in self.active)
        least = self.made + now
        if self._end is not None:
            return max(least, self._end)
        return max(least, self.outlook.rows if self.outlook else 0)

    @property
    def speed(self) -> float | None:
        """Kept rows a second lately; None before there is anything to go by."""
        if not self._came:
            return None
        then, before = self._came[0]
        rows, took = self.made - before, self.clock() - then
        return rows / took if rows > 0 and took > 1 else None

    def left(self, line: Line) -> float | None:
        """Seconds until a candidate has its rows, with the speed shared by all at work."""
        if line.name not in self.active or not self.speed:
            return None
        return max(0, line.wanted - line.kept) * len(self.active) / self.speed

    @property
    def seconds_left(self) -> float | None:
        """Until all rows are made; before there is a speed, as estimated."""
        rest = self.ahead - self.made
        if self.speed:
            return rest / self.speed
        if self.outlook and self.outlook.minutes and not self.made:
            return self.outlook.minutes * 60
        return None

    def projected(self, key: str) -> float | None:
        """What a cap counts, in the end: what is paid, and the rows ahead at the cost of the last.

        Args:
            key: usd, tokens, calls or minutes, as in a config's budget.
        """
        if key == "minutes":
            return None if self.seconds_left is None else (self.seconds + self.seconds_left) / 60
        spent, taken = amount(self.paid, key), amount(self.usage, key)
        if spent is None or taken is None:
            return None
        if not self.made:
            return self.outlook.usd if self.outlook and key == "usd" else None
        return spent + taken / self.made * (self.ahead - self.made)

    def _line(self, key: str) -> Line | None:
        name = self._keys.get(key)
        if name is None and len(self._keys) == 1:
            name = next(iter(self._keys.values()))
        return self.lines[name] if name is not None else None

    def _rest(self, names: Sequence[str], state: str) -> None:
        for name in names:
            line = self.lines[name]
            if name in self.active:
                self._done += line.kept - self._base.get(name, 0)
            line.state = state
        self.active = tuple(name for name in self.active if name not in names)

    def _look(self) -> None:
        now = self.clock()
        if self.outlook is not None:
            self.paid = self.outlook.paid()
        else:
            self.paid = self.usage
        if not self._came or now - self._came[-1][0] > 1:
            self._came.append((now, self.made))
        while len(self._came) > 2 and now - self._came[1][0] > WINDOW:
            self._came.popleft()


def amount(usage: Usage, key: str) -> float | None:
    """What a cap of that name counts; None where a price is not known."""
    known = {"usd": usage.cost_usd, "tokens": usage.tokens, "calls": usage.calls}
    return known[key]
