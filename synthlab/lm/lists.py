"""Answers that hold several texts: a JSON list, a numbered list, or one text a paragraph or line.

Half-good answers keep their good texts. An empty text stands where the answer skips one, so that
the place in the list is the number that the prompt gave the text.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import json_repair

_JSON = re.compile(r"\s*(?:```\w*\s*)?[\[{]\s*(?=[\[{\"'\]}\w])")
# "2. ", "2) ", "**2.** ", "### 2: ", "Article 2: " at the start of a line.
_NUMBER = re.compile(
    r"^[ \t]*(?:[#*_>-]+[ \t]*)?(?:[^\W\d_]+[ \t]+){0,2}#?(\d{1,3})[*_]*[.):](?!\d)[*_]*[ \t]*",
    re.MULTILINE,
)
_BULLET = re.compile(r"^[ \t]*[-*\u2022][ \t]+")
# A list may skip a number or two; any other number at the start of a line is part of a text.
_SKIPS = 2


def looks_like_json(completion: str) -> bool:
    """Whether an answer begins as JSON does."""
    return _JSON.match(completion) is not None


def json_texts(completion: str, name: str) -> list[str]:
    """The texts of a JSON list that stands alone or in an object; empty when there is none.

    Args:
        completion: the answer; what stands before the JSON is passed over.
        name: the field of the object.
    """
    start = min((at for at in map(completion.find, "[{") if at >= 0), default=-1)
    if start < 0:
        return []
    found: Any = json_repair.loads(completion[start:])
    if isinstance(found, list):
        # With prose around, or one object after another, each is an item of its own.
        inside = next((i[name] for i in found if isinstance(i, dict) and name in i), None)
        found = found if inside is None else inside
    elif isinstance(found, dict):
        lists = [value for value in found.values() if isinstance(value, list)]
        found = found.get(name, lists[0] if lists else None)
    found = found if isinstance(found, list) else []
    return [_unnumbered(_text(item), number) for number, item in enumerate(found, 1)]


def numbered_texts(completion: str) -> list[str]:
    """The texts of a numbered list, each at the place of its number; empty when there is none."""
    marks = _marks(completion)
    if not marks:
        return []
    ends = [mark.start() for mark in marks[1:]] + [len(completion)]
    head = completion[: marks[0].start()].strip()
    texts = [""] * int(marks[-1][1])
    for mark, end in zip(marks, ends, strict=True):
        texts[int(mark[1]) - 1] = completion[mark.end() : end].strip()
    if int(marks[0][1]) == 2:
        texts[0] = head  # the model took the number 1 as given
    return texts


def loose_texts(completion: str) -> list[str]:
    """One text a paragraph; one a line where there is a single paragraph, or a list of points."""
    pieces = [piece.strip() for piece in re.split(r"\n\s*\n", completion)]
    pieces = [piece for piece in pieces if piece]
    if len(pieces) > 1 and pieces[0].endswith(":"):
        pieces = pieces[1:]  # "Here are three articles:"
    lines = [line.strip() for piece in pieces for line in piece.split("\n") if line.strip()]
    if len(pieces) == 1 or all(_BULLET.match(line) for line in lines):
        pieces = lines
    if len(pieces) > 1 and pieces[0].endswith(":"):
        pieces = pieces[1:]
    return [_BULLET.sub("", piece) for piece in pieces]


def unfinished(completion: str, finish: str) -> bool:
    """Whether the answer ends inside its last text.

    Args:
        completion: the answer as it came.
        finish: its finish reason; ``length`` when it was cut.
    """
    if not looks_like_json(completion):
        return finish == "length"
    quote = completion.rfind('"')
    after = completion[quote + 1 :]
    if quote > 0 and completion[quote - 1] == "\\":
        return True
    return "]" not in after and after.strip(" \n\t,}`") != ""


def numbered(texts: Sequence[str]) -> str:
    """Texts as a numbered list."""
    return "\n".join(f"{number}. {text}" for number, text in enumerate(texts, 1))


def _marks(completion: str) -> list[re.Match[str]]:
    """The list's own numbers, from the first 1 on, or from a 2 where there is none."""
    found = list(_NUMBER.finditer(completion))
    first = next((n for start in (1, 2) for n, m in enumerate(found) if int(m[1]) == start), None)
    if first is None:
        return []
    marks = [found[first]]
    for mark in found[first + 1 :]:
        last = int(marks[-1][1])
        if last < int(mark[1]) <= last + 1 + _SKIPS:
            marks.append(mark)
    return marks


def _unnumbered(text: str, number: int) -> str:
    """A text without its own number, which models that were asked to number repeat in JSON."""
    mark = _NUMBER.match(text)
    return text[mark.end() :] if mark and int(mark[1]) == number else text


def _text(item: Any) -> str:
    """A text that may stand in an object of its own, such as ``{"text": "..."}``."""
    if isinstance(item, dict):
        texts = [value for value in item.values() if isinstance(value, str)]
        item = texts[0] if len(texts) == 1 else item.get("text")
    if isinstance(item, bool) or not isinstance(item, str | int | float):
        return ""
    return str(item).strip()
