"""Answers in which the LM speaks about itself or declines, in place of the text it was asked for.

Only the opening is looked at, and the patterns want an "I" that declines to write: news about
language models, quoted apologies and disappointed reviews stay. An opening such as "Here is a short
news article:" is not a refusal.
"""

from __future__ import annotations

import re

from pydantic import BaseModel, ConfigDict

from synthlab.curation.base import Known

_OPENING = 200  # characters

_SORRY = (
    r"(?:(?:unfortunately|apologies|sorry|my apologies|i(?:'m| am) (?:\w+ )?sorry|"
    r"i (?:\w+ )?apologi[sz]e)(?: for \w+ \w+)?[,.;:!]? (?:but |however,? )?)"
)
_CANNOT = (
    r"i(?:'m| am)? (?:can ?not|can't|won't|will not|unable to|not able to|must decline to|"
    r"not comfortable(?: with)?|don't feel comfortable(?: with)?)"
)
_THIS = r"(?:you|a|an|any|the|this|that|these|those|such|content|text|information|articles?)\b"
_TASK = (
    r"(?:assist\b|fulfil|comply\b|help (?:you )?with (?:that|this|your)\b|"
    rf"(?:directly )?(?:provide|generate|create|write|produce|discuss|answer|continue) {_THIS}|"
    r"engage in\b|do that\b|(?:providing|generating|creating|writing|discussing)\b)"
)
_MODEL = (
    r"an? (?:ai|artificial intelligence|ai language model|(?:large )?language model|llm)"
    r"(?: (?:model|assistant|(?:chat)?bot|system))?"
)
_MADE = r"(?:(?: that was)? (?:developed|created|trained|made|designed) by [\w ]{1,30})?"
_REFUSAL = re.compile(
    rf"^{_SORRY}?{_CANNOT} {_TASK}"
    rf"|^{_SORRY}{_CANNOT}[.!]"
    rf"|(?:^|[.!?:,] ?)(?:but )?as {_MODEL}{_MADE}"
    r"(?:, (?:i|my)\b|,? i(?:'m| am| can|'ve| have| do| don't| must| will| would| lack)\b)"
    rf"|^{_SORRY}?i(?:'m| am) (?:just |only )?{_MODEL}"
    r"(?:[,.]| and i\b| (?:developed|created|trained|made|designed)\b)"
    r"|^i (?:don't|do not) have (?:personal (?:opinions|experiences|beliefs)|"
    r"access to (?:real|current|the internet)|the ability to)",
    re.IGNORECASE,
)


class Refusals:
    """Drops refusals and talk of being a model."""

    class Params(BaseModel):
        """There is nothing to set."""

        model_config = ConfigDict(extra="forbid", frozen=True)

    def __init__(self, params: Params, real: Known) -> None:
        self.params = params

    def check(self, text: str, label: str) -> str | None:
        opening = re.sub(r"\s+", " ", text[: 2 * _OPENING].replace("\u2019", "'")).strip()
        return "refusal" if _REFUSAL.search(opening[:_OPENING]) else None

    def keep(self, text: str) -> None:
        """Nothing to remember."""
