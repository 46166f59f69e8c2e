"""What came out: scores, trials and whole runs, as frozen records; the rest of the vocabulary.

Nothing here computes a score or touches a disk; ``records.py`` holds the rows that these are about.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from synthlab.findings import Feedback
from synthlab.measures import Panel
from synthlab.records import Curated, Row, Usage

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from synthlab.comparisons import Finals


DIRECT = ("direct", "synthlab.generators.direct:Direct")
"""References of the direct prompt's class."""


@dataclass(frozen=True, slots=True)
class ClassScore:
    """Precision, recall and F1 of one class, and the number of real rows of it.

    Attributes:
        pr_auc: average precision, the class against the rest; None without probabilities or rows.
    """

    precision: float
    recall: float
    f1: float
    support: int
    pr_auc: float | None = None


@dataclass(frozen=True, slots=True)
class Score:
    """A model trained on ``train_rows`` rows and scored on real rows.

    Attributes:
        f1: macro-F1, the unweighted mean of the classes' F1.
        accuracy: share of real rows with the right label.
        per_class: by label.
        confusion: ``confusion[i][j]`` real rows of class i called class j; labels' order.
        called: shape (real rows,), int16: the place in ``labels`` of the class that each real row
            was called, in the rows' order; what any paired comparison needs.
        true: the same of the class that each real row has.
        rarest: the class with the fewest real rows to train on; empty where that is not known.
        rare_proba: shape (real rows,), float32: the probability of that class; None without any.
        uneven: what judges classifiers of uneven classes, by metric name: ``bal_acc``, ``pr_auc``,
            ``rare_recall`` and ``rare_pr_auc`` (``scoring.precision.uneven``).
    """

    f1: float
    accuracy: float
    labels: tuple[str, ...]
    per_class: Mapping[str, ClassScore]
    confusion: tuple[tuple[int, ...], ...]
    train_rows: int
    called: NDArray[Any] = field(compare=False, repr=False)
    true: NDArray[Any] = field(compare=False, repr=False)
    rarest: str = ""
    rare_proba: NDArray[Any] | None = field(default=None, compare=False, repr=False)
    uneven: Mapping[str, float | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Baseline:
    """What needs no LM: the same model on label names or on real rows.

    Attributes:
        f1: mean macro-F1 over ``draws`` draws of the training rows.
        sd: standard deviation over the draws (0 for one draw).
        rows: training rows in each draw.
        per_class: real rows of each class in each draw; None where that is not the same number.
        uneven: ``Score.uneven``, mean over the draws.
    """

    name: str
    f1: float
    rows: int
    sd: float = 0.0
    draws: int = 1
    per_class: int | None = None
    uneven: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Candidate:
    """One way to generate: what a search compares.

    Attributes:
        name: unique within a run; what the leaderboard shows.
        generator: the name, import path or file path of its class.
        params: the generator's own parameters, checked.
        texts: prompts that replace those of the generator's files, by prompt name.
        lm: the model id, such as ``embedded/smollm2-135m-instruct``.
        digest: of everything that changes its rows.
        rows_per_class: its full number of kept rows a class; 0 where no config says one.
        parent: name of the candidate that a search made it from; empty for the config's own.
        why: what the search meant by it, in one sentence.
        choices: place in its list of values, by swept key.
        demos: rows that its prompts show as examples, put there by a config or a search.
    """

    name: str
    generator: str
    params: Mapping[str, Any]
    texts: Mapping[str, str]
    lm: str
    digest: str
    rows_per_class: int = 0
    parent: str = ""
    why: str = ""
    choices: Mapping[str, int] = field(default_factory=dict)
    demos: int = 0

    @property
    def is_direct(self) -> bool:
        """Whether it is the direct prompt as it comes: the naive baseline of every comparison."""
        return self.generator in DIRECT and not self.texts and not self.demos


@dataclass(frozen=True, slots=True)
class Near:
    """How near synthetic rows are to the real rows that the run may look at.

    Attributes:
        columns: numbers by row id, by name: ``nearest`` (distance to the nearest real row, 0 to 1)
            and ``shared`` (share of its runs of five words that are in some real row).
        usual: the same distance between real rows: ``rows``, ``median``, ``low``.
    """

    columns: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    usual: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Trial:
    """A candidate that was generated, curated and scored on dev.

    Attributes:
        score: the model trained on the kept rows alone.
        augmented: macro-F1 of the kept rows added to a few real rows (mean over the draws), or
            None when the run has no such real rows.
        shown: ids of the real rows that prompts showed.
        prompts: a rendered prompt by name, as the LM read it.
        program: the DSPy program's state, as JSON text.
        seconds: wall time; candidates that are written side by side each count all of it.
        rows_per_class: kept rows of each class that were asked for.
        quota: the same by class, where classes are topped up: none of more than ``rows_per_class``.
        run_id: the tracking run, once logged.
        out: why a race ended for it before it had all its rows; empty for a whole trial.
        curve: ``(rows a class, macro-F1 on dev)`` of the first so many of its kept rows of each
            class, ascending; the last point is the trial itself.
        feedback: what was found out about its rows; of whole trials.
        sure: shape (dev rows,): the probability that its model gives each row's true class; of
            whole trials.
        panel: what was measured of its rows beside the score; of whole trials, once the run ends: a
            search never sees it.
    """

    candidate: Candidate
    curated: Curated
    score: Score
    augmented: Baseline | None
    usage: Usage
    shown: tuple[str, ...]
    prompts: Mapping[str, str]
    program: str
    seconds: float
    rows_per_class: int = 0
    run_id: str = ""
    out: str = ""
    curve: tuple[tuple[int, float], ...] = ()
    feedback: Feedback = field(default_factory=Feedback)
    sure: NDArray[Any] | None = field(default=None, compare=False, repr=False)
    panel: Panel = field(default_factory=Panel, compare=False)
    quota: Mapping[str, int] = field(default_factory=dict)

    @property
    def asked(self) -> dict[str, int]:
        """Kept rows that were asked for, by class."""
        return {label: self.quota.get(label, self.rows_per_class) for label in self.score.labels}

    @property
    def short(self) -> dict[str, int]:
        """Rows missing to those asked for, by class; empty when the set is complete."""
        kept = Counter(row.label for row in self.curated.kept)
        missing = {label: rows - kept[label] for label, rows in self.asked.items()}
        return {label: count for label, count in missing.items() if count > 0}


def shortage(short: Mapping[str, int], asked: int | Mapping[str, int]) -> str:
    """``Trial.short``, of so many ``asked``, in words: ``tech 31 of 40``; at most five classes."""
    rows = dict.fromkeys(short, asked) if isinstance(asked, int) else asked
    said = [f"{label} {rows[label] - count} of {rows[label]}" for label, count in short.items()]
    more = [f"{len(said) - 5} more classes"] if len(said) > 5 else []
    return ", ".join([*said[:5], *more])


@dataclass(frozen=True, slots=True)
class Failure:
    """A candidate that is out: it made no rows that could be scored.

    Attributes:
        reason: why, in one sentence.
        usage: what its rows took all the same.
    """

    name: str
    reason: str
    run_id: str
    usage: Usage


@dataclass(frozen=True, slots=True)
class PoolSet:
    """Rows chosen from all kept rows of a search.

    Attributes:
        method: how they were chosen.
        weights: how much each row counts in training; empty: all the same.
    """

    method: str
    rows: tuple[Row, ...]
    weights: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class RunResult:
    """A whole run.

    Attributes:
        trials: the leaderboard: whole trials before those that a race ended, complete ones before
            short ones, each kind best first.
        finals: fresh generations of the best, and the one look at test; None before a run has seen
            every candidate.
        failed: candidates that could not be scored.
        store: what ``--store`` takes to find the run; empty for ``./mlruns``.
        paid: what this run itself sent to LMs; rows that the journal had cost nothing again.
        fresh: what the finals' fresh generations took, whether or not they were in the journal.
        stopped: which cap ended it before every candidate was tried, and how to go on.
        estimated: what the run was expected to take: ``est_calls``, ``est_tokens``,
            ``est_minutes`` and, where prices are known, ``est_usd``.
        full_rows: rows that each candidate would have had without a race, by name.
        ending: why the search ended, in a sentence, where it says so.
        pool: the rows of the pool's arms on test, by arm.
        unsent: why it did not reach the tracking server, and where it is kept; empty when it did.
    """

    name: str
    run_id: str
    trials: Sequence[Trial]
    baselines: Sequence[Baseline]
    finals: Finals | None
    digests: Mapping[str, str]
    seconds: float
    failed: Sequence[Failure] = ()
    store: str = ""
    paid: Usage = field(default_factory=Usage)
    fresh: Usage = field(default_factory=Usage)
    stopped: str = ""
    estimated: Mapping[str, float] = field(default_factory=dict)
    full_rows: Mapping[str, int] = field(default_factory=dict)
    ending: str = ""
    pool: Mapping[str, PoolSet] = field(default_factory=dict)
    unsent: str = ""

    @property
    def winner(self) -> Trial:
        """The first of the finals; of the leaderboard where there were none."""
        if self.finals is None:
            return self.trials[0]
        name = self.finals.winner.name
        return next(trial for trial in self.trials if trial.candidate.name == name)

    @property
    def spared(self) -> tuple[int, float | None]:
        """What a race saved: rows that losers did not make, and their USD, if known."""
        rows, usd = 0, 0.0
        for trial in self.trials:
            kept = len(trial.curated.kept)
            left = self.full_rows.get(trial.candidate.name, kept) - kept if trial.out else 0
            rows += left
            usd += (trial.usage.cost_usd or 0.0) / max(1, kept) * left
        known = all(trial.usage.cost_usd is not None for trial in self.trials)
        return rows, usd if known else None
