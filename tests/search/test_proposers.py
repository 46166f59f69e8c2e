"""hints turn findings into topics; reflection turns an answer into a prompt, or says why not."""

from dataclasses import replace

import pytest

from synthlab.errors import ProposalError
from synthlab.findings import Feedback, Finding
from synthlab.outcomes import Trial
from synthlab.search.proposers.hints import Hints, topics
from synthlab.search.proposers.reflection import Reflection
from tests.search.scripted import LABELS, Scripted

FULL = 40
PROMPT = "Write a {document} about {label}."


def group(label: str, words: str, share: float, missed: float = 0.0) -> Finding:
    weights = {"share": share, "made": 0.0, "missed": missed}
    return Finding(
        "coverage", f"{label} speaks of {words}", 0.01, label, "", tuple(words.split()), weights
    )


FOUND = Feedback(
    tuple(
        finding
        for label in LABELS
        for finding in (
            group(label, f"{label}a {label}b {label}c {label}d {label}e {label}f", 0.75),
            group(label, f"{label}x {label}y {label}z", 0.25, missed=1.0),
        )
    )
)


def scored(objective: Scripted, feedback: Feedback = FOUND) -> Trial:
    trial = objective(objective.start[0])
    assert trial is not None
    return replace(trial, feedback=feedback)


def scripted(use: str = "direct", prompt: str = PROMPT, params: object = None, **more) -> Scripted:
    generator = {"use": use, "with": params or {}, "prompts": {"row": prompt}}
    return Scripted({"direct": {FULL: 0.6}}, configs={"direct": {"generator": generator}}, **more)


def test_hints_give_each_class_topics_of_a_few_words_by_their_share() -> None:
    objective = scripted()
    made = Hints(Hints.Params(words=3)).propose(scored(objective), objective, 1)
    assert made is not None
    axes = made.changes["generator.with"]["axes"]["topic"]
    assert set(axes) == set(LABELS)
    # A group with six words makes two topics, which share its share; what is missed counts twice.
    assert axes["tech"] == {
        "techa, techb, techc": 0.375,
        "techd, teche, techf": 0.375,
        "techx, techy, techz": 0.5,
    }
    assert made.changes["generator.use"] == "attributes"
    assert made.changes["generator.prompts.row"] == f"{PROMPT} It is about {{topic}}."


def test_hints_keep_the_axes_that_are_there() -> None:
    params = {"axes": {"style": ["short", "long"]}}
    objective = scripted("attributes", PROMPT, params)
    made = Hints(Hints.Params()).propose(scored(objective), objective, 1)
    assert made is not None
    assert made.changes["generator.with"]["axes"]["style"] == ["short", "long"]


def test_hints_move_the_shares_of_topics_and_never_drop_one() -> None:
    before = {label: {"old, words": 3.0, f"{label}x, {label}y, {label}z": 1.0} for label in LABELS}
    objective = scripted("attributes", PROMPT + " {topic}", {"axes": {"topic": before}})
    made = Hints(Hints.Params()).propose(scored(objective), objective, 1)
    assert made is not None
    tech = made.changes["generator.with"]["axes"]["topic"]["tech"]
    assert set(tech) > set(before["tech"])
    assert 0 < tech["old, words"] < 0.75
    assert tech["techx, techy, techz"] > 0.25
    assert made.changes["generator.prompts.row"] == PROMPT + " {topic}"


def test_hints_that_are_asked_about_the_same_candidate_again_say_something_else() -> None:
    topic = {label: {"old, words": 3.0, f"{label}x, {label}y, {label}z": 1.0} for label in LABELS}
    for params in ({}, {"axes": {"topic": topic}}):
        objective = scripted("attributes", PROMPT + " {topic}", params)
        hints, trial = Hints(Hints.Params()), scored(objective)
        made = [hints.propose(trial, objective, number) for number in (1, 2, 3)]
        axes = [str(one.changes["generator.with"]) for one in made if one]
        assert len(set(axes)) == 3


def test_hints_follow_the_credit_of_topics() -> None:
    topic = {label: {f"{label}x, {label}y, {label}z": 1.0, "old, words": 1.0} for label in LABELS}
    good, bad = "topic=techx, techy, techz", "topic=old, words"
    credit = Finding(
        "credit", "", 0.0, "tech", weights={good: 3.0, bad: 1.0}, ses={good: 0.5, bad: 0.5}
    )
    objective = scripted("attributes", PROMPT + " {topic}", {"axes": {"topic": topic}})
    shares = []
    for feedback in (FOUND, Feedback((*FOUND.findings, credit))):
        made = Hints(Hints.Params()).propose(scored(objective, feedback), objective, 1)
        assert made is not None
        shares.append(made.changes["generator.with"]["axes"]["topic"])
    plain, credited = shares
    assert credited["tech"]["techx, techy, techz"] == 2 * plain["tech"]["techx, techy, techz"]
    assert credited["tech"]["old, words"] == plain["tech"]["old, words"]
    assert credited["arts"] == plain["arts"]


