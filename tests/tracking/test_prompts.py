import json
from dataclasses import replace

import pytest

from synthlab.config.models import ExperimentConfig
from synthlab.tracking import prompts
from synthlab.tracking.registry import register
from synthlab.tracking.runs import RunLog, Wording
from tests.tracking import made

SHORT = Wording({"row": "Write a short {document} about {label}."})
LONG = Wording({"row": "Write a long {document} about {label}."})


def said(run, wording, **about):
    """The child run of a candidate that says so; logged like one that was scored."""
    candidate = replace(made.candidate("direct"), params={}, **about)
    log = run.start_trial(candidate, {})
    log.says(wording)
    log.finish(replace(made.trial("direct", log.run_id), candidate=candidate), {}, made.HOLDOUT)
    return log.run_id


def versions(store, name):
    return sorted(store.client.search_prompt_versions(name), key=lambda item: int(item.version))


def links(store, run_id):
    tag = store.client.get_run(run_id).data.tags[prompts.LINKED]
    return [(item["name"], item["version"]) for item in json.loads(tag)]


def test_equal_texts_of_several_runs_are_one_version_that_each_is_linked_to(store):
    ids, parents = [], []
    for _ in range(2):
        run = RunLog.start(store, "once", "once", "", {}, {})
        parents.append(run.run_id)
        ids += [said(run, SHORT), said(run, LONG, name="long"), said(run, SHORT, name="again")]
    found = versions(store, "once.Direct.row")
    assert [item.template for item in found] == [
        "Write a short {{document}} about {{label}}.",
        "Write a long {{document}} about {{label}}.",
    ]
    assert [links(store, run_id)[0][1] for run_id in ids] == ["1", "2", "1", "1", "2", "1"]
    assert [item.tags[prompts.RUNS].split(",") for item in found] == [parents[::-1]] * 2


def test_a_version_says_which_candidate_brought_it_why_and_how_well_it_did(store):
    run = RunLog.start(store, "why", "why", "", {}, {})
    said(run, SHORT)
    said(run, LONG, name="hints 1", parent="direct", why="its rows are too short")
    first, second = versions(store, "why.Direct.row")
    assert first.commit_message == "direct, as the config has it."
    assert second.commit_message == "hints 1, made from direct: its rows are too short."
    assert second.tags["candidate"] == "hints 1"
    assert second.tags["f1"] == "0.630"


def test_what_fills_a_prompt_stands_below_it_so_that_changed_topics_are_another_version(store):
    run = RunLog.start(store, "filled", "filled", "", {}, {})
    wording = Wording({"row": "About {topic}."}, [("sport", "A match was won.")])
    for topics in (["cricket", "rugby"], ["cricket", "chess"]):
        log = run.start_trial(replace(made.candidate("direct"), params={"axes": topics}), {})
        log.says(wording)
    first, second = versions(store, "filled.Direct.row")
    assert first.template == (
        "About {{topic}}.\n\n```yaml\naxes:\n- cricket\n- rugby\n```\n\n"
        "--- shown as earlier answers ---\n\n[sport] A match was won."
    )
    assert "- chess" in second.template


def test_the_part_of_a_mixture_uses_the_version_that_it_used_alone(store):
    run = RunLog.start(store, "mixed", "mixed", "", {}, {})
    said(run, SHORT)
    parts = [{"use": "direct", "params": {}}, {"use": "a/b.py:my_own", "params": {"n": 2}}]
    mixture = replace(made.candidate("mixture"), params={"parts": parts})
    log = run.start_trial(mixture, {})
    log.says(Wording({"1/row": SHORT.texts["row"], "2/row": "Mine."}))
    assert links(store, log.run_id) == [("mixed.Direct.row", "1"), ("mixed.MyOwn.row", "1")]


def test_a_generator_without_templates_is_known_by_a_prompt_as_it_was_sent(store):
    run = RunLog.start(store, "bare", "bare", "", {}, {})
    run_id = said(run, Wording({}))
    assert links(store, run_id) == [("bare.Direct.prompt", "1")]
    (only,) = versions(store, "bare.Direct.prompt")
    assert only.template == "Write a direct news article about sport."


def test_fresh_generations_are_linked_to_the_prompt_and_an_alias_names_the_winners(store):
    run = RunLog.start(store, "won", "won", "", {}, {})
    log = run.start_trial(made.candidate("direct"), {})
    log.says(SHORT)
    trial = made.trial("direct", log.run_id)
    log.finish(trial, {}, made.HOLDOUT)
    fresh = run.start_trial(made.candidate("direct"), {}, "final")
    fresh.finish_final([trial.curated], [trial.score], made.HOLDOUT)
    run.finish(made.result(run.run_id, [trial]), "Said.", {})
    assert links(store, fresh.run_id) == [("won.Direct.row", "1")]
    winner = store.client.get_prompt_version_by_alias("won.Direct.row", "winner")
    assert str(winner.version) == "1"


@pytest.mark.parametrize("generator", ["direct", "few_shot", "a/b.py:my_own", "p.q:_9", "x:Ünü"])
def test_no_prompt_can_have_the_name_of_a_promoted_generator(generator):
    candidate = replace(made.candidate("direct"), generator=generator)
    name = prompts.prompt_name("bbc-news", candidate, "row")
    assert name.isascii()
    with pytest.raises(ValueError, match="pattern"):
        ExperimentConfig.model_validate(
            {"name": name, "task": "table", "lm": {"model": "fake/words"}}
        )


def test_a_generator_is_promoted_beside_prompts_of_its_experiment(store):
    run = RunLog.start(store, "both", "both", "", {}, {})
    run_id = said(run, SHORT)
    version = register(store, "both", {"write": 1}, "json:loads", run_id, {})
    assert version.version == "1"
    assert [item.version for item in versions(store, "both.Direct.row")] == [1]
