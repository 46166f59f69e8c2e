"""What a call can cost at most, and what an answer has cost.

Rates and arithmetic are in ``prices.py``; what is done with the sums is the journal's business.
"""

from __future__ import annotations

from dataclasses import dataclass

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
        said, wrote = reported.input_tokens, reported.output_tokens
        cached, written = reported.cache_read_tokens or 0, reported.cache_write_tokens or 0
        known = said is not None and wrote is not None
        if known:
            cost = self._usd(said, wrote, cached, written, batch)
        else:
            # Nobody can tell what it took: what was held for it is counted, and flagged.
            cost = usd if self.price or self.local else None
            said, wrote = tokens, 0
        reasoning = reported.reasoning_tokens or 0
        usage = Usage(1, said, wrote, cost, made.seconds, cached, written, reasoning)
        text = made.response.message.text or ""
        finish = str(made.response.finish_reason)
        return Kept(text, finish, usage, made.attempts, assumed=not known)

    def _usd(
        self, tokens_in: int, tokens_out: int, cached: int, written: int, batch: bool
    ) -> float | None:
        if self.price is None:
            return None
        return cost_usd(self.price, tokens_in, tokens_out, cached, written, batch)
