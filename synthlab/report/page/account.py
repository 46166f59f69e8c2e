"""What the run took against what was expected, how it judged, and how to make it again."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from synthlab.report.page.material import Material
from synthlab.report.page.numbers import DASH, count, duration, usd

REAL_ROWS = {
    "train": "seed and dev rows may be trained on",
    "seed": "seed rows may be trained on",
    "score": "no real row may be trained on: they only judge",
}


def spent(found: Material) -> dict[str, Any] | None:
    """Estimate beside actual; None where neither was logged."""
    metrics, expected = found.metrics, found.board.get("estimated") or {}
    seconds = metrics.get("seconds")
    if seconds is None and found.ended is not None:
        seconds = found.ended - found.started
    tokens = metrics.get("tokens_in", 0.0) + metrics.get("tokens_out", 0.0)
    lines = [
        _line(
            "LM calls",
            expected.get("est_calls"),
            metrics.get("calls"),
            count,
            metrics.get("paid_calls"),
        ),
        _line("tokens", expected.get("est_tokens"), tokens or None, count, None),
        _line(
            "USD", expected.get("est_usd"), metrics.get("cost_usd"), usd, metrics.get("paid_usd")
        ),
        _line("time", _times(expected.get("est_minutes"), 60), seconds, duration, None),
    ]
    lines = [line for line in lines if line["expected"] != DASH or line["actual"] != DASH]
    if not lines:
        return None
    calls, sent = metrics.get("calls"), metrics.get("paid_calls")
    return {
        "lines": lines,
        "replayed": calls - sent if calls and sent is not None and sent < calls else 0,
        "calls": calls,
    }


def _times(value: float | None, by: float) -> float | None:
    return None if value is None else value * by


def _line(name: str, expected: Any, actual: Any, form: Any, sent: Any) -> dict[str, str]:
    ratio = f"{actual / expected:.0%}" if expected and actual is not None else DASH
    return {
        "name": name,
        "expected": DASH if expected is None else form(expected),
        "actual": DASH if actual is None else form(actual),
        "sent": DASH if sent is None else form(sent),
        "ratio": ratio,
    }


def protocol(found: Material) -> list[tuple[str, str, str]]:
    """How it was judged: name, value, and what it means."""
    params, digests, finals = found.params, found.board["digests"], found.board["finals"]
    entry = found.entry(found.winner)

    def real(split: str, meant: str) -> tuple[str, str, str]:
        rows = params.get(f"{split}_rows")
        said = f"{count(float(rows))} rows" if rows else DASH
        return (f"{split} rows", said, f"{meant}; digest {digests.get(split, 'not known')}")

    lines = [
        ("task", params.get("task", DASH), f"{len(entry.get('per_class', ()))} classes"),
        real("seed", "may be shown to prompts"),
        real("dev", "steered the search"),
        real("test", _test(found)),
        (
            "real rows",
            params.get("real_rows", DASH),
            REAL_ROWS.get(params.get("real_rows", ""), ""),
        ),
        (
            "classifier",
            params.get("model", DASH),
            _others(params),
        ),
        (
            "search",
            params.get("search", DASH),
            f"proposals by {params['proposer']}"
            if params.get("proposer", "none") != "none"
            else "",
        ),
        (
            "rows of a candidate",
            f"{params.get('rows_per_class', DASH)} a class",
            "kept rows, equal for all; what was dropped is paid too",
        ),
        (
            "seed of the run",
            params.get("seed", DASH),
            "every draw comes from it; candidates share their draws, so differences are paired",
        ),
        (
            "fresh generations",
            params.get("replicates", DASH) if finals else "none",
            "of each finalist, with seeds of their own; the shortlist was fixed before",
        ),
        ("prices", params.get("prices", DASH), ""),
    ]
    return [line for line in lines if line[1] != DASH]


def _others(params: Mapping[str, str]) -> str:
    return f"others in the finals: {params['also']}" if "also" in params else ""


def _test(found: Material) -> str:
    finals = found.board["finals"]
    if not finals:
        return "sealed, and still closed"
    times = "once" if finals["reads"] == 1 else f"{finals['reads']} times in this store"
    return f"sealed, opened {times}, after the winner was picked"


def again(found: Material) -> list[tuple[str, str]]:
    """Commands, each with what it is for."""
    name, run, flag = found.board["name"], found.board["run_id"], found.flag
    file = shlex.quote(f"{name}.yaml")
    lines = [
        (
            f"synthlab run {file}",
            "the run itself, from the config below; answers that are still in "
            "the journal are not paid again",
        ),
        (f"synthlab compare {run[:8]}{flag} --json", "the figures of this page, with all digits"),
    ]
    others = [item["name"] for item in found.board["candidates"] if item["name"] != found.winner]
    if others:
        pair = f"synthlab compare {run[:8]} {shlex.quote(':' + others[0])}{flag}"
        lines.append((pair, "the paired difference of two candidates"))
    lines.append((f"synthlab report {run[:8]} -o {shlex.quote(name)}.html{flag}", "this page"))
    return lines


def when(seconds: float | None) -> str:
    """A date and time in UTC, for the reader of another place."""
    if seconds is None:
        return DASH
    return datetime.fromtimestamp(seconds, UTC).strftime("%-d %B %Y, %H:%M UTC")


def made_with(versions: Mapping[str, str]) -> str:
    """Versions in one line."""
    return ", ".join(f"{name} {version}" for name, version in versions.items())
