"""A whole trial -> what its model and the dev rows say about its rows."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from synthlab.feedback.base import Evidence
from synthlab.findings import Feedback
from synthlab.outcomes import Trial
from synthlab.workflow.plan import Plan


def told(plan: Plan, trial: Trial) -> Trial:
    """The trial with its findings, and how sure its model is of each dev row's true class.

    Raises:
        SynthlabError: the classifier cannot be fitted on its rows.
    """
    kept, dev = trial.curated.kept, plan.splits.dev
    model = plan.scorer.fit(kept)
    proba = plan.scorer.proba(model, dev)
    settings = plan.config.feedback
    evidence = Evidence(
        plan.brief, kept, dev, model, trial.score, proba, settings.least, plan.config.seed
    )
    found = [
        finding for critic in plan.critics for finding in critic.made(critic.params).find(evidence)
    ]
    found.sort(key=lambda finding: -finding.gain)
    sure = proba[np.arange(len(dev)), trial.score.true]
    return replace(trial, feedback=Feedback(tuple(found), settings.most), sure=sure)
