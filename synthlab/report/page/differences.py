"""What changed between two prompts: words in and out, parameters line by line."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from typing import Any

import yaml
from markupsafe import Markup

from synthlab.report.page.material import Prompt

AROUND = 2
MOST_LINES = 120


def changed(before: Prompt, after: Prompt) -> dict[str, Any]:
    """Everything that differs: settings, prompt texts, parameters, one rendered prompt."""
    names = [*after.texts, *(name for name in before.texts if name not in after.texts)]
    texts = [
        {"name": name, "diff": word_diff(before.texts.get(name, ""), after.texts.get(name, ""))}
        for name in names
        if before.texts.get(name) != after.texts.get(name)
    ]
    same = [name for name in before.rendered if name in after.rendered]
    example = same[0] if same else ""
    return {
        "settings": _settings(before, after),
        "texts": texts,
        "params": line_diff(_lines(before.params), _lines(after.params)),
        "weights": _weights(before.params, after.params),
        "example": example,
        "rendered": word_diff(before.rendered[example], after.rendered[example]) if example else "",
        "shows_real": after.shows_real,
    }


def word_diff(before: str, after: str) -> Markup:
    """``after`` with what is new marked as inserted, and what is gone as deleted."""
    old, new = _words(before), _words(after)
    parts = []
    for tag, a, b, c, d in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            parts.append(Markup("{}").format("".join(old[a:b])))
            continue
        gone, came = "".join(old[a:b]), "".join(new[c:d])
        parts += [Markup("<del>{}</del>").format(gone)] if gone else []
        parts += [Markup("<ins>{}</ins>").format(came)] if came else []
    return Markup("").join(parts)


def line_diff(before: Sequence[str], after: Sequence[str]) -> dict[str, Any] | None:
    """Lines of a unified difference with their sign; None where nothing differs."""
    if list(before) == list(after):
        return None
    found = []
    for line in difflib.unified_diff(before, after, n=AROUND, lineterm=""):
        if line.startswith(("---", "+++")):
            continue
        if line.startswith("@@"):
            found.append({"sign": "gap", "text": "⋯"})
        else:
            sign = {"+": "in", "-": "out"}.get(line[0], "same")
            found.append({"sign": sign, "text": line[1:]})
    found = found[1:]  # the first gap says nothing
    return {
        "lines": found[:MOST_LINES],
        "left": max(0, len(found) - MOST_LINES),
        "added": sum(item["sign"] == "in" for item in found),
        "removed": sum(item["sign"] == "out" for item in found),
    }


def _settings(before: Prompt, after: Prompt) -> list[dict[str, str]]:
    old = {"generator": before.generator, **before.settings}
    new = {"generator": after.generator, **after.settings}
    if before.shows_real != after.shows_real:
        old["real rows shown in prompts"] = str(before.shows_real)
        new["real rows shown in prompts"] = str(after.shows_real)
    return [
        {"name": key, "before": str(old.get(key, "–")), "after": str(new.get(key, "–"))}
        for key in dict.fromkeys([*new, *old])
        if old.get(key) != new.get(key)
    ]


def _words(text: str) -> list[str]:
    return re.findall(r"\s+|\w+|[^\w\s]", text)


def _lines(params: Mapping[str, Any]) -> list[str]:
    if not params:
        return []
    text = yaml.safe_dump(_plain(params), sort_keys=False, allow_unicode=True, width=100)
    return [str(line) for line in text.splitlines()]


def _plain(value: Any) -> Any:
    """Plain data that YAML takes, with weights of three digits."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return float(f"{value:.3g}") if isinstance(value, float) else value


def _weights(before: Any, after: Any) -> dict[str, int] | None:
    """How many weights are heavier, lighter and new, where parameters hold weights."""
    old, new = dict(_numbers(before)), dict(_numbers(after))
    if not new:
        return None
    same = [key for key in new if key in old]
    return {
        "heavier": sum(new[key] > old[key] for key in same),
        "lighter": sum(new[key] < old[key] for key in same),
        "new": len(new) - len(same),
        "gone": len(old) - len(same),
    }


def _numbers(value: Any, path: tuple[str, ...] = ()) -> list[tuple[tuple[str, ...], float]]:
    if isinstance(value, Mapping):
        return [pair for key, item in value.items() for pair in _numbers(item, (*path, str(key)))]
    return [(path, value)] if isinstance(value, float) else []
