"""Prices: the user's, none for local models, the bundled table's for the rest.

The published rules that the bills below are worked out from: OpenAI's "Pricing", "Batch API" and
"Prompt caching" pages, Anthropic's "Pricing", "Batch processing" and "Prompt caching" pages.
"""

import re
import socket

import pytest

from synthlab.errors import EngineError
from synthlab.lm.base import LMSettings, Price
from synthlab.lm.prices import cost_usd, most_usd, price_of, prices_version


@pytest.fixture(autouse=True)
def no_network(monkeypatch):
    def refuse(*args, **kwargs):
        raise AssertionError("prices must not touch the network")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


def test_the_users_price_comes_first():
    price = Price(1.0, 2.0)
    assert price_of(LMSettings("openai/gpt-4o-mini", price=price)) is price
    assert price_of(LMSettings("fake/words", price=price)) is price


@pytest.mark.parametrize("model", ["fake/words", "embedded/smollm2-135m-instruct"])
def test_local_models_cost_nothing(model):
    assert price_of(LMSettings(model)) == Price(0.0, 0.0, 0.0)


OPENAI = {  # published: input, cached input, output
    "gpt-4o-mini": (0.15, 0.075, 0.60),
    "gpt-4.1": (2.00, 0.50, 8.00),
    "o3": (2.00, 0.50, 8.00),
    "o4-mini": (1.10, 0.275, 4.40),
}
ANTHROPIC = {"claude-sonnet-4-5": (3.0, 15.0), "claude-haiku-4-5": (1.0, 5.0)}


@pytest.mark.parametrize("model", OPENAI)
def test_an_openai_call_costs_what_openai_publishes(model):
    plain, cached, out = OPENAI[model]
    price = price_of(LMSettings(f"openai/{model}"))
    assert cost_usd(price, 1_000_000, 0) == pytest.approx(plain)
    assert cost_usd(price, 0, 1_000_000) == pytest.approx(out)
    mixed = cost_usd(price, 3000, 500, cached=2048)
    assert mixed == pytest.approx((952 * plain + 2048 * cached + 500 * out) / 1e6)


@pytest.mark.parametrize("model", OPENAI)
def test_an_openai_batch_is_half_price_and_takes_nothing_more_off_cached_prompts(model):
    plain, _, out = OPENAI[model]
    price = price_of(LMSettings(f"openai/{model}"))
    half = (3000 * plain + 500 * out) / 2e6
    assert cost_usd(price, 3000, 500, batch=True) == pytest.approx(half)
    assert cost_usd(price, 3000, 500, cached=2048, batch=True) == pytest.approx(half)


def test_openai_batches_take_more_off_where_a_cached_batch_rate_is_published():
    price = price_of(LMSettings("openai/gpt-5"))  # live 1.25 and 0.125 cached, batch half of both
    assert cost_usd(price, 2_000_000, 0, cached=1_000_000, batch=True) == pytest.approx(0.6875)


@pytest.mark.parametrize("model", ANTHROPIC)
def test_an_anthropic_call_costs_what_anthropic_publishes(model):
    plain, out = ANTHROPIC[model]
    price = price_of(LMSettings(f"anthropic/{model}"))
    live = (1000 * plain + 2000 * 0.1 * plain + 3000 * 1.25 * plain + 500 * out) / 1e6
    used = {"tokens_in": 6000, "tokens_out": 500, "cached": 2000, "cache_write": 3000}
    assert cost_usd(price, **used) == pytest.approx(live)
    assert cost_usd(price, **used, batch=True) == pytest.approx(live / 2)


def test_an_hour_in_anthropics_cache_costs_twice_the_input():
    extra = {"cache_control": {"type": "ephemeral", "ttl": "1h"}}
    price = price_of(LMSettings("anthropic/claude-haiku-4-5", extra=extra))
    assert (price.cache_write, price.batch_cache_write) == (2.0, 1.0)


def test_reasoning_is_billed_as_output():
    price = price_of(LMSettings("openai/o3"))
    thought, said = 900, 100
    assert cost_usd(price, 0, thought + said) == pytest.approx(1000 * 8.0 / 1e6)


