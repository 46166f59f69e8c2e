"""The prices of hosted models, as genai-prices knows them.

Its table ships inside its package; nothing is fetched. It knows prices by date, by prompt length,
by service tier and for batch APIs. It does not know surcharges for a region: give ``lm.price`` for
those.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import cache
from importlib.metadata import version
from typing import Any

from synthlab.lm.base import LMSettings, Price

# Settings of a request, sent through ``lm.extra``, that choose another column of the table.
CONTEXT = ("service_tier", "speed")


@cache
def prices_version() -> str:
    """Name, version and date of the price table, to be logged beside a cost.

    The date is that of the newest price in it that is in force today: the table also holds prices
    announced for later, and does not say when it was made.
    """
    from genai_prices.data import providers

    today = datetime.now(tz=UTC).date()
    days = (day for provider in providers for model in provider.models for day in _days(model))
    newest = max((day for day in days if day <= today), default=None)
    return f"genai-prices {version('genai-prices')}, {newest or 'no date'}"


def _days(model: Any) -> list[date]:
    """When the prices of a model of the table come into force, where it says so."""
    prices = model.prices if isinstance(model.prices, list) else []
    rows = (*prices, *(model.price_variants or ()))
    days = (getattr(row.constraint, "start_date", None) for row in rows)
    return [day for day in days if day is not None]


def table_price(settings: LMSettings) -> Price | None:
    """USD per million tokens, as of now; None when the table does not know model or address."""
    asked = {k: str(v) for k, v in settings.extra.items() if k in CONTEXT}
    try:
        usual, live, batch = (
            _row(settings, context) for context in ({}, asked, {"processing": "batch"})
        )
    except (LookupError, ValueError):
        return None
    # A fee for each request is not a price of tokens.
    if live.input_mtok is None or live.output_mtok is None or live.requests_kcount:
        return None
    names = {"input": "input", "output": "output", "cached_input": "cache_read"}
    names["cache_write"] = "cache_write_1h" if _keeps_an_hour(settings) else "cache_write"

    def steps(start: int, *longer: int) -> Price:
        rates = {ours: _at(live, theirs, start) for ours, theirs in names.items()}
        price = Price(**rates, **_batch_rates(usual, batch, names, start))  # type: ignore[arg-type]
        return replace(price, long_after=longer[0], long=steps(*longer)) if longer else price

    return steps(*_starts(live))


def _row(settings: LMSettings, context: Mapping[str, str]) -> Any:
    """The table's prices of a model; LookupError when it has none."""
    from genai_prices import Usage, calc_price

    where = (
        {"provider_api_url": settings.base_url}
        if settings.base_url
        else {"provider_id": settings.engine}
    )
    found = calc_price(Usage(input_tokens=1), settings.name, price_context=dict(context), **where)
    return found.model_price


def _batch_rates(
    usual: Any, batch: Any, names: Mapping[str, str], start: int
) -> dict[str, float | None]:
    """What the batch API asks, where it asks something else than the live one.

    Anthropic's discounts for batches and for cached prompts stack ("Pricing": 50% off every rate
    in a batch), and the table lists the products. OpenAI takes nothing off cached prompts in a
    batch ("Prompt caching": "not available on the Batch API") unless its batch table names a
    rate. The table of genai-prices keeps the live rate of cached prompts there, which is too low:
    it is left out, so that they cost what fresh ones cost in a batch. A model without batch rates
    is not served in batches, and is never priced below its live rates.
    """
    pairs = {k: (_at(usual, name, start), _at(batch, name, start)) for k, name in names.items()}
    return {f"batch_{k}": theirs for k, (live, theirs) in pairs.items() if theirs != live}


def _at(row: Any, name: str, start: int) -> float | None:
    """One rate of a row, for prompts with more than ``start`` tokens."""
    value = getattr(row, f"{name}_mtok")
    if value is None:
        return None
    below = [tier.price for tier in getattr(value, "tiers", ()) if tier.start <= start]
    return float(below[-1] if below else getattr(value, "base", value))


def _starts(row: Any) -> list[int]:
    """The prompt lengths after which some rate of a row changes, from 0."""
    tiers = (t for v in vars(row).values() for t in getattr(v, "tiers", ()))
    return sorted({0, *(tier.start for tier in tiers)})


def _keeps_an_hour(settings: LMSettings) -> bool:
    """Whether prompts are written to Anthropic's dearer cache, which keeps them for an hour."""
    asked = settings.extra.get("cache_control")
    return isinstance(asked, Mapping) and asked.get("ttl") == "1h"
