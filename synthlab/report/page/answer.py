"""The answer: one sentence, what follows from it, the figures behind it, and what speaks against.

What the sentence claims is what the finals found on the sealed test rows; a run without finals has
a lead on dev, and the sentence says that it is no more.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from synthlab.comparisons import DIRECT, REAL, TOPPED
from synthlab.outcomes import DIRECT as PLAIN
from synthlab.report.ends import TWO
from synthlab.report.page.material import Material
from synthlab.report.page.numbers import DASH, count, figure, interval, sure, usd
from synthlab.report.verdict import without_lm

WORTH = re.compile(
    r"worth (?P<about>(?:about|more than|fewer than|less than) )?(?P<rows>[\d,]+) real rows?"
    r"(?:, the (?:most|fewest) that were tried)?(?: \(95% (?P<range>[^,]+(?:,\d{3})*[^,]*), over)?"
)
"""What ``report.curves.worth_in_words`` says."""


F1 = Markup('<span class="nb">macro-F1</span>')


@dataclass(frozen=True)
class Key:
    """A figure that stands large.

    Attributes:
        note: what is small under it: an interval, or what it is of.
    """

    name: str
    value: Any
    note: Any


@dataclass(frozen=True)
class Answer:
    """The top of the page.

    Attributes:
        headline: the sentence.
        advice: what to do, a sentence or two.
        keys: up to four figures.
        doubts: what a careful reader must know before quoting it.
        tone: ``good``, ``watch`` or ``none``: how sure the headline may sound.
    """

    headline: Markup
    advice: tuple[str, ...]
    keys: tuple[Key, ...]
    doubts: tuple[str, ...]
    tone: str


def answer(found: Material) -> Answer:
    """What the run came to."""
    if not found.winner:
        return Answer(
            Markup("No candidate was scored: there is nothing to compare."),
            (),
            (),
            _status(found),
            "watch",
        )
    return _tested(found) if found.board["finals"] else _leading(found)


def contrast(finals: Mapping[str, Any], a: str, b: str) -> Mapping[str, Any] | None:
    """The contrast of two arms on test."""
    return next((item for item in finals["contrasts"] if (item["a"], item["b"]) == (a, b)), None)


def arm(finals: Mapping[str, Any], name: str) -> Mapping[str, Any] | None:
    """An arm on test."""
    return next((item for item in finals["arms"] if item["name"] == name), None)


def worth(finals: Mapping[str, Any]) -> re.Match[str] | None:
    """What the winner's rows are worth in real ones, as the run said it."""
    return next((hit for said in finals["said"] if (hit := WORTH.search(said))), None)


def _tested(found: Material) -> Answer:
    finals = found.board["finals"]
    mine = finals["arms"][0]
    gain = contrast(finals, mine["name"], DIRECT)
    rows = count(float(found.params["test_rows"])) if "test_rows" in found.params else "the"
    where = f"{rows} sealed real rows"
    name = Markup("<b>{}</b>").format(found.winner)
    score = figure(mine["estimate"]["value"], 2)
    if free := without_lm(finals):
        return _topped(found, free, name, where)
    if gain is None:
        said = Markup("{} writes rows that train a classifier to {} {} on {}.")
        return _answer(found, said.format(name, score, F1, where), "none")
    other = arm(finals, DIRECT)
    base = figure(other["estimate"]["value"], 2) if other else ""
    if gain["p_holm"] >= 0.05:
        said = Markup(
            "{} leads, but cannot be told from the direct prompt: {} against {} {} on {}."
        )
        return _answer(found, said.format(name, score, base, F1, where), "watch")
    verb = "beats" if gain["value"] > 0 else "is worse than"
    said = Markup("{} {} the direct prompt: {} against {} {} on {}.")
    tone = "good" if gain["value"] > 0 else "watch"
    return _answer(found, said.format(name, verb, score, base, F1, where), tone)


def _topped(found: Material, free: Mapping[str, Any], name: Markup, where: str) -> Answer:
    """The top-up beside the best of what needs no LM: the question of rare classes."""
    finals = found.board["finals"]
    gap = contrast(finals, TOPPED, free["name"])
    scores = [figure(one["estimate"]["value"], 2) for one in (finals["arms"][0], free)]
    sure_of_it = gap is not None and gap["p_holm"] < 0.05
    verb = "cannot be told from"
    if gap is not None and sure_of_it:
        verb = "beats" if gap["value"] > 0 else "does worse than"
    other = "the real rows alone" if free["name"] == REAL else free["name"]
    said = Markup("The top-up by {} {} {}, which needs no LM: {} against {} {} on {}.")
    tone = "good" if verb == "beats" else "watch"
    return _answer(found, said.format(name, verb, other, *scores, F1, where), tone)