def test_a_long_prompt_is_billed_at_the_price_of_long_prompts():
    price = price_of(LMSettings("openai/gpt-5.4"))  # above 272,000: twice the input, 1.5 x output
    assert cost_usd(price, 272_000, 1000) == pytest.approx((272_000 * 2.5 + 1000 * 15) / 1e6)
    assert cost_usd(price, 272_001, 1000) == pytest.approx((272_001 * 5 + 1000 * 22.5) / 1e6)
    steps = Price(1, 1, long_after=10, long=Price(2, 2, long_after=20, long=Price(3, 3)))
    assert [cost_usd(steps, n, 0) * 1e6 for n in (10, 11, 20, 21)] == [10, 22, 40, 63]


def test_a_service_tier_has_its_own_price():
    settings = LMSettings("openai/gpt-4.1", extra={"service_tier": "priority"})
    assert price_of(settings).input > price_of(LMSettings("openai/gpt-4.1")).input


def test_a_model_that_no_batch_api_serves_costs_the_same_in_a_batch():
    for settings in (
        LMSettings("openai/gpt-4o-search-preview"),
        LMSettings("openai/x", price=Price(1.0, 2.0, 0.5, 1.25)),
    ):
        price = price_of(settings)
        used = {"tokens_in": 1000, "tokens_out": 100, "cached": 10, "cache_write": 20}
        assert cost_usd(price, **used, batch=True) == cost_usd(price, **used)


def test_cached_tokens_are_among_the_input_tokens():
    assert cost_usd(Price(10, 20, 1), 1000, 100, cached=400) == pytest.approx(0.0084)
    assert cost_usd(Price(10, 20), 1000, 100, cached=400) == pytest.approx(0.012)
    assert cost_usd(Price(10, 20), 1000, 100, cache_write=400) == pytest.approx(0.012)


@pytest.mark.parametrize("batch", [False, True])
@pytest.mark.parametrize(
    "model",
    ["openai/gpt-4o-mini", "openai/gpt-5.4", "openai/gpt-5.6-sol", "anthropic/claude-haiku-4-5"],
)
def test_no_way_to_bill_a_call_passes_the_most(model, batch):
    price = price_of(LMSettings(model))
    for tokens_in in (0, 1000, 272_000, 272_001, 500_000):
        most = most_usd(price, tokens_in, 300, batch)
        for cached, written in [(0, 0), (1, 0), (0, 1), (0.5, 0.5), (0.3, 0.3)]:
            used = {"cached": int(cached * tokens_in), "cache_write": int(written * tokens_in)}
            for fewer in (tokens_in, tokens_in // 2):
                kept = {k: min(v, fewer // 2) if fewer < tokens_in else v for k, v in used.items()}
                assert cost_usd(price, fewer, 300, **kept, batch=batch) <= most + 1e-12


def test_the_most_is_not_lowered_by_cheaper_long_prompts():
    price = Price(2.0, 2.0, long_after=100, long=Price(1.0, 1.0))
    assert most_usd(price, 150, 0) * 1e6 == pytest.approx(300)


def test_what_no_table_knows_has_no_price():
    assert price_of(LMSettings("openai/my-own-model")) is None
    assert price_of(LMSettings("openai/text-embedding-3-small")) is None
    assert price_of(LMSettings("openai/gpt-4o-mini", base_url="http://127.0.0.1:8080/v1")) is None


def test_a_known_address_has_its_providers_price():
    settings = LMSettings(
        "openai/llama-3.3-70b-versatile", base_url="https://api.groq.com/openai/v1"
    )
    assert price_of(settings).input > 0


def test_an_unknown_engine_has_no_price_but_an_error():
    with pytest.raises(EngineError):
        price_of(LMSettings("gpt-4o"))


def test_the_table_has_a_version_and_a_date():
    assert re.fullmatch(r"genai-prices \d+\.\d+\.\S+, 20\d\d-\d\d-\d\d", prices_version())
