"""Texts that are no text: empty, without letters, unreadable, or with markup of the LM left in."""

from __future__ import annotations

import re
import unicodedata

from pydantic import BaseModel, ConfigDict

from synthlab.curation.base import Known

_UNREADABLE_SHARE = 0.1
_MARKUP = re.compile(
    r"<\|[^|>\s]{1,40}\|>"  # <|im_start|>
    r"|</?s>|\[/?INST\]|<</?SYS>>|</?think>"
    r"|<(?:start|end)_of_turn>"
    r"|\[\[ ?## "  # field markers of DSPy's chat format
    r"|^#{2,4} ?(?:instruction|input|response|output)s? ?:"
    r"|```",
    re.IGNORECASE | re.MULTILINE,
)
_JSON = re.compile(r'\s*(?:\{\s*["\'}]|\[\s*[{"\'\]])')
_BLANKS = (
    "your|insert|enter|fill in|add|placeholder|name|date|city|state|country|location|address|"
    "company|organi[sz]ation|person|player|team|title|headline|article|link|url|email|phone"
)
_TEMPLATE = re.compile(
    rf"\[(?:{_BLANKS})(?:[ ,/:'][^\[\]\n]{{0,40}})?\]"  # [Your Name], [insert city]
    r"|<(?:your|insert|enter)\b[^<>\n]{1,40}>"  # <your name>
    r"|\{\{? ?[a-z][a-z0-9_ ]{0,40}\}",  # {placeholder}
    re.IGNORECASE,
)


class Format:
    """Drops what no reader would call a text of the wanted kind."""

    class Params(BaseModel):
        """There is nothing to set."""

        model_config = ConfigDict(extra="forbid", frozen=True)

    def __init__(self, params: Params, real: Known) -> None:
        self.params = params

    def check(self, text: str, label: str) -> str | None:
        if not text.strip():
            return "empty"
        if _is_unreadable(text):
            return "unreadable characters"
        if not any(char.isalpha() for char in text):
            return "no letters"
        if _MARKUP.search(text) or _JSON.match(text):
            return "leftover markup"
        return "unfilled template" if _TEMPLATE.search(text) else None

    def keep(self, text: str) -> None:
        """Nothing to remember."""


def _is_unreadable(text: str) -> bool:
    bad = sum(_is_bad(char) for char in text)
    return "\0" in text or bad > _UNREADABLE_SHARE * len(text)


def _is_bad(char: str) -> bool:
    if char.isprintable():
        return char == "\ufffd"
    # Joiners (Cf) belong to emoji and some scripts, separators (Z) to any text.
    return char not in "\n\r\t" and unicodedata.category(char) in {"Cc", "Cs", "Co", "Cn"}
