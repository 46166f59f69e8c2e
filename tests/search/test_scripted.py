"""The scripted objective keeps the protocol that searches are written against."""

import dspy
import pytest

from tests.search.scripted import Scripted


def test_a_changed_candidate_has_a_free_name_its_parent_and_its_own_config():
    objective = Scripted({"a": {40: 0.5}, "b": {40: 0.6}})
    changes = {"generator.prompts.row": "Write more.", "lm.temperature": 0.2}
    made = objective.change(objective.start[0], changes, "b", "to see")
    assert (made.name, made.parent, made.why) == ("b (2)", "a", "to see")
    assert made.texts == {"row": "Write more."}
    assert objective.config(made)["lm"]["temperature"] == 0.2
    assert objective.config(objective.start[0])["lm"]["temperature"] == 1.0
    assert objective(made).score == objective(objective.start[0]).score


def test_a_changed_candidate_may_have_a_curve_of_its_own():
    def grown(config):
        return {40: 0.9 if "sport" in config["generator"]["prompts"]["row"] else 0.1}

    objective = Scripted({"a": {40: 0.5}}, grown=grown)
    found = [
        objective(objective.change(objective.start[0], {"generator.prompts.row": text}, "new"))
        for text in ("about sport", "about tech")
    ]
    assert found[0].score.f1 > found[1].score.f1
    assert [trial.candidate.name for trial in found] == ["new", "new (2)"]


def test_the_reflection_lm_is_asked_in_words_and_by_programs():
    objective = Scripted({}, reply=lambda prompt, number: f"{number} to {prompt}")
    assert objective.ask("Why?", 3) == "3 to Why?"
    with objective.reflecting(7):
        program = dspy.Predict("question -> reply")
        assert [program(question="Why?").reply[:4] for _ in range(2)] == ["7 to", "8 to"]
    assert [number for _, number in objective.reflected] == [3, 7, 8]


def test_what_the_reflection_lm_raises_comes_out():
    def reply(prompt, number):
        raise ZeroDivisionError("no")

    with pytest.raises(ZeroDivisionError):
        Scripted({}, reply=reply).ask("Why?", 0)
