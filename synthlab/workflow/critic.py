"""A whole trial -> what its model and the dev rows say about its rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from synthlab.errors import SynthlabError
from synthlab.feedback.base import Evidence
from synthlab.findings import Feedback, Finding
from synthlab.outcomes import Trial
from synthlab.workflow.plan import Plan
from synthlab.workflow.uses import Used


def _look(plan: Plan, evidence: Evidence, part: Any) -> Sequence[Finding]:
    """What a part finds: in the evidence or, where dev rows are private, in noisy counts alone."""
    if plan.config.feedback.privacy is None:
        found: Sequence[Finding] = part.find(evidence)
        return found
    if plan.released is None:
        raise AssertionError("a run with feedback.privacy begins with a release")
    told: Sequence[Finding] = part.tell(evidence.brief, evidence.kept, plan.released.counts)
    return told


def _found(critic: Used, look: Callable[[Any], Sequence[Finding]]) -> Sequence[Finding]:
    try:
        found = look(critic.made(critic.params))
    except SynthlabError:
        raise
    except Exception as exc:  # a user's part may raise anything
        raise SynthlabError(
            f"feedback part '{critic.ref}' failed: {type(exc).__name__}: {exc}",
            "mend it, or take it out of feedback.parts; the rows are in the journal",
        ) from exc
    return found


def told(plan: Plan, trial: Trial, model: Any) -> Trial:
    """The trial with its findings, and how sure its model is of each dev row's true class.

    Args:
        plan: the run.
        trial: a whole one.
        model: its classifier, fitted on its kept rows.

    Raises:
        SynthlabError: a feedback part failed.
    """
    kept, dev = trial.curated.kept, plan.splits.dev
    proba = plan.scorer.proba(model, dev)
    settings = plan.config.feedback
    evidence = Evidence(
        plan.brief, kept, dev, model, trial.score, proba, settings.least, plan.config.seed
    )
    found = [
        finding
        for critic in plan.critics
        for finding in _found(critic, partial(_look, plan, evidence))
    ]
    found.sort(key=lambda finding: -finding.gain)
    sure = proba[np.arange(len(dev)), trial.score.true]
    return replace(trial, feedback=Feedback(tuple(found), settings.most), sure=sure)
