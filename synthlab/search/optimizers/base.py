"""What DSPy's optimizers share as searches: where they start, and how they end.

Every candidate of the config is tried; the optimizer goes on from the best. It is given an LM that
proposes and never sees the one that writes rows. Its trials are yielded when it has ended, however
it ends; each is logged as soon as it is made.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, ClassVar

import dspy
from pydantic import BaseModel, ConfigDict, Field

from synthlab.errors import BudgetError, ConfigError, SynthlabError
from synthlab.lm.relay import ProposalAdapter, relay
from synthlab.outcomes import Candidate, Trial
from synthlab.search.base import BUDGET, FAILED, IMPROVED, SAME, UNUSABLE, Objective
from synthlab.search.extent import Extent, proposed
from synthlab.search.optimizers.job import Job
from synthlab.search.optimizers.quiet import muted


class OptimizerParams(BaseModel):
    """What every optimizer may be told."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    prompt: str = Field("row", min_length=1, description="name of the prompt that is rewritten")


class Optimizer:
    """Base of the four: a subclass defines ``optimize`` and ``most``.

    Attributes:
        finish: why it ended, as ``search.base`` names it; empty before it has.
        ending: the same in a sentence, with figures.
    """

    Params: type[BaseModel] = OptimizerParams
    short: ClassVar[str]
    title: ClassVar[str]
    proposes: ClassVar[bool] = True
    """Whether an LM writes its prompts."""

    def __init__(self, params: Any) -> None:
        self.params = params
        self.finish = self.ending = ""

    def optimize(self, job: Job, lm: dspy.LM) -> None:
        """Try prompts through ``job.attempt``, or programs (``Rows``) that do.

        Args:
            job: keeps what is tried.
            lm: proposes; it is also the LM of DSPy's settings.
        """
        raise NotImplementedError

    @property
    def most(self) -> int:
        """New candidates that it makes at most."""
        raise NotImplementedError

    def extent(self, start: Sequence[Candidate]) -> Extent:
        """The config's candidates, and up to ``most`` new ones of about their size."""
        return proposed(len(start), self.most, self.title, None if self.proposes else 0)

    def run(self, start: Sequence[Candidate], objective: Objective) -> Iterator[Trial]:
        """Yield the trials of the config's candidates, then those of the optimizer.

        Raises:
            ConfigError: the candidates have prompts, but not the one that is to be rewritten.
            SynthlabError: what ended the optimizer, after its trials.
        """
        self.finish = self.ending = ""
        if not start:
            return
        try:
            self._check(start, objective)
            tried: list[Trial] = []
            for candidate in start:
                trial = objective(candidate)
                if trial is not None:
                    tried.append(trial)
                    yield trial
            yield from self._optimized(tried, objective)
        except BaseException as exc:
            self._end(BUDGET if isinstance(exc, BudgetError) else FAILED, _said(exc))
            raise

    def _optimized(self, tried: Sequence[Trial], objective: Objective) -> Iterator[Trial]:
        able = [trial for trial in tried if self._has(trial.candidate, objective)]
        if not able:
            self._end(SAME, "no candidate of the config has rows, and a prompt to rewrite")
            return
        parent = max(able, key=lambda trial: (not trial.short, trial.score.f1))
        job = Job(parent, objective, self.short, self.params.prompt)
        error = self._worked(job)
        yield from job.trials
        if error is not None:
            raise error
        self._judge(job, parent)

    def _worked(self, job: Job) -> BaseException | None:
        """Run DSPy's optimizer; what it must end with, None where it ended by itself."""
        lm = relay(job.reflecting)
        try:
            with muted(), dspy.context(lm=lm, adapter=ProposalAdapter(), disable_history=True):
                self.optimize(job, lm)
        except BaseException as exc:
            if job.error is not None:
                return job.error
            if not isinstance(exc, Exception):
                return exc
            if isinstance(exc, SynthlabError):
                return exc
            failed = SynthlabError(
                f"{self.title} failed: {type(exc).__name__}: {exc}",
                "use another search, such as gepa, and report this with the config",
            )
            failed.__cause__ = exc
            return failed
        return job.error

    def _judge(self, job: Job, parent: Trial) -> None:
        name, was = parent.candidate.name, parent.score.f1
        tried = f"{job.made} prompt{'s' * (job.made != 1)} tried"
        if job.unusable:
            (most, _), *_ = Counter(job.unusable).most_common(1)
            tried += f", {len(job.unusable)} proposed that cannot be used ({most})"
        if job.unanswered:
            tried += f", {len(job.unanswered)} times no proposal ({job.unanswered[0]})"
        whole = [trial for trial in job.trials if bool(trial.short) <= bool(parent.short)]
        best = max(whole, key=lambda trial: trial.score.f1, default=parent)
        if best.score.f1 > was:
            gain = f"{best.candidate.name} reaches {best.score.f1:.3f}, {name} {was:.3f}"
            self._end(IMPROVED, f"{gain}; {tried}")
        elif not job.made and self.proposes:
            self._end(UNUSABLE, f"no usable proposal: {tried}")
        else:
            self._end(SAME, f"nothing better than {name} ({was:.3f}): {tried}")

    def _end(self, finish: str, said: str) -> None:
        self.finish, self.ending = finish, f"{self.short}: {said}"

    def _check(self, start: Sequence[Candidate], objective: Objective) -> None:
        names = {name for one in start for name in self._prompts(one, objective)}
        if names and self.params.prompt not in names:
            raise ConfigError(
                f"search.with.prompt: no candidate has a prompt '{self.params.prompt}'; "
                f"there are: {', '.join(sorted(names))}",
                "name the prompt that is to be rewritten",
            )

    def _has(self, candidate: Candidate, objective: Objective) -> bool:
        return self.params.prompt in self._prompts(candidate, objective)

    def _prompts(self, candidate: Candidate, objective: Objective) -> dict[str, str]:
        found: dict[str, str] = objective.config(candidate)["generator"].get("prompts", {})
        return found


def _said(exc: BaseException) -> str:
    return exc.what if isinstance(exc, SynthlabError) else type(exc).__name__
