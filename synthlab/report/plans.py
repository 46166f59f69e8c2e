"""A compiled plan in words: what ``validate`` prints."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from typing import Any

REAL_ROWS = {
    "train": "seed and dev rows may be trained on",
    "seed": "seed rows may be trained on, dev rows may only score",
    "score": "real rows may only score",
    "balance": "the classifier is trained on seed rows and their top-up, dev rows judge",
}


def plan_text(view: Mapping[str, Any]) -> str:
    """The overview of a plan, with one rendered prompt of each candidate."""
    sizes = view["sizes"]
    lines = [
        f"{view['name']} is valid: {len(view['candidates'])} candidate(s), no LM was called.",
        f"task {view['task']}: {len(view['labels'])} classes ({', '.join(view['labels'])}); "
        f"real rows: {sizes['seed']} seed, {sizes['dev']} dev, {sizes['test']} test (sealed)",
        *(f"  note: {note}" for note in view["notes"]),
        f"caps of the run: {_caps(view['caps'])}",
        f"finals: {_finals(view['finals'])}; classifiers: {', '.join(view['classifiers'])}; "
        f"{REAL_ROWS[view['real_rows']]}",
    ]
    for item in view["candidates"]:
        prompt = textwrap.shorten(item["prompt"], 400, placeholder=" ...")
        lines += [
            "",
            f"{item['name']}: {item['rows']} rows from {item['lm']}, "
            f"{_many(item['rows_per_request'])}at most {item['most_requests']} requests; "
            f"{_price(item['price'])}",
            textwrap.indent(prompt, "  > ") or "  asks no LM",
        ]
    return "\n".join(lines)


def _finals(finals: Mapping[str, Any]) -> str:
    count, best = finals["replicates"], finals["shortlist"]
    if not count:
        return "the search's own rows, no fresh generations"
    many = "generation" if count == 1 else "generations"
    return f"{count} fresh {many} of the best {best} and of the direct prompt"


def _caps(caps: Mapping[str, float]) -> str:
    names = {"usd": "USD", "calls": "LM calls"}
    said = [f"{value:,.10g} {names.get(key, key)}" for key, value in caps.items()]
    return ", ".join(said) or "none (budget.usd, tokens, calls, minutes)"


def _many(rows: int) -> str:
    return f"{rows} a request, " if rows > 1 else ""


def _price(price: tuple[float, float] | None) -> str:
    if price is None:
        return "price unknown: give lm.price to count costs"
    if not any(price):
        return "0 USD (local)"
    return f"{price[0]:g} USD in, {price[1]:g} USD out per million tokens"
