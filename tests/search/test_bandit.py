"""The bandit: weights follow credit, within bounds, seeded, and only where something is known."""

from __future__ import annotations

from dataclasses import replace
from statistics import fmean

import pytest

from synthlab.findings import Feedback, Finding
from synthlab.generators.attributes import Attributes
from synthlab.outcomes import Candidate
from synthlab.records import Brief
from synthlab.registry import resolve
from tests.search.scripted import Scripted

TOPICS = ["cup", "transfer", "injury", "doping", "record"]
AXES = {
    "topic": {"sport": TOPICS, "tech": ["chips", "phones"]},
    "tone": ["calm", "angry"],
}


class Lab:
    """What a proposer may ask of an objective."""

    brief = Brief("article", ("sport", "tech"), {})
    seed = 0

    def __init__(self, axes=AXES, seed: int = 0) -> None:
        self.axes, self.seed = axes, seed

    def config(self, candidate: Candidate) -> dict:
        return {"generator": {"use": candidate.generator, "with": {"axes": self.axes}}}


def about(
    means: dict[str, float], se: float = 0.1, words: tuple[str, ...] = ("record",)
) -> Finding:
    weights = {f"topic={value}": mean for value, mean in means.items()}
    weights |= {"tone=calm": 1.1, "tone=angry": 0.9}
    return Finding(
        "credit", "", 0.01, "sport", words=words, weights=weights, ses=dict.fromkeys(weights, se)
    )


GOOD = about({"cup": 3.0, "transfer": 1.0, "injury": 1.0, "doping": 0.6, "record": -1.5})


def trial(*findings: Finding, generator: str = "attributes"):
    lab = Scripted({"attributes": {40: 0.8}})
    made = lab(lab.start[0])
    candidate = replace(made.candidate, generator=generator)
    return replace(made, candidate=candidate, feedback=Feedback(tuple(findings)))


def proposed(*findings: Finding, axes=AXES, seed: int = 0, number: int = 1, **params):
    bandit = resolve("proposer", "bandit")
    return bandit(bandit.Params(**params)).propose(trial(*findings), Lab(axes, seed), number)


def test_helpful_values_gain_weight_and_a_clearly_harmful_one_is_left_out():
    found = proposed(GOOD)
    (key,) = found.changes
    assert key == "generator.with.axes.topic"
    weights = found.changes[key]["sport"]
    assert "record" not in weights
    assert max(weights, key=weights.get) == "cup"
    assert weights["doping"] == min(weights.values()) > 0
    assert found.changes[key]["tech"] == {"chips": 1.0, "phones": 1.0}
    assert found.why.startswith("follow the credit of attribute values: sport: topic ")
    assert "more 'cup'" in found.why
    assert "no 'record'" in found.why


def test_what_it_proposes_are_axes_that_the_generator_takes():
    found = proposed(GOOD)
    axes = {**AXES, "topic": found.changes["generator.with.axes.topic"]}
    generator = Attributes(Attributes.Params(axes=axes), Lab.brief)
    drawn = [request.attributes["topic"] for request in generator.plan("sport", 0, 80)]
    assert "record" not in drawn
    assert drawn.count("cup") > drawn.count("doping") > 0


def test_the_same_number_draws_the_same_and_another_one_differs():
    noisy = replace(GOOD, ses=dict.fromkeys(GOOD.weights, 0.5))
    assert proposed(noisy) == proposed(noisy)
    assert proposed(noisy, number=2) != proposed(noisy)
    assert proposed(noisy, seed=1) != proposed(noisy)


def test_what_little_is_known_of_is_tried_again_now_and_then():
    """A value that looks bad by few rows gets more than its share in some of the draws."""

    def shares(se: float) -> list[float]:
        unsure = replace(GOOD, ses={**GOOD.ses, "topic=doping": se})
        found = [proposed(unsure, number=n) for n in range(40)]
        return [p.changes["generator.with.axes.topic"]["sport"]["doping"] for p in found]

    assert max(shares(0.1)) < 1 < max(shares(1.5))
    assert fmean(shares(0.1)) < 0.8


def test_weights_stay_in_bounds_however_good_a_value_is_and_however_often_it_is_asked():
    axes = AXES
    for number in range(6):
        found = proposed(
            about({**dict.fromkeys(TOPICS, 0.1), "cup": 50.0}), axes=axes, number=number
        )
        axes = {**axes, "topic": found.changes["generator.with.axes.topic"]}
    weights = axes["topic"]["sport"]
    assert max(weights.values()) / min(weights.values()) <= 16.5
    assert len(weights) == len(TOPICS)


def test_enough_values_are_kept_where_all_of_them_harm():
    found = proposed(about(dict.fromkeys(TOPICS, -2.0)), keep=3)
    assert len(found.changes["generator.with.axes.topic"]["sport"]) == 3


@pytest.mark.parametrize("axis", [TOPICS, dict.fromkeys(TOPICS, 2.0)])
def test_an_axis_that_all_classes_share_is_told_apart_by_class(axis):
    found = proposed(GOOD, axes={"topic": axis})
    topic = found.changes["generator.with.axes.topic"]
    assert set(topic) == {"sport", "tech"}
    assert len(set(topic["tech"].values())) == 1
    assert "record" in topic["tech"]


def test_nothing_is_proposed_where_nothing_is_known():
    assert proposed() is None
    assert proposed(replace(GOOD, label="")) is None
    assert proposed(replace(GOOD, part="confusions")) is None
    assert proposed(replace(GOOD, words=("elsewhere",))) is None
    bandit = resolve("proposer", "bandit")
    other = trial(GOOD, generator="direct")
    assert bandit(bandit.Params()).propose(other, Lab(), 1) is None
