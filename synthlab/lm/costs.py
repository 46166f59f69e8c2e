"""What a call can cost at most, and what an answer has cost.

Rates and arithmetic are in ``prices.py``; what is done with the sums is the journal's business.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from synthlab.lm.attempts import Answered
from synthlab.lm.base import Price
from synthlab.lm.journal.entries import Kept
from synthlab.lm.prices import cost_usd, most_usd
from synthlab.records import Usage


@dataclass(frozen=True, slots=True)
class Costs:
    """The costs of one model's calls.

    Args:
        price: USD per million tokens, or None when it is not known.
        local: the model runs on this machine.
    """

    price: Price | None
    local: bool

    def most(self, tokens_in: int, tokens_out: int, batch: bool = False) -> float:
        """USD to hold for a call of at most so many tokens; 0 when no price is known."""
        return most_usd(self.price, tokens_in, tokens_out, batch) if self.price else 0.0

    def kept(self, made: Answered, tokens: int, usd: float, batch: bool = False) -> Kept:
        """An answer with its cost.

        Args:
            made: the answer.
            tokens: held for it.
            usd: held for it.
            batch: it came through the provider's batch API.
        """
        reported = made.response.usage
        known = reported.input_tokens is not None and reported.output_tokens is not None
        usage = Usage(
            1,
            reported.input_tokens or 0,
            reported.output_tokens or 0,
            None,
            made.seconds,
            reported.cache_read_tokens or 0,
            reported.cache_write_tokens or 0,
            reported.reasoning_tokens or 0,
        )
        if known:
            usage = replace(usage, cost_usd=self._usd(usage, batch))
        else:
            # Nobody can tell what it took: what was held for it is counted, and flagged.
            cost = usd if self.price or self.local else None
            usage = replace(usage, input_tokens=tokens, output_tokens=0, cost_usd=cost)
        text = made.response.message.text or ""
        finish = str(made.response.finish_reason)
        return Kept(text, finish, usage, made.attempts, assumed=not known)

    def _usd(self, u: Usage, batch: bool) -> float | None:
        if self.price is None:
            return None
        cached, written = u.cached_tokens, u.cache_write_tokens
        return cost_usd(self.price, u.input_tokens, u.output_tokens, cached, written, batch)
