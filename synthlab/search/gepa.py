"""``gepa``: new candidates proposed from scored ones, chosen from a Pareto front.

The search of GEPA (Agrawal et al. 2025, arXiv 2507.19457; package ``gepa``) on an adapter of our
own: a candidate is generated and its classifier fitted once, and gepa's "instances" are classes or
dev rows, so that what wins somewhere stays a parent. Who writes the new candidate is for a proposer
(``proposers/``), what is wrong with the old one for feedback. Nothing is kept between runs: a run
that is repeated asks the same in the same order, and the journal answers.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from synthlab.errors import BudgetError
from synthlab.outcomes import Candidate, Trial
from synthlab.search.base import BUDGET, FAILED, IMPROVED, SAME, UNUSABLE, Objective
from synthlab.search.extent import Extent, proposed
from synthlab.search.pool import Abort, Pool
from synthlab.search.proposers.use import ProposerUse


class Gepa:
    """Asks a proposer again and again.

    Attributes:
        finish: why it ended, as ``search.base`` names it; empty while it runs.
        ending: the same in a sentence, with figures.
    """

    class Params(BaseModel):
        """How many candidates, who writes them, and what a parent must win."""

        model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)

        candidates: int = Field(6, ge=1, description="new candidates that are scored, at most")
        proposer: ProposerUse = Field(
            ProposerUse(use="hints"), description="who writes them: hints, reflection, or one's own"
        )
        front: Literal["classes", "rows"] = Field(
            "classes", description="what a candidate must be best at to stay a parent"
        )
        patience: int = Field(
            4, ge=1, description="proposals in a row that may be unusable before the search ends"
        )

        @field_validator("proposer", mode="before")
        @classmethod
        def _use(cls, given: Any) -> Any:
            return {"use": given} if isinstance(given, str) else given

        @field_validator("proposer")
        @classmethod
        def _known(cls, given: ProposerUse) -> ProposerUse:
            given.made()  # what cannot be made is told with the config's other mistakes
            return given

    def __init__(self, params: Params) -> None:
        self.params = params
        self.finish = self.ending = ""

    @property
    def proposes_by(self) -> str:
        """How the config names its proposer."""
        return self.params.proposer.use

    @property
    def tells_findings_only(self) -> bool:
        """Whether its proposer writes no exact figure of dev rows into prompts."""
        return bool(getattr(self.params.proposer.made(), "tells_findings_only", False))

    @property
    def needs(self) -> tuple[str, ...]:
        """Feedback parts that its proposer cannot do without."""
        return tuple(getattr(self.params.proposer.made(), "needs", ()))

    def extent(self, start: Sequence[Candidate]) -> Extent:
        """The config's candidates, and up to ``candidates`` new ones of about their size."""
        use = self.params.proposer
        asks = getattr(use.made(), "asks", None)
        return proposed(len(start), self.params.candidates, use.use, asks)

    def run(self, start: Sequence[Candidate], objective: Objective) -> Iterator[Trial]:
        """Yield every trial: of the config's candidates, then of the proposed ones.

        Raises:
            SynthlabError: a failure of the LM, the scorer or the budget, after the trials before
                it were yielded.
        """
        if not start:
            return
        params = self.params
        pool = Pool(
            start, objective, params.proposer.made(), params.front, params.candidates,
            params.patience,
        )  # fmt: skip
        try:
            _optimize(pool, objective.seed)
        except Abort as exc:
            yield from pool.trials
            self.finish = BUDGET if isinstance(exc.cause, BudgetError) else FAILED
            raise exc.cause from exc.cause.__cause__
        self.finish, self.ending = _finish(pool)
        yield from pool.trials


def _optimize(pool: Pool, seed: int) -> None:
    from gepa import optimize

    first = pool.first()
    if first is None:
        return
    jobs = list(range(pool.instances))
    optimize(
        seed_candidate=first,
        trainset=jobs,
        valset=jobs,
        adapter=pool,
        reflection_minibatch_size=len(jobs),
        module_selector="all",
        acceptance_criterion=pool,
        stop_callbacks=pool.done,
        skip_perfect_score=False,
        track_best_outputs=False,
        logger=pool,
        seed=seed,
    )


def _finish(pool: Pool) -> tuple[str, str]:
    counts = f"{pool.proposed} proposed, {pool.unusable} unusable"
    given = [trial for trial in pool.trials if trial.candidate.name in pool.given]
    if not given:
        return SAME, f"gepa: no candidate of the config kept rows of every class ({counts})"
    was, best = max(given, key=_standing), max(pool.trials, key=_standing)
    if _standing(best) > _standing(was):
        said = f"{was.score.f1:.3f} ({was.candidate.name}) to {best.score.f1:.3f}"
        return IMPROVED, f"gepa: improved from {said} on dev with {best.candidate.name} ({counts})"
    if pool.proposed and pool.unusable == pool.proposed:
        return UNUSABLE, f"gepa: none of {pool.proposed} proposals could be run: {pool.reasons}"
    return SAME, f"gepa: no improvement ({counts})"


def _standing(trial: Trial) -> tuple[bool, float]:
    """Whole sets before short ones, as on the leaderboard."""
    return not trial.short, trial.score.f1