def test_words_that_give_rows_away_are_told_only_where_that_is_asked_for() -> None:
    tics = Finding("tics", "", 0.0, words=("overall", "delve"))
    feedback = Feedback((*FOUND.findings, tics))
    objective = scripted()
    plain = Hints(Hints.Params()).propose(scored(objective, feedback), objective, 1)
    told = Hints(Hints.Params(avoid=2)).propose(scored(objective, feedback), objective, 1)
    assert plain is not None
    assert told is not None
    assert "overall" not in plain.changes["generator.prompts.row"]
    assert "Do not use the words overall, delve." in told.changes["generator.prompts.row"]


def test_hints_say_why_they_have_nothing_to_propose() -> None:
    objective = scripted()
    with pytest.raises(ProposalError, match=r"feedback\.least"):
        Hints(Hints.Params()).propose(scored(objective, Feedback()), objective, 1)
    other = scripted("my.module:Own")
    with pytest.raises(ProposalError, match=r"cannot lead my\.module:Own"):
        Hints(Hints.Params()).propose(scored(other), other, 1)


def test_a_class_of_which_nothing_is_told_has_its_name_for_a_topic() -> None:
    feedback = Feedback(tuple(found for found in FOUND.findings if found.label != "tech"))
    objective = scripted()
    made = Hints(Hints.Params()).propose(scored(objective, feedback), objective, 1)
    axes = made.changes["generator.with"]["axes"]["topic"]
    assert axes["tech"] == {"tech": 1.0}
    assert len(axes["arts"]) == 3


@pytest.mark.parametrize(
    "own", [["football", "cinema"], {"football": 2.0}, {label: ["a", "b"] for label in LABELS}]
)
def test_hints_leave_a_users_own_topics_as_they_are(own: object) -> None:
    objective = scripted("attributes", PROMPT + " {topic}", {"axes": {"topic": own}})
    made = Hints(Hints.Params()).propose(scored(objective), objective, 1)
    axes = made.changes["generator.with"]["axes"]
    assert axes["topic"] == own
    assert set(axes["topic_words"]) == set(LABELS)
    assert made.changes["generator.prompts.row"].endswith("{topic} It is about {topic_words}.")


def test_a_group_with_fewer_words_than_a_topic_is_one_topic() -> None:
    found = topics(Feedback((group("tech", "wifi", 1.0),)), {"tech": "technology"}, 3)
    assert found == {"tech": {"wifi": 1.0}}


def test_reflection_shows_findings_and_synthetic_rows_and_takes_the_answer_as_the_prompt() -> None:
    objective = scripted(reply=lambda prompt, number: "Write a dry {document} on {label}.")
    made = Reflection(Reflection.Params(samples=1)).propose(scored(objective), objective, 1)
    assert made is not None
    assert made.changes == {"generator.prompts.row": "Write a dry {document} on {label}."}
    ((asked, _),) = objective.reflected
    assert PROMPT in asked
    assert "tech speaks of techx" in asked
    assert '"x"' in asked  # the text of a synthetic row


def test_reflection_asks_with_another_seed_each_time() -> None:
    objective = scripted(reply=lambda prompt, number: "Write a dry {document} on {label}.")
    for number in (1, 2, 1):
        Reflection(Reflection.Params()).propose(scored(objective), objective, number)
    seeds = [seed for _, seed in objective.reflected]
    assert seeds[0] == seeds[2] != seeds[1]


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ("", "no new prompt"),
        (PROMPT, "no new prompt"),
        ("Write about anything you like.", "lost {document}"),
        ("Write {document} {label} {", "lone brace"),
        ("word " * 400 + "{document} {label}", "too long"),
    ],
)
def test_an_answer_that_is_no_prompt_is_a_proposal_that_says_why(answer: str, why: str) -> None:
    objective = scripted(reply=lambda prompt, number: answer)
    with pytest.raises(ProposalError, match=why):
        Reflection(Reflection.Params()).propose(scored(objective), objective, 1)


@pytest.mark.parametrize(
    "around",
    [
        "<prompt>\n{}\n</prompt>",
        "Here it is:\n```\n{}\n```\nGood luck!",
        "```text\n{}\n```",
    ],
)
def test_tags_and_fences_around_the_answer_are_no_part_of_the_prompt(around: str) -> None:
    text = "Write a dry {document} on {label}."
    objective = scripted(reply=lambda prompt, number: around.replace("{}", text))
    made = Reflection(Reflection.Params()).propose(scored(objective), objective, 1)
    assert made is not None
    assert made.changes["generator.prompts.row"] == text
