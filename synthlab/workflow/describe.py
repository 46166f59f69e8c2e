"""What is logged of a run and a candidate beside results: parameters worth a column, prompts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from synthlab.lm.prices import prices_version
from synthlab.tracking.runs import Wording
from synthlab.workflow.judges import family_name
from synthlab.workflow.plan import Member, Plan


def run_params(plan: Plan) -> dict[str, Any]:
    """Of the whole run."""
    config = plan.config
    return {
        "task": config.task.use,
        "model": config.scoring.use,
        "also": ", ".join(plan.others) or "none",
        "real_rows": config.task.real_rows,
        "shortlist": config.finals.shortlist,
        "replicates": config.finals.replicates,
        "search": config.search.use,
        "proposer": getattr(plan.search, "proposes_by", "none"),
        "reflection": plan.reflection.model,
        "seed": config.seed,
        "rows_per_class": config.budget.rows_per_class,
        "candidates": len(plan.members),
        "seed_rows": len(plan.splits.seed),
        "dev_rows": len(plan.splits.dev),
        "test_rows": len(plan.splits.test),
        "prices": prices_version(),
    }


def trial_params(member: Member) -> dict[str, Any]:
    """Of one candidate."""
    config = member.config
    params = dict(member.candidate.params)
    return {
        "rows_per_class": config.budget.rows_per_class,
        "rows_per_request": config.generator.rows_per_request,
        "demos": len(config.generator.demos),
        "temperature": config.lm.temperature,
        "top_p": config.lm.top_p,
        "max_tokens": config.lm.max_tokens,
        "model": family_name(config.scoring),
        "seed": config.seed,
        **({"with": params} if params else {}),  # an empty one would be an axis of MLflow's charts
    }


def wording(member: Member, texts: Mapping[str, str]) -> Wording:
    """What a candidate says to the LM; ``texts`` are its generator's templates."""
    demos = member.config.generator.demos
    return Wording(texts, tuple((demo.label, demo.text) for demo in demos))
