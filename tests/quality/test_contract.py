"""What every part of the quality panel does, whatever it measures."""

import json
import random
from dataclasses import replace
from typing import Any, get_args

import pytest

from synthlab.features.shared import SharedRuns
from synthlab.measures import Direction, Measure, Panel, Verdict, panel_of
from synthlab.quality.base import Skip, Subject
from synthlab.records import Row
from synthlab.registry import TABLE, resolve
from tests.quality.faults import CLASSES, as_made, part, rows, subject, thinned, written

NEED_MORE = {"presidio"}
"""Parts that work with what is not installed for tests."""
NAMES = sorted(set(TABLE["quality"]) - NEED_MORE)


@pytest.fixture(params=NAMES)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def found() -> dict[str, list[Measure]]:
    """What each part says of the same rows, a third of them copies of shown rows."""
    about = subject([*as_made(rows("made")), *thinned(rows("seed", 30))])
    return {name: list(part(name).measure(about)) for name in NAMES}


def figures(measures: list[Measure]) -> dict[str, Any]:
    return {item.name: (item.value, item.reference, item.verdict) for item in measures}


def test_every_measure_says_what_it_is(name, found):
    assert found[name]
    for item in found[name]:
        assert item.part == name
        assert item.name.isidentifier()
        assert item.name == item.name.lower()
        assert len(item.name) <= 12
        assert item.direction in get_args(Direction)
        assert item.verdict in get_args(Verdict)
        assert item.unit
        assert not item.said.endswith(".")
        assert len(item.said) > 20
        if item.low is not None and item.high is not None:
            assert item.low <= item.value <= item.high


def test_no_two_parts_give_a_measure_the_same_name(found):
    names = [item.name for measures in found.values() for item in measures]
    assert len(names) == len(set(names))


def test_a_part_says_what_it_costs_and_what_its_parameters_do(name):
    made = resolve("quality", name)
    assert made.COST in ("fast", "slow")
    assert made.Params.model_config["extra"] == "forbid"
    assert all(field.description for field in made.Params.model_fields.values())


def test_no_words_of_a_real_row_are_in_a_measure(name, found):
    real = [str(row.values["text"]) for tag in ("seed", "dev") for row in rows(tag, 80)]
    said = json.dumps(Panel(tuple(found[name])).as_dict(), ensure_ascii=False)
    assert SharedRuns(real, 3).count(said)[0] == 0


def test_a_panel_is_the_same_after_its_json_was_read(name, found):
    panel = Panel(tuple(found[name]), 1.5, {"other": "why"})
    assert panel_of(json.loads(json.dumps(panel.as_dict()))) == panel


def test_the_order_of_the_rows_does_not_matter(name):
    made = as_made(rows("made"))
    again = random.Random(1).sample(made, len(made))
    first, other = (part(name).measure(subject(each)) for each in (made, again))
    for a, b in zip(first, other, strict=True):
        assert a.name == b.name
        # What is drawn or split in folds may differ a little.
        assert a.value == pytest.approx(b.value, rel=0.1, abs=0.05)


def test_the_same_rows_give_the_same_figures(name):
    made = as_made(rows("made", 20))
    first, other = (figures(list(part(name).measure(subject(made)))) for _ in range(2))
    assert first == other


def test_real_rows_in_the_place_of_synthetic_ones_are_not_bad(name):
    for item in part(name).measure(subject(as_made(rows("others")))):
        assert item.verdict in {"good", ""}, item.said


ODD = {
    "no row": subject([]),
    "one row": subject(as_made(rows("made", 1))[:1]),
    "one class": subject([row for row in as_made(rows("made")) if row.label == CLASSES[0]]),
    "texts without a word": subject(written([(label, "...") for label in CLASSES] * 20)),
    "no text": subject(written([(label, "") for label in CLASSES] * 20)),
    "nothing held out": subject(as_made(rows("made")), held=()),
    "no real row at all": replace(subject(as_made(rows("made"))), real=(), held=(), source=()),
    "nothing shown": subject(as_made(rows("made")), shown=()),
    "a single real row": replace(
        subject(as_made(rows("made", 2))), real=tuple(rows("dev", 1)[:1]), held=(), source=()
    ),
    "real rows of another class": subject(
        as_made(rows("made")), real=(Row("r", {"text": "a"}, "x"),)
    ),
    "one word a row": subject(written([(label, label) for label in CLASSES] * 20)),
    "a long row": subject(written([(CLASSES[0], "word " * 20_000)] * 3)),
}  # fmt: skip


@pytest.mark.parametrize("about", ODD.values(), ids=ODD)
@pytest.mark.filterwarnings("error")
def test_odd_rows_are_measured_or_skipped_with_a_reason(name: str, about: Subject) -> None:
    why, measures = "", []
    try:
        measures = list(part(name).measure(about))
    except Skip as exc:
        why = str(exc)
    assert measures or len(why) > 10
    assert all(abs(item.value) < 1e9 for item in measures)
