"""What a token costs: from the settings, else nothing for local engines, else from genai-prices.

The table of genai-prices ships inside its package; nothing is fetched. Cost of a call is worked
out in ``metered.py``.
"""

from __future__ import annotations

from importlib.metadata import version
from typing import Any

from synthlab.lm.base import LMSettings, Price, engine_class

# Prices of some models step up with the length of the prompt; rows are short, so the price that
# counts is the one for a short prompt.
SAMPLE = 1000


def prices_version() -> str:
    """Name and version of the price table, to be logged beside a cost."""
    return f"genai-prices {version('genai-prices')}"


def price_of(settings: LMSettings) -> Price | None:
    """USD per million tokens, or None when no table knows the model.

    A server of the user's own (``base_url``) is priced only if the table knows its address, as it
    may stand for anything: give ``lm.price`` for it.

    Raises:
        EngineError: the model names no known engine.
    """
    if settings.price is not None:
        return settings.price
    if engine_class(settings).local:
        return Price(0.0, 0.0, 0.0)
    return _table_price(settings)


def _table_price(settings: LMSettings) -> Price | None:
    from genai_prices import Usage

    try:
        cost_in = _cost(settings, Usage(input_tokens=SAMPLE))
        cost_out = _cost(settings, Usage(output_tokens=SAMPLE))
        cached = _cost(settings, Usage(input_tokens=SAMPLE, cache_read_tokens=SAMPLE))
    except (LookupError, ValueError):
        return None
    return Price(cost_in, cost_out, cached)


def _cost(settings: LMSettings, usage: Any) -> float:
    """USD of a million tokens, from the price of ``SAMPLE`` of them."""
    from genai_prices import calc_price

    if settings.base_url:
        found = calc_price(usage, settings.name, provider_api_url=settings.base_url)
    else:
        found = calc_price(usage, settings.name, provider_id=settings.engine)
    return float(found.total_price) * 1_000_000 / SAMPLE
