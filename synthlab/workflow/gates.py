"""The gates: each a figure, its limit, and what that comes to in words that a manager reads.

Nothing is decided between them here: one that fails refuses, whatever the others say. A figure
that is not there passes no limit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from synthlab.comparisons import Contrast
from synthlab.config.promotion import PromotionConfig
from synthlab.measures import Panel
from synthlab.report.ends import cell, least, sure
from synthlab.report.tables import money
from synthlab.workflow.duel import Bout, Unlike, against_direct
from synthlab.workflow.standing import Standing

Outcome = Literal["passed", "failed", "not judged", "no limit"]
NONE = "none"
PANEL_HELP = (
    "run the experiment again with its quality panel on: answers come from the journal at no "
    "cost, and every candidate's run gets a panel.json"
)
PERSONAL = {"pii": ("pii", "pii_real"), "presidio": ("ner_pii", "ner_pii_real")}
"""What parts of the panel measure of personal data: invented, and shared with a real row."""


@dataclass(frozen=True, slots=True)
class Gate:
    """One question.

    Attributes:
        key: short; the tag of a version is ``gate.KEY``.
        name: what is asked, in two or three words.
        figure: what was found, with its unit.
        limit: what is asked for; ``none`` where nothing is.
        outcome: ``not judged`` where the figure is not there; that refuses too.
        said: it in a sentence.
        fix: what to try where it refuses.
        protects: a limit on harm (copied text, personal data), not on how good rows are.
        numbers: ``value``, ``low`` and ``high`` of its 95% interval, ``limit``; as far as there
            are any.
    """

    key: str
    name: str
    figure: str
    limit: str
    outcome: Outcome
    said: str
    fix: str = ""
    protects: bool = False
    numbers: Mapping[str, float] = field(default_factory=dict)

    @property
    def open(self) -> bool:
        """Whether it lets the candidate pass."""
        return self.outcome in ("passed", "no limit")


def own_gates(mine: Standing, asked: PromotionConfig) -> list[Gate]:
    """Those that no champion is needed for."""
    panel = mine.panel()
    return [
        _direct(mine, asked.beats_direct),
        _replicates(mine.generations, asked.replicates),
        _cost(mine.usd_per_1000, asked.usd_per_1000),
        _copied(panel, asked.max_copied),
        _pii(panel, asked.max_pii),
    ]


def first_gate() -> Gate:
    """In the champion's place where there is none."""
    said = "There was no champion to beat."
    return Gate("champion", "beats champion", "no champion", NONE, "no limit", said)


def same_gate(version: str) -> Gate:
    """In the champion's place where the champion is the same generator, scored elsewhere."""
    said = f"It is the generator of version {version}, as another run judged it."
    return Gate("champion", "beats champion", "same generator", NONE, "no limit", said)


def champion_gate(found: Bout | Unlike, names: tuple[str, str], margin: float) -> Gate:
    """Whether the candidate is better than the champion by more than the margin."""
    key, name, limit = "champion", "beats champion", f"above {margin:+.3f}"
    if isinstance(found, Unlike):
        said = f"The two cannot be compared: {found.why}."
        return Gate(key, name, "not comparable", limit, "not judged", said, found.fix)
    seen = found.difference(names)
    passed = seen.low > margin
    return Gate(
        key,
        name,
        _interval(seen),
        limit,
        "passed" if passed else "failed",
        _better(seen, margin, found.rows),
        "" if passed else _more(seen, margin),
        numbers={**_numbers(seen), "limit": margin},
    )


def _better(seen: Contrast, margin: float, rows: str) -> str:
    made = f" ({_made(seen)})"
    told = f"{abs(seen.value):.3f} {'above' if seen.value >= 0 else 'below'} {seen.b} on {rows}"
    if seen.low > margin:
        tail = "so it is better" if margin >= 0 else f"so it is not worse by {-margin:g} or more"
    elif seen.high < margin:
        tail = "so it is worse" if margin <= 0 else f"so it is not better by {margin:g}"
    else:
        tail = "luck alone could make that"
    return f"Its macro-F1 is {told}, {sure(seen)}{made}: {tail}."


def _made(seen: Contrast) -> str:
    a, b = seen.generations
    if a == b == 1:
        return "one generation each, whose spread is assumed"
    return f"{a} and {b} generations"


def _more(seen: Contrast, margin: float) -> str:
    if seen.high < margin:
        return "find a better generator; --challenger keeps this one beside the champion"
    if max(seen.generations) == 1:
        return "finals.replicates=5 makes fresh generations, and the interval narrower"
    return (
        f"a difference under {least(seen.resolves)} mostly stays unseen here: find a better "
        "generator, or score on more real rows; --challenger keeps this one beside the champion"
    )


def _numbers(seen: Contrast) -> dict[str, float]:
    return {"value": seen.value, "low": seen.low, "high": seen.high}


def _known(value: float | None, limit: float | None) -> dict[str, float]:
    found = {"value": value, "limit": limit}
    return {key: number for key, number in found.items() if number is not None}


def _interval(seen: Contrast) -> str:
    return f"{seen.value:+.3f} ({cell(seen)})"


