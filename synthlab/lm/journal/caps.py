"""Hard caps: what a budget allows, and the sum that says whether one more request fits.

A request is let through only if everything settled, everything reserved by requests under way and
the most that this one can take stay within each cap. Nothing here reads a database or a clock.
"""

from __future__ import annotations

from dataclasses import dataclass

from synthlab.errors import BudgetError


@dataclass(frozen=True, slots=True)
class Caps:
    """The most that all calls of one budget may take; None is no cap.

    Attributes:
        usd: US dollars.
        tokens: input and output tokens together.
        calls: requests sent, retries included.
        minutes: wall time that at least one process of the budget is at work.
    """

    usd: float | None = None
    tokens: int | None = None
    calls: int | None = None
    minutes: float | None = None


@dataclass(slots=True)
class Money:
    """The running sums of one budget: requests sent, settled, and held by requests under way."""

    calls: int = 0
    tokens: int = 0
    usd: float = 0.0
    held_tokens: int = 0
    held_usd: float = 0.0

    def hold(self, tokens: int, usd: float) -> None:
        """Reserve one request."""
        self.calls += 1
        self.held_tokens += tokens
        self.held_usd += usd

    def free(self, tokens: int, usd: float) -> None:
        """Give a reservation back."""
        self.held_tokens -= tokens
        self.held_usd -= usd

    def spend(self, tokens: int, usd: float) -> None:
        """Count what was paid, or may have been."""
        self.tokens += tokens
        self.usd += usd

    def refusal(self, caps: Caps, tokens: int, usd: float) -> BudgetError | None:
        """Why a request of at most so many tokens and USD may not be sent; None if it may."""
        if caps.calls is not None and self.calls + 1 > caps.calls:
            return _stopped("calls", f"{caps.calls:,.0f} calls", f"{self.calls:,} were sent")
        if caps.tokens is not None and self.tokens + self.held_tokens + tokens > caps.tokens:
            return _stopped(
                "tokens",
                f"{caps.tokens:,.0f} tokens",
                f"{self.tokens:,} are spent{_reserved(f'{self.held_tokens:,}', self.held_tokens)}, "
                f"the next request may take {tokens:,}",
            )
        # Sums of floats: a cap that is met exactly is not passed.
        if caps.usd is not None and self.usd + self.held_usd + usd > caps.usd * (1 + 1e-9):
            return _stopped(
                "usd",
                f"{caps.usd:g} USD",
                f"{self.usd:.6f} USD are spent{_reserved(f'{self.held_usd:.6f}', self.held_usd)}, "
                f"the next request may cost {usd:.6f}",
            )
        return None

    def waits(self, caps: Caps, tokens: int, usd: float) -> bool:
        """Whether a refused request may fit once requests under way have settled."""
        if not self.held_tokens and self.held_usd <= 0:
            return False
        return Money(self.calls, self.tokens, self.usd).refusal(caps, tokens, usd) is None


def out_of_time(caps: Caps, seconds: float) -> BudgetError | None:
    """The refusal of a request after the last minute; None while there is time."""
    if caps.minutes is None or seconds < caps.minutes * 60:
        return None
    worked = f"{seconds / 60:.1f} were worked, all processes together"
    return _stopped("minutes", f"{caps.minutes:g} minutes", worked)


def _reserved(shown: str, held: float) -> str:
    return f", {shown} are reserved" if held > 1e-9 else ""


def _stopped(key: str, cap: str, spent: str) -> BudgetError:
    return BudgetError(
        f"stopped: budget: the cap of {cap} would be passed: {spent}",
        f"raise it and run again: --set budget.{key}=...; calls that were paid are not paid twice",
        key,
    )
