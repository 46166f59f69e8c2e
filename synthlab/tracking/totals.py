"""The figures of a whole run, by metric name."""

from __future__ import annotations

from synthlab.outcomes import RunResult
from synthlab.records import Usage
from synthlab.tracking import names


def totals(result: RunResult) -> dict[str, float]:
    """Of the winner: f1, f1_aug, and its interval on test. Of all: rows, cost, tokens.

    What failed candidates and the finals' fresh generations took was paid too, and counts.
    ``paid_usd`` and ``paid_calls`` are what this run sent itself: rows that the journal had cost
    nothing again. ``spared_*`` is what a race saved against the full grid.
    """
    winner = result.winner
    scored = sum((trial.usage for trial in result.trials), Usage())
    usage = sum((failure.usage for failure in result.failed), scored + result.fresh)
    rows, usd = result.spared
    spared = {"spared_rows": rows, "spared_usd": usd} if rows else {}
    return names.known(
        {
            "f1": winner.score.f1,
            "f1_aug": winner.augmented.f1 if winner.augmented else None,
            "rows": sum(len(trial.curated.kept) for trial in result.trials),
            names.SCORED: len(result.trials),
            "seconds": result.seconds,
            "paid_usd": result.paid.cost_usd,
            "paid_calls": result.paid.calls,
            **spared,
            **(names.final_metrics(result.finals) if result.finals else {}),
            **result.estimated,
            **names.usage_metrics(usage),
        }
    )