def _direct(mine: Standing, asked: bool) -> Gate:
    key, name = "direct", "beats direct prompt"
    found = against_direct(mine)
    limit = "above +0.000" if asked else NONE
    if isinstance(found, Unlike):
        outcome: Outcome = "not judged" if asked else "no limit"
        if asked and mine.is_direct:
            outcome = "failed"
        said = f"Whether the prompt is worth it is not known: {found.why}."
        if mine.is_direct:
            said = "It is the direct prompt itself."
        return Gate(key, name, "not known", limit, outcome, said, found.fix if asked else "")
    seen = found.difference((mine.name, "the direct prompt"))
    passed = seen.low > 0
    outcome = "no limit" if not asked else "passed" if passed else "failed"
    fix = _more(seen, 0) if asked and not passed else ""
    said = _better(seen, 0, found.rows)
    bound = {"limit": 0.0} if asked else {}
    numbers = {**_numbers(seen), **bound}
    return Gate(key, name, _interval(seen), limit, outcome, said, fix, numbers=numbers)


def _replicates(count: int, least: int) -> Gate:
    limit = f"{least} or more" if least else NONE
    outcome: Outcome = "no limit" if not least else "passed" if count >= least else "failed"
    said = (
        f"Its score is the mean of {count} fresh generations."
        if count
        else "Its score is of the rows that it was picked by, which flatters it."
    )
    fix = f"run again with --set finals.replicates={least}" if outcome == "failed" else ""
    numbers = _known(count, least or None)
    name = "fresh generations"
    return Gate("generations", name, str(count), limit, outcome, said, fix, numbers=numbers)


def _cost(usd: float | None, most: float | None) -> Gate:
    limit = NONE if most is None else f"at most {most:g} USD"
    figure = "unknown" if usd is None else f"{money(usd)} USD"
    outcome: Outcome = "no limit"
    fix = ""
    if most is not None:
        outcome = "not judged" if usd is None else "passed" if usd <= most else "failed"
        fix = {
            "not judged": "give lm.price in the config and run again",
            "failed": "shorten the prompt or the rows, or use a cheaper LM (lm.mode: batch)",
        }.get(outcome, "")
    said = (
        "What 1,000 rows cost is not known, as the LM has no price."
        if usd is None
        else f"1,000 rows cost {money(usd)} USD, dropped ones included."
    )
    name, numbers = "cost of 1,000 rows", _known(usd, most)
    return Gate("cost", name, figure, limit, outcome, said, fix, numbers=numbers)


def _copied(panel: Panel, most: float | None) -> Gate:
    limit = NONE if most is None else f"at most {most:.1%}"
    found = panel.get("copied")
    figure, said, value = "not measured", _unmeasured("copied text", panel, "copying"), None
    if found is not None:
        value, figure = found.value, f"{found.value:.1%} of rows"
        held = "" if found.reference is None else f"; of held-out real rows {found.reference:.1%}"
        said = f"{found.value:.1%} of its rows repeat a run of a real row's words{held}."
    fix = "look at the rows in the report; other attributes, or curation's overlap step"
    return _limited("copied", "copied text", figure, limit, value, most, said, fix)


def _pii(panel: Panel, most: float | None) -> Gate:
    limit = NONE if most is None else f"at most {most:g} of 1,000"
    figure, said, value = "not measured", _unmeasured("personal data", panel, "pii"), None
    found = {part: _holding(panel, *names) for part, names in PERSONAL.items()}
    known = {part: rows for part, rows in found.items() if rows is not None}
    if known:
        # Each part finds what the other may not: the limit holds for both.
        worst = max(known, key=lambda part: known[part][0])
        value, leaked = known[worst]
        figure = f"{value:.1f} of 1,000"
        by = f", as {worst} sees them" if len(known) > 1 else ""
        shared = f"; {leaked:.1f} of 1,000 hold a real row's" if leaked else ""
        said = f"{value:.1f} of 1,000 rows hold personal data{by}{shared}."
    fix = "forbid names and numbers in the prompt, or drop such rows in curation"
    return _limited("pii", "personal data", figure, limit, value, most, said, fix)


def _holding(panel: Panel, invented: str, real: str) -> tuple[float, float] | None:
    """Rows of 1,000 with personal data, and those of them that share it with a real row."""
    found, shared = panel.get(invented), panel.get(real)
    if found is None:
        return None
    leaked = shared.value if shared is not None else 0.0
    # A row that holds both counts twice: a limit on harm errs to the safe side.
    return min(1000.0, found.value + leaked), leaked


def _unmeasured(what: str, panel: Panel, part: str) -> str:
    why = panel.skipped.get(part, "").rstrip(".")
    return f"{what.capitalize()} was not measured{f': {why}' if why else ''}."


def _limited(
    key: str,
    name: str,
    figure: str,
    limit: str,
    value: float | None,
    most: float | None,
    said: str,
    fix: str,
) -> Gate:
    outcome: Outcome = "no limit"
    if most is not None:
        outcome = "not judged" if value is None else "passed" if value <= most else "failed"
    way = {"not judged": PANEL_HELP, "failed": fix}.get(outcome, "")
    numbers = _known(value, most)
    return Gate(key, name, figure, limit, outcome, said, way, protects=True, numbers=numbers)


def refusing(gates: Sequence[Gate]) -> list[Gate]:
    """Those that do not let the candidate pass."""
    return [gate for gate in gates if not gate.open]


def on_merit(gates: Sequence[Gate]) -> bool:
    """Whether what refuses says only that a better generator is there: no harm, no gap in it."""
    return all(gate.outcome == "failed" and not gate.protects for gate in refusing(gates))
