"""What becomes of a row whose class a model of the real rows doubts: weights, and an LM's word."""

from __future__ import annotations

import json
from collections.abc import Sequence

import pytest
from pydantic import ValidationError

from synthlab.curation.base import Answer, Known, Questioning
from synthlab.curation.confirm import Confirm, Downweight
from synthlab.curation.curator import Curator
from synthlab.curation.duplicates import Duplicates
from synthlab.curation.verify import Verify, named
from synthlab.records import Lineage, Request, Row, Usage
from tests.conftest import WORDS, table_rows

LABELS = tuple(WORDS)
NAMES = {"refund": "money back", "delivery": "parcels"}
REAL = Known((), tuple(table_rows(10)), LABELS, names=NAMES, document="support message")
PARCEL = "parcel courier late tracking address driver"
REFUND = "refund money return charge invoice payment"
ASKED = Usage(calls=1, input_tokens=7, output_tokens=2, cost_usd=0.5)


def row(label: str, text: str = PARCEL, weight: float = 1.0) -> Row:
    lineage = Lineage("c", "lm", "", Request(label, 0, 0), Usage(calls=1, cost_usd=0.1))
    return Row(f"{label} {text}", {"text": text}, label, lineage, weight)


class Scripted:
    """Answers every question with the same text, and remembers the questions."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.prompts: list[str] = []

    def __call__(self, step: Questioning, prompts: Sequence[str]) -> list[Answer]:
        self.prompts += prompts
        return [Answer(self.text, ASKED)] * len(prompts)


def verify(answer: str, rows: Sequence[Row], **params: object):
    lm = Scripted(answer)
    curator = Curator([Verify(Verify.Params(**params), REAL)], "text", lm)
    return curator.sift(rows), lm


def test_only_a_row_that_the_model_doubts_is_asked_about_and_the_lm_may_save_it():
    found, lm = verify("money back", [row("refund"), row("delivery"), row("refund", REFUND)])
    assert [item.label for item in found.kept] == ["refund", "delivery", "refund"]
    (prompt,) = lm.prompts
    assert PARCEL in prompt
    assert "money back, parcels, account" in prompt
    assert "support message" in prompt


@pytest.mark.parametrize("answer", ["parcels", "account", "", "no idea", "parcels or money back"])
def test_a_row_that_the_lm_does_not_confirm_is_dropped(answer):
    found, _ = verify(answer, [row("refund")])
    assert found.reasons() == {"label not verified": 1}


def test_a_row_gets_the_class_that_model_and_lm_agree_on_and_no_other():
    found, _ = verify("Parcels.", [row("refund")], then="relabel")
    (kept,) = found.kept
    assert (kept.label, kept.lineage.request.label, kept.weight) == ("delivery", "refund", 1.0)
    assert not verify("account", [row("refund")], then="relabel")[0].kept
    assert verify("money back", [row("refund")], then="relabel")[0].kept[0].label == "refund"


def test_a_denied_row_counts_for_as_much_as_its_class_is_probable():
    step = Downweight(Downweight.Params(), REAL)
    found, _ = verify("parcels", [row("refund"), row("delivery")], then="downweight")
    assert [item.weight for item in found.kept] == [step.weigh(PARCEL, "refund"), 1.0]
    assert found.kept[0].weight < 0.5
    high, _ = verify("parcels", [row("refund")], then="downweight", floor=0.9)
    assert high.kept[0].weight == 0.9
    saved, _ = verify("money back", [row("refund")], then="downweight")
    assert saved.kept[0].weight == 1.0


def test_what_asking_took_is_part_of_what_the_row_took_also_of_a_dropped_one():
    found, _ = verify("parcels", [row("refund"), row("delivery")])
    (gone,), (kept,) = found.dropped, found.kept
    assert gone.row.lineage.usage == Usage(2, 7, 2, 0.6)
    assert kept.lineage.usage == Usage(1, 0, 0, 0.1)


def test_a_row_that_an_earlier_step_drops_is_not_asked_about_and_a_text_is_asked_once():
    lm = Scripted("money back")
    steps = [Duplicates(Duplicates.Params(), REAL), Verify(Verify.Params(), REAL)]
    curator = Curator(steps, "text", lm)
    curator.sift([row("refund")])
    assert len(curator.sift([row("refund")]).dropped) == 1
    assert len(lm.prompts) == 1
    _, lm = verify("money back", [row("refund"), row("account"), row("refund")])
    assert len(lm.prompts) == 1


def test_an_answer_is_not_kept_for_rows_of_a_later_round():
    curator = Curator([Verify(Verify.Params(), REAL)], "text", Scripted("money back"))
    assert curator.sift([row("refund")]).kept
    assert curator.sift([row("refund", "a late parcel")]).kept
    assert not curator.sift([row("refund")], ask=False).kept


def test_without_an_lm_a_doubted_row_is_not_verified():
    found = Curator([Verify(Verify.Params(), REAL)], "text").sift([row("refund"), row("delivery")])
    assert found.reasons() == {"label not verified": 1}


def test_a_surer_model_is_asked_for_by_the_same_parameters_as_those_of_confirm():
    _, lm = verify("parcels", [row("delivery")], least=0.99)
    assert len(lm.prompts) == 1


@pytest.mark.parametrize(
    ("answer", "label"),
    [
        ("refund", "refund"), (" Money Back. ", "refund"), ("delivery", "delivery"),
        ("It is: **parcels**", "delivery"), ("account", "account"), ("accounts", None), ("", None),
        ("refund or account", None), ("not a class", None), ("REFUND!", "refund"),
    ],
)  # fmt: skip
def test_the_class_that_an_answer_names(answer, label):
    names = {name: NAMES.get(name, name) for name in LABELS}
    assert named(answer, names) == label


def test_a_name_within_another_name_is_told_by_the_whole_answer():
    names = {"a": "tax", "b": "tax law"}
    assert named("tax", names) == "a"
    assert named("tax law", names) == "b"


def test_a_question_without_the_text_or_the_classes_is_refused():
    for prompt in ("Which of {classes}?", "Which class is {text}?"):
        with pytest.raises(ValidationError, match="has no"):
            Verify.Params(prompt=prompt)
    step = Verify(Verify.Params(prompt="{classes}: {text}"), REAL)
    assert step.question("{classes} are braces", "account") == (
        "money back, parcels, account: {classes} are braces"
    )


def test_what_comes_back_from_json_asks_and_decides_the_same():
    made = Verify(Verify.Params(then="relabel"), REAL)
    state = json.loads(json.dumps(made.dump_state()))
    told = Known(labels=LABELS, names=NAMES, document="support message")
    back = Verify.from_state(made.params, told, state)
    assert back.question(PARCEL, "refund") == made.question(PARCEL, "refund")
    bare = Verify.from_state(made.params, Known(), state)
    assert all(label in bare.question(PARCEL, "refund") for label in LABELS)
    for step in (made, back):
        step.hear({PARCEL: "parcels"})
        assert step.label(PARCEL, "refund") == "delivery"


def test_down_weighting_keeps_every_row_and_doubts_lower_its_weight():
    curator = Curator([Downweight(Downweight.Params(floor=0.2), REAL)], "text")
    wrong, right, unknown = curator.sift(
        [row("refund"), row("delivery"), row("refund", "zebra quantum")]
    ).kept
    assert 0.2 <= wrong.weight < unknown.weight < right.weight <= 1
    assert unknown.weight == pytest.approx(1 / 3)


def test_weights_of_several_steps_and_of_the_row_itself_are_multiplied():
    step = Downweight(Downweight.Params(), REAL)
    own = step.weigh(PARCEL, "delivery")
    (kept,) = Curator([step, step], "text").sift([row("delivery", weight=0.5)]).kept
    assert kept.weight == pytest.approx(0.5 * own * own)


def test_steps_that_do_not_weigh_leave_a_row_as_it_is():
    given = row("delivery")
    (kept,) = Curator([Confirm(Confirm.Params(), REAL)], "text").sift([given]).kept
    assert kept is given
