"""A journal's address is checked with the rest of the config: nothing is opened or asked for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from synthlab.errors import ConfigError
from synthlab.workflow.lab import compile_file

BAD = {
    "not an address": ("calls.db", "is not a database URL"),
    "a port without a number": ("postgresql+psycopg://h:port/db", "is not a database URL"),
    "a kind that nobody knows": ("oracel://h/db", "cannot be kept in oracel"),
    "a driver that nobody knows": ("sqlite+nothing:///calls.db", "no driver for the journal"),
    "a driver that is not installed": ("postgresql+psycopg2cffi://h/db", "no driver"),
    "a database without such locks": ("mysql+pymysql://h/db", "cannot be kept in mysql"),
    "a folder that is not there": ("sqlite:///no/such/calls.db", "no folder for the journal"),
}


@pytest.mark.parametrize(("url", "said"), BAD.values(), ids=BAD)
def test_a_bad_address_is_found_before_the_run_with_its_line(workplace, url, said):
    config = workplace / "tickets.yaml"
    lines = config.read_text(encoding="utf-8").splitlines()
    lines += ["tracking:", f"  journal: {url}"]
    config.write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(ConfigError, match=f"tickets.yaml:{len(lines)}: tracking.journal: ") as bad:
        compile_file(Path("tickets.yaml"))
    assert said in str(bad.value)


@pytest.mark.parametrize(
    "url", ["sqlite:///calls.db", "sqlite://", "postgresql+psycopg://me@nowhere.invalid/calls"]
)
def test_a_good_address_is_not_opened(workplace, url):
    compile_file(Path("tickets.yaml"), [f"tracking.journal='{url}'"])
    assert not (workplace / "calls.db").exists()


def test_the_variable_that_overrides_the_config_is_checked_in_its_place(workplace, monkeypatch):
    monkeypatch.setenv("SYNTHLAB_JOURNAL", "nonsense")
    with pytest.raises(ConfigError, match=r"SYNTHLAB_JOURNAL, which overrides it: .* not a data"):
        compile_file(Path("tickets.yaml"), ["tracking.journal=sqlite:///calls.db"])
    monkeypatch.setenv("SYNTHLAB_JOURNAL", "sqlite:///calls.db")
    compile_file(Path("tickets.yaml"), ["tracking.journal=nonsense"])


def test_no_password_is_printed(workplace, monkeypatch):
    monkeypatch.setenv("SYNTHLAB_JOURNAL", "oracel://me:hush@h/db")
    with pytest.raises(ConfigError) as bad:
        compile_file(Path("tickets.yaml"))
    assert "hush" not in str(bad.value)
