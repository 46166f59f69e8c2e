"""``page``: the material of a run -> one HTML text that needs nothing else.

Every value passes Jinja's escaping: rows are what an LM wrote. Drawings are made with
``Markup.format``, which escapes too. There is no script, no link to a file, no request.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from synthlab.report.page import numbers
from synthlab.report.page.account import again, made_with, protocol, spent, when
from synthlab.report.page.answer import answer
from synthlab.report.page.classes import classes
from synthlab.report.page.costs import cost
from synthlab.report.page.evidence import evidence
from synthlab.report.page.growth import growth
from synthlab.report.page.lineage import steps, tree
from synthlab.report.page.marks import axis, key
from synthlab.report.page.material import Material
from synthlab.report.page.panel import panel
from synthlab.report.page.samples import dropped, samples
from synthlab.report.page.standings import standings

TEMPLATES = Path(__file__).parent / "templates"


def page(found: Material) -> str:
    """The HTML of a report; the same material gives the same text."""
    table = standings(found)
    return (
        templates()
        .get_template("page.html")
        .render(
            found=found,
            board=found.board,
            answer=answer(found),
            evidence=evidence(found.board["finals"]),
            standings=table,
            cost=cost(table),
            growth=growth(found),
            classes=classes(found.before, found.after, found.entry(found.winner)),
            steps=steps(found),
            tree=tree(found),
            samples=samples(found),
            dropped=dropped(found),
            panel=panel(found.panel),
            spent=spent(found),
            protocol=protocol(found),
            again=again(found),
            versions=made_with(found.versions),
            started=when(found.started),
        )
    )


@cache
def templates() -> Environment:
    """The templates of all pages, with their filters."""
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
    )
    made.filters |= {
        "figure": numbers.figure,
        "count": numbers.count,
        "sentence": numbers.sentence,
        "usd": numbers.usd,
        "percent": numbers.percent,
        "p_value": numbers.p_value,
    }
    made.globals |= {"ends": numbers.ends, "sure": numbers.sure, "key": key, "axis": axis}
    return made
