"""How many seed rows a class may have: ``task.split.seed_per_class``, and what it leaves unused."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from synthlab.errors import DataError
from synthlab.records import Row

OTHERS = "*"
"""In a mapping by label: every class that is not named."""

SHOWN = 5
"""Classes that a note names."""


def caps_of(given: int | Mapping[str, int] | None, labels: Sequence[str]) -> dict[str, int]:
    """The most rows of each class that has a limit; ``given`` is one number, or by label.

    Raises:
        DataError: a number below 1, or an unknown class.
    """
    if given is None:
        return {}
    named = dict(given) if isinstance(given, Mapping) else {OTHERS: given}
    for label, most in named.items():
        if most < 1:
            of = f" for '{label}'" if isinstance(given, Mapping) else ""
            raise DataError(f"seed_per_class is {most}{of}", "give 1 or more, or nothing")
        if label not in (*labels, OTHERS):
            raise DataError(
                f"seed_per_class: no class '{label}'",
                f"classes: {', '.join(labels)}; {OTHERS} is every other class",
            )
    found = {label: named.get(label, named.get(OTHERS)) for label in labels}
    return {label: most for label, most in found.items() if most is not None}


def capped(seed: Sequence[Row], caps: Mapping[str, int], notes: list[str]) -> list[Row]:
    """The first rows of each class, sorted by id; what is left out or missing goes to ``notes``."""
    taken: Counter[str] = Counter()
    kept = []
    for row in seed:
        if row.label not in caps or taken[row.label] < caps[row.label]:
            taken[row.label] += 1
            kept.append(row)
    if len(kept) < len(seed):
        unused = len(seed) - len(kept)
        notes.append(f"{unused} rows are not used: seed_per_class allows {_words(caps, taken)}")
    short = sorted(label for label, most in caps.items() if taken[label] < most)
    if short:
        names = ", ".join(f"'{label}' ({taken[label]} of {caps[label]})" for label in short[:SHOWN])
        notes.append(f"fewer seed rows than seed_per_class in: {names}")
    return sorted(kept, key=lambda row: row.id)


def _words(caps: Mapping[str, int], taken: Mapping[str, int]) -> str:
    """The limits: of all classes, or of each number in turn."""
    by: dict[int, list[str]] = {}
    for label, most in sorted(caps.items()):
        by.setdefault(most, []).append(f"'{label}'")
    if len(by) == 1 and len(caps) == len(taken):
        return f"{next(iter(by))} seed rows a class"
    return ", ".join(f"{most} of {_listed(names)}" for most, names in sorted(by.items()))


def _listed(names: Sequence[str]) -> str:
    """At most five."""
    if len(names) > SHOWN:
        return f"{', '.join(names[:SHOWN])} and {len(names) - SHOWN} more"
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
