"""A result in words. Nothing is said that the figures do not carry."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import asdict
from shlex import quote

from synthlab.outcomes import Baseline, RunResult, Trial, shortage
from synthlab.records import Usage
from synthlab.report.tables import money
from synthlab.report.verdict import cheaper, winning

ONCE = "Each prompt was generated once: small differences may be luck."


def describe(result: RunResult) -> str:
    """What the leaderboard and the finals mean, in a few sentences.

    Where the scores are from one generation of each candidate, the text says so. What to train on
    and what the rows are worth stand in ``Finals.said``.
    """
    return " ".join(_sentences(result))


def ending(result: RunResult) -> str:
    """What the run took beside what was expected, and what to do next."""
    flag = f" --store {quote(result.store)}" if result.store else ""
    paid = result.paid
    lines = [f"run {result.run_id[:8]}: {_minutes(result.seconds / 60)}, {_calls(paid)}"]
    if result.estimated:
        known = result.estimated
        usd = f", {money(known['est_usd'])} USD" if "est_usd" in known else ""
        lines.append(
            f"expected: {_minutes(known['est_minutes'])} of LM time, "
            f"{known['est_calls']:,.0f} calls{usd}, if none is in the journal"
        )
    if result.unsent:
        lines.append(f"{result.unsent}\nnext: synthlab sync")
    elif not result.stopped:
        lines += ["next:", *_steps(quote(result.name), flag)]
    return "\n".join(lines)


def _steps(name: str, flag: str) -> list[str]:
    """The commands that make sense after a run, each with what it is for."""
    steps = {
        f"synthlab report {name} -o {name}.html{flag}": "one page that explains it",
        f"synthlab compare {name} --panel{flag}": "tables and the panel",
        f"synthlab ui{flag}": "prompts, rows, calls",
        f"synthlab promote {name}{flag}": "make it the champion",
    }
    width = max(map(len, steps))
    return [f"  {command:<{width}}  # {why}" for command, why in steps.items()]


def _minutes(minutes: float) -> str:
    return f"{minutes * 60:.0f} s" if minutes < 1 else f"{minutes:.1f} min"


def _calls(paid: Usage) -> str:
    if not paid.calls:
        return "no LM call: every answer was in the journal"
    return f"{paid.calls:,} LM calls, {paid.tokens:,} tokens, {money(paid.cost_usd)} USD paid"


def _sentences(result: RunResult) -> list[str]:
    many = len(result.trials) > 1
    if result.finals is not None:
        once = result.finals.winner.dev.generations == 1 and many
        return [*winning(asdict(result.finals)), *_short(result.trials), *([ONCE] if once else [])]
    winner = result.winner
    said = [_winner(winner, result.trials)]
    if winner.quota:
        free = cheaper(winner.score.f1, [(item.name, item.f1) for item in result.baselines])
        said += [free.strip()] if free else []
    if result.stopped:
        count = len(result.trials)
        scored = f"{count} candidate{'s were' if count > 1 else ' was'}"
        said.append(f"The run stopped at a cap of its budget when {scored} scored.")
    worth = "" if winner.quota else real_worth(winner.score.f1, result.baselines)
    if worth:
        said.append(worth)
    if winner.augmented is not None:
        said.append(_augmented(winner, result.baselines))
    said += _short(result.trials)
    return [*said, ONCE] if many else said


def _winner(winner: Trial, trials: Sequence[Trial]) -> str:
    rows = len(winner.curated.kept)
    name = winner.candidate.name
    added = ", added to the real ones," if winner.quota else ""
    said = f"{name} wins: {rows} of its rows{added} train a classifier to "
    said += f"{winner.score.f1:.2f} macro-F1"
    whole = (t for t in trials if not t.short and not t.out)
    direct = next((t for t in whole if t.candidate.is_direct), None)
    if direct is not None and direct is not winner:
        gap = winner.score.f1 - direct.score.f1
        said += f" on real rows, {gap:.2f} above the direct prompt"
        return said + "."
    return said + " on real rows."


def _short(trials: Sequence[Trial]) -> list[str]:
    """Which candidates kept too few rows, and what that does to the comparison."""
    short = [trial for trial in trials if trial.short]
    if not short:
        return []
    names = "; ".join(
        f"{trial.candidate.name} ({shortage(trial.short, trial.asked)})" for trial in short
    )
    if len(short) == len(trials):
        return [f"No candidate kept every row asked for, so scores differ by rows too: {names}."]
    return [f"Ranked after the others whatever the score, because rows are missing: {names}."]


def _augmented(winner: Trial, baselines: Sequence[Baseline]) -> str:
    mixed = winner.augmented
    if mixed is None:
        return ""
    alone = next((b for b in baselines if b.per_class == mixed.per_class), None)
    if mixed.per_class is None or alone is None:
        return ""
    verb = "lift" if mixed.f1 > alone.f1 else "do not lift"
    return (
        f"Added to real rows ({mixed.per_class} a class), they {verb} the score: "
        f"{alone.f1:.2f} without, {mixed.f1:.2f} with."
    )


def real_worth(f1: float, baselines: Sequence[Baseline]) -> str:
    """How many real rows a class reach the same score, between the sizes that were measured."""
    sizes = [(b.per_class, b.f1) for b in baselines if b.per_class is not None]
    if len(sizes) < 2:
        return ""
    for size, score in sizes:
        if math.isclose(f1, score, abs_tol=0.0005):
            return f"That is the score of {_rows(size)} a class."
    if f1 < sizes[0][1]:
        return f"That is less than the {sizes[0][1]:.2f} of {_rows(sizes[0][0])} a class."
    for (low, f_low), (high, f_high) in itertools.pairwise(sizes):
        if f_low <= f1 < f_high:
            share = (f1 - f_low) / (f_high - f_low)
            count = math.exp(math.log(low) + share * (math.log(high) - math.log(low)))
            return f"That is the score of about {_rows(round(count))} a class."
    return f"That is more than the {sizes[-1][1]:.2f} of {_rows(sizes[-1][0])} a class."


def _rows(count: int) -> str:
    return f"{count} real {'row' if count == 1 else 'rows'}"
