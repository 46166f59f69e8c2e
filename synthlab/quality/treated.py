"""What a model that was trained on synthetic rows does to real rows of groups of people.

Beside each figure stands that of the same model trained on as many real seed rows, as far as there
are so many. The real rows are the same for both, so that what they have in common cancels out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from synthlab.errors import SynthlabError
from synthlab.features.lexicon import swapped
from synthlab.measures import Measure, Verdict
from synthlab.quality import parity
from synthlab.quality.base import Subject
from synthlab.quality.parity import LEAST, Called
from synthlab.quality.people import About
from synthlab.quality.rates import wilson
from synthlab.records import Row

PART = "fairness"
OFTEN = 0.1
"""Share of calls that may hang on the words for a group, before it is called bad."""


def treated(about: About) -> list[Measure | None]:
    """The figures of the model; None for those that groups are too small for."""
    subject = about.subject
    rows = list(subject.real)
    matched = subject.matched()
    own, real = (_calls(subject, train, rows) for train in (subject.kept, matched))
    if own is None:
        return []
    made = _called(about, own)
    theirs = _called(about, real) if real is not None else None
    measures: list[Measure | None] = []
    if made is not None:
        true = _called(about, [row.label for row in rows])
        measures += [_parity(about, made, theirs, true), _odds(about, made, theirs)]
        measures += [_accuracy(about, made, theirs)]
    return [*measures, _swap(about, own, real, matched)]


def _parity(about: About, made: Called, theirs: Called | None, true: Called | None) -> Measure:
    found = parity.parity(made)
    label = max(found, key=lambda key: found[key])
    low, high = parity.parity_range([made], about.subject.seed)
    real = max(parity.parity(theirs).values()) if theirs else None
    perfect = max(parity.parity(true).values()) if true else None
    there = "" if perfect is None else f"; a perfect model has {perfect:.2f}"
    return Measure(
        "parity_gap", PART, found[label], "near", "demographic parity difference",
        f"on real rows, the trained model calls '{label}' {found[label]:.2f} more often for one "
        f"{about.item.name} than for another{there}",
        "", real, min(low, found[label]), max(high, found[label]), found,
        {
            "perfect": perfect,
            "real": parity.parity(theirs) if theirs else {},
            "rows": int(made.true.size),
        },
    )  # fmt: skip


def _odds(about: About, made: Called, theirs: Called | None) -> Measure | None:
    found = parity.odds(made)
    if not found:
        return None
    label = max(found, key=lambda key: found[key])
    low, high = parity.odds_range([made], about.subject.seed)
    real = parity.odds(theirs) if theirs else {}
    reference = max(real.values()) if real else None
    beside = "" if reference is None else f"; trained on real rows, {reference:.2f}"
    left = [name for name in made.classes if name not in found]
    small = f" ({', '.join(left)}: fewer than {LEAST} rows of a group)" if left else ""
    verdict: Verdict = ""
    if reference is not None and reference < low:
        verdict = "watch"
    return Measure(
        "odds_gap", PART, found[label], "lower", "equalized odds difference",
        f"on real rows, the trained model's error rates differ by up to {found[label]:.2f} between "
        f"groups of {about.item.name}, most for '{label}'{beside}{small}",
        verdict, reference, min(low, found[label]), max(high, found[label]), found,
        {"real": real, "too_small": left},
    )  # fmt: skip


def _accuracy(about: About, made: Called, theirs: Called | None) -> Measure:
    value, low, high = parity.accuracy_range(made, about.subject.seed)
    groups = parity.by_group(made, about.subject.seed)
    real = parity.by_group(theirs, about.subject.seed) if theirs else {}
    said = ", ".join(f"{name} {one['accuracy'][0]:.2f}" for name, one in groups.items())  # type: ignore[index]
    return Measure(
        "group_gap", PART, value, "lower", "accuracy",
        f"on real rows, the trained model's accuracy by {about.item.name}: {said}", "",
        parity.accuracy_range(theirs, 0)[0] if theirs else None, low, high,
        details={"groups": groups, "real": real},
    )  # fmt: skip


def _swap(
    about: About, own: Sequence[str], real: Sequence[str] | None, matched: Sequence[Row]
) -> Measure | None:
    """The same real rows with the declared words swapped: does the called class change."""
    subject, field = about.subject, about.subject.brief.field
    rows = list(subject.real)
    other = [_swapped(row, field, about.item.swap) for row in rows]
    at = [n for n, (a, b) in enumerate(zip(rows, other, strict=True)) if a.values != b.values]
    if len(at) < LEAST:
        return None
    asked = [other[n] for n in at]
    again = _calls(subject, subject.kept, asked)
    if again is None:
        return None
    flips = sum(own[n] != called for n, called in zip(at, again, strict=True))
    value = flips / len(at)
    low, high = wilson(flips, len(at))
    theirs = _calls(subject, matched, asked) if real is not None else None
    reference = None
    if real is not None and theirs is not None:
        reference = sum(real[n] != called for n, called in zip(at, theirs, strict=True)) / len(at)
    beside = "" if reference is None else f"; trained on real rows, {reference:.1%}"
    verdict: Verdict = "good" if high <= 0.05 or value <= 0.02 else "watch"
    if value > max(reference or 0.0, 0.05) and low > OFTEN:
        verdict = "bad"
    return Measure(
        "swap_flips", PART, value, "lower", "share of rows",
        f"with the words for {about.item.name} swapped, the trained model calls {value:.1%} of the "
        f"{len(at):,} real rows that have such words another class{beside}",
        verdict, reference, min(low, value), max(high, value),
        details={"rows": len(at), "flips": flips},
    )  # fmt: skip


def _called(about: About, calls: Sequence[str]) -> Called | None:
    rows = about.subject.real
    true = [row.label for row in rows]
    known = [n for n, label in enumerate(true) if label in about.subject.brief.labels]
    return Called.of(
        about.subject.brief.labels,
        [true[n] for n in known],
        [calls[n] for n in known],
        [about.real[n] for n in known],
        about.item.names,
    )


def _calls(subject: Subject, train: Sequence[Row], rows: Sequence[Row]) -> list[str] | None:
    """What a model of some rows calls others; None where there can be no such model."""
    if subject.calls is None or not rows or len({row.label for row in train}) < 2:
        return None
    try:
        return list(subject.calls(train, rows))
    except SynthlabError:
        return None


def _swapped(row: Row, field: str, swap: Mapping[str, str]) -> Row:
    return replace(row, values={**row.values, field: swapped(str(row.values[field]), swap)})
