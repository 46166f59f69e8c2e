"""A whole trial -> what its model and the dev rows say about its rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from synthlab.errors import SynthlabError
from synthlab.feedback.base import Evidence
from synthlab.findings import Feedback, Finding
from synthlab.outcomes import Trial
from synthlab.workflow.plan import Plan
from synthlab.workflow.uses import Used


def _found(critic: Used, evidence: Evidence) -> Sequence[Finding]:
    try:
        found: Sequence[Finding] = critic.made(critic.params).find(evidence)
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
    found = [finding for critic in plan.critics for finding in _found(critic, evidence)]
    found.sort(key=lambda finding: -finding.gain)
    sure = proba[np.arange(len(dev)), trial.score.true]
    return replace(trial, feedback=Feedback(tuple(found), settings.most), sure=sure)
