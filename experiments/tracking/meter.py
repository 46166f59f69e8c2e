"""Wall and CPU seconds of every call with which a run logs, taken while it runs.

Outermost calls are what logging takes in all; parts of them are told apart, and not added again.
CPU is that of the calling thread: what LM threads do meanwhile is not in it. What another thread
than the run's own does (``workflow/behind.py``) holds the run up only where that waits for it.
"""

from __future__ import annotations

import functools
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from mlflow.system_metrics.system_metrics_monitor import SystemMetricsMonitor

import synthlab.workflow.objective as objective
import synthlab.workflow.run as whole
from synthlab.tracking import artifacts, classifiers, inputs, prompts, runs, spool, traces, trials
from synthlab.workflow import behind, panel

CALLS: list[tuple[Any, str, str]] = [
    (runs.RunLog, "start_trial", "start the child run"),
    (trials.TrialLog, "says", "prompts to the registry"),
    (trials.TrialLog, "rung", "rungs of races"),
    (trials.TrialLog, "finish", "files, metrics, traces of a candidate"),
    (trials.TrialLog, "finish_final", "fresh generations"),
    (runs.RunLog, "classify", "classifier as a model"),
    (spool.Spool, "add", "rows to the spool"),
    (spool.Spool, "close", "rows to the spool"),
    (objective, "confusion_png", "confusion figure"),
    (objective, "near_real", "nearest real rows"),
    (runs.RunLog, "finish", "end of the run"),
    (whole, "leaderboard_png", "end of the run"),
    (runs.RunLog, "tag", "end of the run"),
    (behind.Behind, "put", "waiting for what is logged behind"),
    (behind.Behind, "settle", "waiting for what is logged behind"),
]
PARTS: list[tuple[Any, str, str]] = [
    (artifacts, "write_trial", "write files"),
    (traces, "log", "traces"),
    (inputs, "log", "dataset inputs"),
    (classifiers, "_save", "skops"),
    (prompts.Prompts, "register", "register"),
    (prompts.Prompts, "score", "score prompts"),
]
APART: list[tuple[Any, str, str]] = [
    (panel, "measured", "quality panel"),
    (SystemMetricsMonitor, "collect_metrics", "system metrics, in a thread"),
    (SystemMetricsMonitor, "publish_metrics", "system metrics, in a thread"),
]


@dataclass
class Took:
    """Calls, wall and CPU seconds."""

    calls: int = 0
    wall: float = 0.0
    cpu: float = 0.0

    def add(self, wall: float, cpu: float) -> None:
        self.calls, self.wall, self.cpu = self.calls + 1, self.wall + wall, self.cpu + cpu


@dataclass
class Meter:
    """What logging took, by what was logged; ``parts`` lie inside, ``apart`` beside it.

    ``logging`` is what the run's own thread did and waited for, ``behind`` what others did.
    """

    logging: dict[str, Took] = field(default_factory=dict)
    behind: dict[str, Took] = field(default_factory=dict)
    parts: dict[str, Took] = field(default_factory=dict)
    apart: dict[str, Took] = field(default_factory=dict)
    _before: list[tuple[Any, str, Any]] = field(default_factory=list)
    _depth: threading.local = field(default_factory=threading.local)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def attach(self) -> Meter:
        """Time the calls of this process from now on."""
        for into, calls in ((self.parts, PARTS), (self.apart, APART), (self.logging, CALLS)):
            for owner, name, title in calls:
                call = getattr(owner, name)
                self._before.append((owner, name, call))
                setattr(owner, name, self._timed(call, into, title, into is self.logging))
        return self

    def detach(self) -> None:
        """Stop timing."""
        for owner, name, call in self._before:
            setattr(owner, name, call)
        self._before.clear()

    @property
    def wall(self) -> float:
        """Seconds that logging held up the run."""
        return sum(took.wall for took in self.logging.values())

    @property
    def cpu(self) -> float:
        """CPU seconds of it, in whatever thread."""
        return sum(took.cpu for each in (self.logging, self.behind) for took in each.values())

    def lines(self, candidates: int) -> list[str]:
        """A table: milliseconds a candidate."""
        said = [f"  {'ms a candidate':40} {'wall':>8} {'CPU':>8} {'calls':>7}"]
        groups = (("", self.logging), ("behind: ", self.behind), ("of which ", self.parts))
        for title, group in (*groups, ("", self.apart)):
            for name, took in sorted(group.items(), key=lambda item: -item[1].cpu):
                times = [1000 * value / candidates for value in (took.wall, took.cpu)]
                calls = took.calls / candidates
                said.append(f"  {title + name:40} {times[0]:8.1f} {times[1]:8.1f} {calls:7.1f}")
            said.append("")
        return said

    def _timed(
        self, call: Callable[..., Any], into: dict[str, Took], title: str, outer: bool
    ) -> Callable[..., Any]:
        @functools.wraps(call)
        def timed(*args: Any, **kwargs: Any) -> Any:
            depth = getattr(self._depth, "value", 0)
            self._depth.value = depth + outer
            wall, cpu = time.perf_counter(), time.thread_time()
            try:
                return call(*args, **kwargs)
            finally:
                self._depth.value = depth
                if not (outer and depth):
                    took = time.perf_counter() - wall, time.thread_time() - cpu
                    own = threading.current_thread() is threading.main_thread()
                    group = self.behind if outer and not own else into
                    with self._lock:
                        group.setdefault(title, Took()).add(*took)

        return timed
