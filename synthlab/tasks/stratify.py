"""Which row goes to which split: quotas by class, then whole groups, then single rows.

Knows ids, labels and group numbers only. Chance comes from hashes of the seed and the row's id, so
that the order of the rows plays no part.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from synthlab.errors import DataError

SEED, DEV, TEST = "seed", "dev", "test"
LEAST = {SEED: 1, DEV: 2, TEST: 2}
Quotas = dict[str, dict[str, int]]  # rows by split and class


@dataclass(frozen=True, slots=True)
class Sizes:
    """Rows in all that dev and test are to hold."""

    dev: int
    test: int


def rank(id: str, seed: int) -> int:
    """A 64-bit number drawn for ``id``; another ``seed`` draws another."""
    return int.from_bytes(hashlib.blake2b(f"{seed}:{id}".encode(), digest_size=8).digest(), "big")


def quotas(counts: Mapping[str, int], wanted: Sizes, origin: str) -> Quotas:
    """Rows of each class that each split is to hold, in proportion to the class.

    Raises:
        DataError: a class is too small, or ``wanted`` does not fit the rows.
    """
    _check_classes(counts, origin)
    _check_total(counts, wanted, origin)
    room = {label: n - LEAST[SEED] - LEAST[DEV] for label, n in counts.items()}
    test = _apportion(wanted.test, counts, LEAST[TEST], room)
    room = {label: n - LEAST[SEED] - test[label] for label, n in counts.items()}
    dev = _apportion(wanted.dev, counts, LEAST[DEV], room)
    seed = {label: n - test[label] - dev[label] for label, n in counts.items()}
    return {SEED: seed, DEV: dev, TEST: test}


def _check_classes(counts: Mapping[str, int], origin: str) -> None:
    need = sum(LEAST.values())
    small = sorted((n, label) for label, n in counts.items() if n < need)
    if small:
        names = ", ".join(f"'{label}' has {n}" for n, label in small[:5])
        more = f" and {len(small) - 5} more classes" if len(small) > 5 else ""
        raise DataError(
            f"{origin}: too few rows in a class: {names}{more}; each class needs {need} "
            f"({LEAST[SEED]} in seed, {LEAST[DEV]} in dev, {LEAST[TEST]} in test)",
            "add rows to these classes, join them with others, or leave them out; "
            "if there are many such classes, check that `label` names the right column",
        )


def _check_total(counts: Mapping[str, int], wanted: Sizes, origin: str) -> None:
    for name, size in ((DEV, wanted.dev), (TEST, wanted.test)):
        if size < LEAST[name] * len(counts):
            raise DataError(
                f"{origin}: {name} of {size} rows is too small for {len(counts)} classes: "
                f"{LEAST[name]} rows a class are {LEAST[name] * len(counts)}",
                f"raise {name}",
            )
    total, seed = sum(counts.values()), LEAST[SEED] * len(counts)
    if wanted.dev + wanted.test + seed > total:
        raise DataError(
            f"{origin}: dev ({wanted.dev} rows), test ({wanted.test}) and a seed row for each of "
            f"{len(counts)} classes are more than the {total} rows there are",
            "lower dev or test, or give them as shares, such as 0.2 and 0.4",
        )


def _apportion(
    total: int, counts: Mapping[str, int], low: int, high: Mapping[str, int]
) -> dict[str, int]:
    """Whole numbers near ``total``'s fair shares, between ``low`` and ``high``, that sum to it."""
    everything = sum(counts.values())
    fair = {label: total * n / everything for label, n in sorted(counts.items())}
    parts = {label: min(max(int(x), low), high[label]) for label, x in fair.items()}
    while sum(parts.values()) < total:
        open_ = [label for label in parts if parts[label] < high[label]]
        parts[max(open_, key=lambda label: fair[label] - parts[label])] += 1
    while sum(parts.values()) > total:
        open_ = [label for label in parts if parts[label] > low]
        parts[max(open_, key=lambda label: parts[label] - fair[label])] -= 1
    return parts


def assign(
    ids: Sequence[str], labels: Sequence[str], groups: Sequence[int], plan: Quotas, seed: int
) -> list[str]:
    """The split of each row; rows of one group share theirs.

    Groups go first, the largest before the others, into a split that has room for all their rows.
    Single rows then fill test and dev to the planned sizes. A group that fits nowhere goes to seed,
    and then dev or test may stay smaller than planned.
    """
    left = {name: Counter(parts) for name, parts in plan.items()}
    members: dict[int, list[int]] = {}
    for i, group in enumerate(groups):
        members.setdefault(group, []).append(i)
    ranks = [rank(id, seed) for id in ids]

    def order(rows: list[int]) -> tuple[int, int]:
        return -len(rows), min(ranks[i] for i in rows)

    places = [SEED] * len(ids)
    for rows in sorted(members.values(), key=order):
        need = Counter(labels[i] for i in rows)
        if len(rows) > 1:
            name = _choose(need, left, order(rows)[1])
        else:
            name = _fill(labels[rows[0]], left, plan)
        left[name].subtract(need)
        for i in rows:
            places[i] = name
    return places


def _choose(need: Counter[str], left: Mapping[str, Counter[str]], draw: int) -> str:
    """A split with room for ``need``, drawn in proportion to the room that it has."""
    fits = [name for name, room in left.items() if all(room[k] >= n for k, n in need.items())]
    if not fits:
        return SEED
    weights = [sum(left[name][label] for label in need) for name in fits]
    point = draw % sum(weights)
    for name, weight in zip(fits, weights, strict=True):
        if point < weight:
            return name
        point -= weight
    return SEED


def _fill(label: str, left: Mapping[str, Counter[str]], plan: Quotas) -> str:
    """Test and dev in step, so that neither starves when large groups took the rows of a class."""
    name = max((TEST, DEV), key=lambda name: left[name][label] / plan[name][label])
    return name if left[name][label] > 0 else SEED
