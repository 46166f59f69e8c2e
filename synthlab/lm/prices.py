"""What a token costs: from the settings, else nothing for local engines, else from a price table.

``lm/metered.py`` counts what calls used, ``lm/price_table.py`` reads the table; the arithmetic is
here.
"""

from __future__ import annotations

from synthlab.lm.base import LMSettings, Price, engine_class
from synthlab.lm.price_table import prices_version, table_price

__all__ = ["cost_usd", "most_usd", "price_of", "prices_version"]

MILLION = 1_000_000


def price_of(settings: LMSettings) -> Price | None:
    """USD per million tokens, as of now; None when no table knows the model.

    A server of the user's own (``base_url``) is priced only if the table knows its address, as it
    may stand for anything: give ``lm.price`` for it. ``long`` holds the prices of long prompts.

    Raises:
        EngineError: the model names no known engine.
    """
    if settings.price is not None:
        return settings.price
    if engine_class(settings).local:
        return Price(0.0, 0.0, 0.0)
    return table_price(settings)


def cost_usd(
    price: Price,
    tokens_in: int,
    tokens_out: int,
    cached: int = 0,
    cache_write: int = 0,
    batch: bool = False,
) -> float:
    """USD of one call.

    Args:
        price: USD per million tokens; ``long`` is used where the prompt is long enough.
        tokens_in: every prompt token, the next two included.
        tokens_out: every token of the answer, reasoning included.
        cached: prompt tokens that a cache served.
        cache_write: prompt tokens that were written to a cache.
        batch: the call went through the provider's batch API.
    """
    plain, hit, write, out = _rates(_for_length(price, tokens_in), batch)
    fresh = max(0, tokens_in - cached - cache_write)
    return (fresh * plain + cached * hit + cache_write * write + tokens_out * out) / MILLION


def most_usd(price: Price, tokens_in: int, tokens_out: int, batch: bool = False) -> float:
    """The most that a call of at most so many tokens can cost, in USD.

    The prompt is billed at the dearest rate that its tokens could meet (fresh, served from a
    cache or written to one), and at the dearest prices of any length up to ``tokens_in``.
    """
    most, step = 0.0, price
    while True:
        plain, hit, write, out = _rates(step, batch)
        most = max(most, tokens_in * max(plain, hit, write) + tokens_out * out)
        if step.long is None or tokens_in <= (step.long_after or 0):
            return most / MILLION
        step = step.long


def _for_length(price: Price, tokens_in: int) -> Price:
    while price.long is not None and tokens_in > (price.long_after or 0):
        price = price.long
    return price


def _rates(price: Price, batch: bool) -> tuple[float, float, float, float]:
    """Rates of fresh, cached and written prompt tokens, and of the answer."""
    hit = _first(price.cached_input, price.input)
    write = _first(price.cache_write, price.input)
    if not batch or price.batch_input is None:
        return price.input, hit, write, price.output
    plain = price.batch_input
    return (
        plain,
        _first(price.batch_cached_input, plain),
        _first(price.batch_cache_write, max(plain, write)),
        _first(price.batch_output, price.output),
    )


def _first(given: float | None, otherwise: float) -> float:
    return otherwise if given is None else given
