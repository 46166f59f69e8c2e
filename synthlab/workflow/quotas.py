"""How many rows of each class: ``-n``, ``--per-class`` and ``--quota`` -> exact numbers.

Nothing is written here. The steps in which a quota is filled are here too, as they follow from the
numbers alone: a delivery that goes on takes the same steps.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path

import yaml

from synthlab.errors import ConfigError

FORMS = "write LABEL=300, LABEL=30% (of -n), or one number for every class"


def even_quota(labels: Sequence[str], count: int) -> dict[str, int]:
    """``count`` rows over the labels; the first ones take what does not divide."""
    base, rest = divmod(count, len(labels))
    return {label: base + (place < rest) for place, label in enumerate(labels)}


def alike(labels: Sequence[str], rows: Mapping[str, int], count: int) -> dict[str, int]:
    """``count`` rows in the shares that ``rows`` has; none of a class that it does not name."""
    total = sum(rows.values())
    made = _rounded({label: rows.get(label, 0) * count / total for label in labels})
    return {label: made[label] for label in labels}


def quota_of(
    labels: Sequence[str], count: int | None, asked: Sequence[str] = (), file: Path | None = None
) -> dict[str, int]:
    """Exact rows by class, in the labels' order.

    Args:
        labels: every class of the generator.
        count: rows in all; needed for shares, and where classes that are not named get the rest.
        asked: ``LABEL=300``, ``LABEL=30%`` or one ``300`` for every class.
        file: YAML or JSON, ``{label: 300}`` or ``{label: 30%}``; ``asked`` goes before it.

    Raises:
        ConfigError: an unknown class, a number that is none, or numbers that do not fit ``count``.
    """
    given = {**(_read(file) if file else {}), **_parsed(asked, labels)}
    if unknown := [label for label in given if label not in labels]:
        raise ConfigError(f"no class '{unknown[0]}'", f"the generator knows: {', '.join(labels)}")
    if not given:
        return even_quota(labels, count or 0)
    rows = _numbers(given, count)
    return _with_rest(labels, rows, count)


def steps(
    base: Mapping[str, int], quota: Mapping[str, int], size: int, each: int
) -> list[dict[str, int]]:
    """The targets of each round from ``base`` to ``quota``, every class in proportion.

    Args:
        base: rows kept already, by class.
        quota: rows wanted in all, by class.
        size: rows of a round, all classes together.
        each: rows of one LM call; a class takes whole calls until its last round.
    """
    missing = {label: max(0, n - base.get(label, 0)) for label, n in quota.items()}
    rounds = math.ceil(sum(missing.values()) / size)
    return [
        {
            label: base.get(label, 0) + min(n, math.ceil(n * step / rounds / each) * each)
            for label, n in missing.items()
        }
        for step in range(1, rounds + 1)
    ]


def _read(path: Path) -> dict[str, str]:
    try:
        found = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as exc:
        raise ConfigError(f"cannot read {path}: {exc}", "give a YAML or JSON file") from exc
    if not isinstance(found, dict) or not found:
        raise ConfigError(f"{path}: no quotas", "write a line for each class, such as sport: 300")
    return {str(label): str(value) for label, value in found.items()}


def _parsed(asked: Sequence[str], labels: Sequence[str]) -> dict[str, str]:
    given: dict[str, str] = {}
    for text in asked:
        label, mark, value = text.rpartition("=")
        if not mark and len(asked) == 1:
            return dict.fromkeys(labels, value)
        if not label:
            raise ConfigError(f"--per-class {text}: no class", FORMS)
        if label in given:
            raise ConfigError(f"--per-class {label} is given twice", "give each class once")
        given[label] = value
    return given


def _numbers(given: Mapping[str, str], count: int | None) -> dict[str, int]:
    shares = {label: _share(label, text) for label, text in given.items() if text.endswith("%")}
    rows = {label: _whole(label, text) for label, text in given.items() if label not in shares}
    if not shares:
        return rows
    if count is None:
        raise ConfigError("a share needs the number of rows in all", "give it with -n")
    if sum(shares.values()) > 100 + 1e-9:
        raise ConfigError(f"the shares sum to {sum(shares.values()):g}%", "give at most 100%")
    exact = {label: share * count / 100 for label, share in shares.items()}
    made = _rounded(exact)
    return {label: rows[label] if label in rows else made[label] for label in given}


def _rounded(exact: Mapping[str, float]) -> dict[str, int]:
    """Whole numbers by largest remainders: their sum is what the shares sum to."""
    made = {label: math.floor(value + 1e-9) for label, value in exact.items()}
    left = round(sum(exact.values())) - sum(made.values())
    for label in sorted(exact, key=lambda item: made[item] - exact[item])[:left]:
        made[label] += 1
    return made


def _with_rest(labels: Sequence[str], rows: Mapping[str, int], count: int | None) -> dict[str, int]:
    """What ``count`` leaves goes to the classes that are not named, evenly."""
    total = sum(rows.values())
    others = [label for label in labels if label not in rows]
    rest = 0 if count is None else count - total
    if rest < 0 or (rest and not others):
        raise ConfigError(
            f"the classes' rows sum to {total:,}, but -n says {count:,}",
            "leave -n out, or give numbers that sum to it",
        )
    found = {**rows, **(even_quota(others, rest) if others else {})}
    if not sum(found.values()):
        raise ConfigError("no rows are asked for", FORMS)
    return {label: found[label] for label in labels}


def _whole(label: str, text: str) -> int:
    if not text.strip().isdecimal():
        raise ConfigError(f"class '{label}': '{text}' is no number of rows", FORMS)
    return int(text)


def _share(label: str, text: str) -> float:
    try:
        share = float(text.rstrip("% "))
    except ValueError:
        share = math.nan
    if not 0 <= share <= 100:
        raise ConfigError(f"class '{label}': '{text}' is no share", FORMS)
    return share
