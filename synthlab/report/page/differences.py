"""What changed between two prompts: words in and out, parameters one by one."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from markupsafe import Markup, escape

from synthlab.report.page.material import Prompt
from synthlab.report.page.numbers import DASH

MOST_LINES = 150
_NONE = object()

SHOWN, MADE_OF = "real rows shown in prompts", "real rows that rows are made of"


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
        "params": value_diff(before.params, after.params),
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


def value_diff(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any] | None:
    """Parameters that differ, under the path of what they belong to; None where none does.

    A number has what it was and what it is on one line, a list its items that came and went.
    """
    old, new = dict(_leaves(before)), dict(_leaves(after))
    keys = [
        key for key in dict.fromkeys([*new, *old]) if old.get(key, _NONE) != new.get(key, _NONE)
    ]
    if not keys:
        return None
    groups: dict[str, list[Markup]] = {}
    for key in keys[:MOST_LINES]:
        said = Markup("{}: {}").format(key[-1], _change(old.get(key, _NONE), new.get(key, _NONE)))
        groups.setdefault(" / ".join(key[:-1]), []).append(said)
    return {
        "groups": list(groups.items()),
        "left": max(0, len(keys) - MOST_LINES),
        "added": sum(key not in old for key in keys),
        "removed": sum(key not in new for key in keys),
        "changed": sum(key in old and key in new for key in keys),
    }


def _leaves(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Scalars and lists of scalars, each with the keys that lead to it."""
    if isinstance(value, Mapping) and value:
        for key, item in value.items():
            yield from _leaves(item, (*path, str(key)))
    elif isinstance(value, (list, tuple)) and any(isinstance(item, Mapping) for item in value):
        for place, item in enumerate(value, 1):
            yield from _leaves(item, (*path, str(place)))
    elif path:
        yield path, value


def _change(old: Any, new: Any) -> Markup:
    if isinstance(old, (list, tuple)) or isinstance(new, (list, tuple)):
        was = [] if old is _NONE else list(map(_said, _listed(old)))
        now = [] if new is _NONE else list(map(_said, _listed(new)))
        parts = [_marked("del", item) for item in was if item not in now]
        parts += [escape(item) if item in was else _marked("ins", item) for item in now]
        return Markup(", ").join(parts)
    if isinstance(old, str) and isinstance(new, str):
        return word_diff(old, new)
    parts = [] if old is _NONE else [_marked("del", _said(old))]
    parts += [] if new is _NONE else [_marked("ins", _said(new))]
    return Markup(" → ").join(parts)


def _listed(value: Any) -> Sequence[Any]:
    return value if isinstance(value, (list, tuple)) else [value]


def _marked(tag: str, said: str) -> Markup:
    return Markup(f"<{tag}>{{}}</{tag}>").format(said)


def _said(value: Any) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def _settings(before: Prompt, after: Prompt) -> list[dict[str, str]]:
    old = {"generator": before.generator, **before.settings}
    new = {"generator": after.generator, **after.settings}
    if before.shows_real != after.shows_real or before.asks != after.asks:
        for prompt, told in ((before, old), (after, new)):
            if prompt.shows_real or prompt.asks:
                told[SHOWN if prompt.asks else MADE_OF] = str(prompt.shows_real)
    return [
        {"name": key, "before": str(old.get(key, DASH)), "after": str(new.get(key, DASH))}
        for key in dict.fromkeys([*new, *old])
        if old.get(key) != new.get(key)
    ]


def _words(text: str) -> list[str]:
    return re.findall(r"\s+|\w+|[^\w\s]", text)