def _answer(found: Material, headline: Markup, tone: str) -> Answer:
    finals = found.board["finals"]
    mine = finals["arms"][0]["name"]
    trained = "Real rows, topped up" if mine == TOPPED else "Trained on its rows"
    keys = [_arm_key(trained, finals, mine)]
    free = without_lm(finals)
    if free is not None and free["name"] != REAL:
        keys.append(_arm_key(f"{free['name'].capitalize()}, no LM", finals, free["name"]))
    elif gain := contrast(finals, mine, DIRECT):
        ends = sure(gain)
        if gain["p_holm"] >= 0.05 and gain["low"] * gain["high"] > 0:
            # Without it, the interval contradicts the headline.
            ends += Markup("; p {} after Holm").format(f"{gain['p_holm']:.2f}")
        keys.append(Key("Over the direct prompt", figure(gain["value"], 3, sign=True), ends))
    if hit := worth(finals):
        about = {"about ": "≈ ", "more than ": "> ", None: ""}.get(hit["about"], "< ")
        note = f"95% {hit['range']}" if hit["range"] else "on the curve of real rows"
        keys.append(Key("Worth in real rows", f"{about}{hit['rows']}", note))
    elif arm(finals, REAL):
        keys.append(_arm_key("Your real rows alone", finals, REAL))
    keys.append(_cost_key(finals["finalists"][0]))
    return Answer(headline, tuple(finals["said"][:1]), tuple(keys), _doubts(found), tone)


def _leading(found: Material) -> Answer:
    entry = found.entry(found.winner)
    direct = next((item for item in found.board["candidates"] if item["generator"] in PLAIN), None)
    name = Markup("<b>{}</b>").format(found.winner)
    said = Markup("{} leads on dev with {} {}").format(name, figure(entry["f1"], 2), F1)
    if direct is not None and direct is not entry:
        said += Markup(", the direct prompt has {}").format(figure(direct["f1"], 2))
    keys = [Key("On dev", figure(entry["f1"]), _level(found))]
    if direct is not None and direct is not entry:
        gap = figure(entry["f1"] - direct["f1"], 3, sign=True)
        keys.append(Key("Over the direct prompt", gap, "one generation each"))
    keys.append(Key("Rows kept", count(entry["rows"]), f"{count(entry['dropped'])} dropped"))
    keys.append(Key("Their cost", usd(entry["cost_usd"]), f"USD, {count(entry['tokens'])} tokens"))
    advice = (
        "A lead is not a result: the search chose it on these very rows, each prompt was generated "
        "once, and the sealed test rows were not opened.",
    )
    return Answer(said + Markup("."), advice, tuple(keys), _status(found), "watch")


def _level(found: Material) -> Any:
    level = found.levels.get(found.winner)
    return Markup("95% {}").format(interval(level.low, level.high)) if level else "one generation"


def _arm_key(name: str, finals: Mapping[str, Any], which: str) -> Key:
    found = arm(finals, which)
    if found is None:
        return Key(name, DASH, "")
    return Key(name, figure(found["estimate"]["value"]), sure(found["estimate"]))


def _cost_key(first: Mapping[str, Any]) -> Key:
    tokens = f"{first['tokens_per_row']:,.0f} tokens a row"
    if first["usd_per_1000"] is None:
        return Key("Cost of 1,000 rows", "unknown", f"no price known; {tokens}")
    free = "local model; " if first["usd_per_1000"] == 0 else ""
    return Key("Cost of 1,000 rows", f"{usd(first['usd_per_1000'])} USD", free + tokens)


def _status(found: Material) -> tuple[str, ...]:
    board = found.board
    said = []
    if board["stopped"]:
        said.append(f"The run ended before it was done: {_cause(board['stopped'])}")
    elif board["status"] != "FINISHED":
        said.append(f"The run is {board['status'].lower()}: this page shows what it has scored.")
    if board.get("skipped"):
        said.append(f"This is not the newest run; {board['skipped']}.")
    if any(item.get("short") for item in board["candidates"]):
        said.append(
            "Candidates that kept too few rows stand after the others, whatever their score."
        )
    return tuple(said)


def _cause(stopped: str) -> str:
    return stopped.splitlines()[0].removeprefix("stopped: ").rstrip(".") + "."


def _doubts(found: Material) -> tuple[str, ...]:
    finals = found.board["finals"]
    said = list(_status(found))
    first = finals["finalists"][0]["dev"]
    if first["generations"] == 1:
        said.append(
            "One generation each: the intervals of scores leave the luck of a generation out, "
            "those of differences assume a standard deviation of 0.03 for it."
        )
    if first["generations"] == 2:
        said.append(TWO)
    if finals["reads"] > 1:
        said.append(
            f"These test rows had been opened {finals['reads']} times in this store, so choices "
            "may have been made on them: take fresh ones for a claim."
        )
    said += [
        f"{item['model']} sees {' and '.join(item['against'])} the other way round: that depends "
        "on the classifier."
        for item in finals["families"]
        if item["against"]
    ]
    return tuple(said)
