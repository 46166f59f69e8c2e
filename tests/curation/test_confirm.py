"""The step that asks a model of the real rows whether a text is of its class."""

from __future__ import annotations

import json
import random
import threading

import numpy as np
import pytest

from synthlab.curation import confirm
from synthlab.curation.base import Known
from synthlab.curation.confirm import Confirm
from synthlab.curation.labeller import Labeller
from synthlab.errors import ConfigError
from tests.conftest import WORDS, table_rows

LABELS = tuple(WORDS)
REAL = Known((), tuple(table_rows(8)), LABELS)
REFUND = "please refund the money to my bank card, the invoice has a wrong amount"
PARCEL = "the courier left my parcel at a wrong address and the driver is late"
BETWEEN = "the courier left my parcel late and I want the money of the invoice, refund my card"


def step(real: Known = REAL, **params: float) -> Confirm:
    return Confirm(Confirm.Params(**params), real)


def from_json(made: Confirm) -> Confirm:
    """As a promoted generator has it: no real rows, and the state went through JSON."""
    return Confirm.from_state(made.params, Known(), json.loads(json.dumps(made.dump_state())))


def test_a_text_of_its_class_is_kept_and_one_of_another_class_is_not():
    made = step()
    assert made.check(REFUND, "refund") is None
    assert made.check(PARCEL, "delivery") is None
    assert made.check(PARCEL, "refund") == "label not confirmed"
    assert made.check(REFUND, "account") == "label not confirmed"


@pytest.mark.parametrize("text", ["", "zebra quantum", "!?"])
def test_a_text_that_says_nothing_known_confirms_no_label(text):
    assert {step().check(text, label) for label in LABELS} == {"label not confirmed"}


def test_a_label_that_no_real_row_has_is_not_confirmed():
    assert step().check(REFUND, "other") == "label not confirmed"


def test_more_can_be_asked_than_to_be_the_most_probable():
    found = Labeller.fit(*zip(*REAL.labelled, strict=True)).proba(BETWEEN)
    first, second, _ = sorted(found, key=lambda label: -found[label])
    own, gap = found[first], found[first] - found[second]
    assert step(least=own - 0.01).check(BETWEEN, first) is None
    assert step(least=own + 0.01).check(BETWEEN, first) is not None
    assert step(margin=gap - 0.01).check(BETWEEN, first) is None
    assert step(margin=gap + 0.01).check(BETWEEN, first) is not None


def test_probabilities_sum_to_one_for_two_classes_as_for_three():
    two = [row for row in REAL.labelled if row[1] != "account"]
    for labelled in (two, REAL.labelled):
        found = Labeller.fit(*zip(*labelled, strict=True)).proba(REFUND)
        assert sum(found.values()) == pytest.approx(1)
        assert max(found, key=lambda label: found[label]) == "refund"


def test_a_rare_class_is_confirmed_as_readily_as_a_frequent_one():
    rare = [row for row in table_rows(40) if row[1] != "refund"] + table_rows(3)[:3]
    assert step(Known((), tuple(rare), LABELS)).check(REFUND, "refund") is None


def test_what_comes_back_from_json_gives_the_same_verdicts_and_probabilities():
    made = step(margin=0.2)
    back = from_json(made)
    draw = random.Random(0)
    pool = " ".join(WORDS.values()).split()
    texts = [" ".join(draw.sample(pool, 6)) for _ in range(100)]
    verdicts = [[one.check(text, "refund") for text in texts] for one in (made, back)]
    assert verdicts[0] == verdicts[1]
    assert 0 < verdicts[0].count(None) < 100
    assert back.dump_state() == made.dump_state()
    assert [made._labeller.proba(t) for t in texts] == [back._labeller.proba(t) for t in texts]


def test_no_word_of_a_real_row_is_in_the_state():
    words = {word for text, _ in REAL.labelled for word in text.split()} - set(LABELS)
    state = json.dumps(step().dump_state())
    assert not {word for word in words if len(word) > 3 and word in state}


@pytest.mark.parametrize("classes", [2, 9, 60, 150])
def test_a_state_stays_below_half_a_megabyte(classes):
    draw = random.Random(classes)
    texts = [" ".join(f"w{draw.randrange(50_000)}" for _ in range(400)) for _ in range(3 * classes)]
    labels = [f"c{n % classes}" for n in range(len(texts))]
    made = Labeller.fit(texts, labels)
    # Noise is the worst that packing can meet.
    noise = np.frombuffer(draw.randbytes(2 * made.weights.size), "<f2").reshape(made.weights.shape)
    worst = json.dumps(Labeller(made.labels, noise).dump_state())
    assert len(json.dumps(made.dump_state())) <= len(worst) < 500_000


@pytest.mark.parametrize(
    ("labelled", "said"),
    [
        ((), "no real row may be trained on"),
        ((("some text", "refund"), ("a text", "delivery")), "no real row of account may be"),
    ],
)
def test_too_few_real_rows_are_an_error_that_says_what_to_do(labelled, said):
    with pytest.raises(ConfigError, match=said) as caught:
        step(Known(("some text",), labelled, LABELS))
    assert "task.real_rows: train (seed and dev) or seed" in caught.value.fix


def test_the_model_is_fitted_once_for_all_steps_that_ask_for_it_at_the_same_time(monkeypatch):
    fits = []
    fit = Labeller.fit

    def counted(texts, labels):
        fits.append(len(texts))
        return fit(texts, labels)

    monkeypatch.setattr(confirm.Labeller, "fit", counted)
    made: list[Confirm] = []
    # Equal rows in other tuples, as each curator may be told of them.
    known = [Known((), tuple(table_rows(7)), LABELS) for _ in range(8)]
    threads = [threading.Thread(target=lambda k=k: made.append(step(k))) for k in known]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(made), fits) == (8, [21])
    step(Known((), tuple(table_rows(6)), LABELS))
    assert fits == [21, 18]
