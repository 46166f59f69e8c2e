"""A result in words. Nothing is said that the figures do not carry."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

from synthlab.records import Baseline, RunResult, Trial


def describe(result: RunResult) -> str:
    """What the leaderboard means, in a few sentences.

    The scores are from one generation of each candidate, and the text says so.
    """
    return " ".join(_sentences(result))


def _sentences(result: RunResult) -> list[str]:
    winner = result.winner
    said = [_winner(winner, result.trials)]
    if worth := real_worth(winner.score.f1, result.baselines):
        said.append(worth)
    if winner.augmented is not None:
        said.append(_augmented(winner, result.baselines))
    if result.finals:
        first = result.finals[0]
        said.append(f"On the sealed test rows, opened once, {first.name} reaches {first.f1:.2f}.")
    if len(result.trials) > 1:
        said.append("Each prompt was generated once: small differences may be luck.")
    return said


def _winner(winner: Trial, trials: Sequence[Trial]) -> str:
    rows = len(winner.curated.kept)
    name = winner.candidate.name
    said = f"{name} wins: {rows} of its rows train a classifier to {winner.score.f1:.2f} macro-F1"
    direct = next((t for t in trials if t.candidate.generator == "direct"), None)
    if direct is not None and direct is not winner:
        gap = winner.score.f1 - direct.score.f1
        said += f" on real rows, {gap:.2f} above the direct prompt"
        return said + "."
    return said + " on real rows."


def _augmented(winner: Trial, baselines: Sequence[Baseline]) -> str:
    mixed = winner.augmented
    if mixed is None:
        return ""
    size = mixed.name.removeprefix("+ ")
    alone = next((b for b in baselines if b.name == size), None)
    if alone is None:
        return ""
    verb = "lift" if mixed.f1 > alone.f1 else "do not lift"
    return (
        f"Added to real rows ({size.removeprefix('real x ')}), they {verb} the score: "
        f"{alone.f1:.2f} without, {mixed.f1:.2f} with."
    )


def real_worth(f1: float, baselines: Sequence[Baseline]) -> str:
    """How many real rows a class reach the same score, between the sizes that were measured."""
    sizes = [(_per_class(b), b.f1) for b in baselines if _per_class(b)]
    if len(sizes) < 2:
        return ""
    if f1 < sizes[0][1]:
        return f"That is less than {sizes[0][0]} real row(s) a class reach ({sizes[0][1]:.2f})."
    for (low, f_low), (high, f_high) in itertools.pairwise(sizes):
        if f_low <= f1 < f_high:
            share = (f1 - f_low) / (f_high - f_low)
            count = math.exp(math.log(low) + share * (math.log(high) - math.log(low)))
            return f"That is what about {count:.0f} real rows a class reach."
    return f"That is more than {sizes[-1][0]} real rows a class reach ({sizes[-1][1]:.2f})."


def _per_class(baseline: Baseline) -> int:
    words = baseline.name.split()
    return int(words[2]) if words[:2] == ["real", "x"] else 0
