"""Prices: the user's, none for local models, the bundled table's for the rest."""

import socket

import pytest

from synthlab.errors import EngineError
from synthlab.lm.base import LMSettings, Price
from synthlab.lm.metered import cost_usd
from synthlab.lm.prices import price_of, prices_version


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


def test_known_models_have_the_tables_price_per_million_tokens():
    assert price_of(LMSettings("openai/gpt-4o-mini")) == Price(0.15, 0.6, 0.075)
    price = price_of(LMSettings("anthropic/claude-sonnet-4-5"))
    assert (price.input, price.output, price.cached_input) == (3.0, 15.0, 0.3)


def test_what_no_table_knows_has_no_price():
    assert price_of(LMSettings("openai/my-own-model")) is None
    assert price_of(LMSettings("openai/gpt-4o-mini", base_url="http://127.0.0.1:8080/v1")) is None


def test_a_known_address_has_its_providers_price():
    settings = LMSettings(
        "openai/llama-3.3-70b-versatile", base_url="https://api.groq.com/openai/v1"
    )
    assert price_of(settings).input > 0


def test_an_unknown_engine_has_no_price_but_an_error():
    with pytest.raises(EngineError):
        price_of(LMSettings("gpt-4o"))


def test_the_table_has_a_version():
    name, version = prices_version().split()
    assert name == "genai-prices"
    assert version[0].isdigit()


def test_cached_tokens_are_among_the_input_tokens():
    assert cost_usd(Price(10, 20, 1), 1000, 100, cached=400) == pytest.approx(0.0084)
    assert cost_usd(Price(10, 20), 1000, 100, cached=400) == pytest.approx(0.012)
