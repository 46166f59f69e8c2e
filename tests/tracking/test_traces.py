import json
from collections import Counter
from dataclasses import replace

from synthlab.records import Curated, Dropped
from synthlab.tracking import traces
from synthlab.tracking.runs import Extras, RunLog
from tests.tracking import made


def journal(keys):
    """A journal that has every call."""
    return {key: call(key) for key in keys}


def call(key, created=0.0):
    return {
        **{"key": key, "model": "openai/gpt-5-mini", "prompt": f"prompt of {key}"},
        **{"answer": f"answer of {key}", "finish_reason": "stop", "attempts": 1},
        **{"created": created, "cost_usd": 0.5, "input_tokens": 9, "output_tokens": 9},
    }


def logged(store, name, curated, **extras):
    run = RunLog.start(store, name, name, "", {}, {}, Extras(**{"calls": journal, **extras}))
    log = run.start_trial(made.candidate("direct"), {})
    trial = replace(made.trial("direct", log.run_id), curated=curated)
    log.finish(trial, {}, made.HOLDOUT)
    client, place = store.client, [run.experiment_id]
    found = client.search_traces(locations=place, run_id=log.run_id, max_results=500)
    return sorted(found, key=lambda item: item.info.request_preview)


def priced(row, usd=0.001):
    line = row.lineage
    return replace(row, lineage=replace(line, usage=replace(line.usage, cost_usd=usd)))


def rows(count, label="sport"):
    return tuple(priced(made.row(n, label)) for n in range(count))


def test_a_sampled_candidate_has_traces_of_every_class_on_its_run(store):
    found = logged(store, "sampled", made.trial("direct").curated, traces="sampled")
    assert len(found) == traces.SAMPLE
    classes = Counter(item.info.tags["class"] for item in found)
    assert classes == dict.fromkeys(made.LABELS, 4)


def test_a_sample_is_the_same_for_the_same_rows_in_any_order():
    curated = made.trial("direct").curated
    turned = Curated(curated.kept[::-1], curated.dropped[::-1])
    picks = [traces.sample(traces.orders(item)) for item in (curated, turned)]
    ids = [[order.rows[0].id for order in pick] for pick in picks]
    assert ids[0] == ids[1]
    assert ids[0][:5] != [row.id for row in curated.kept[:5]]


def test_a_trace_has_request_prompt_answer_tokens_cost_and_the_verdict(store):
    bad = Dropped(priced(made.row(7, "tech")), "near duplicate")
    kept, dropped = logged(store, "told", Curated(rows(1), (bad,)), traces="all")
    assert kept.info.tags["curation"] == "kept"
    assert dropped.info.tags["curation"] == "dropped: near duplicate"
    assert kept.info.token_usage == {"input_tokens": 60, "output_tokens": 70, "total_tokens": 130}
    assert kept.info.cost["total_cost"] == 0.001
    root, sent = kept.data.spans
    assert root.inputs["class"] == "sport"
    assert root.inputs["subtopic"] == "cricket"
    assert root.outputs["text"] == "sport article 0"
    assert (sent.inputs, sent.outputs) == ("prompt of call-0", "answer of call-0")
    assert sent.name == "openai/gpt-5-mini"


def test_rows_that_share_a_call_are_one_trace(store):
    first, second, third = rows(3)
    shared = [replace(r, lineage=replace(r.lineage, call="one")) for r in (first, second, third)]
    curated = Curated(tuple(shared[:2]), (Dropped(shared[2], "too short"),))
    (only,) = logged(store, "shared", curated, traces="all")
    assert only.info.tags["curation"] == "2 of 3 kept; dropped: too short"
    assert only.info.token_usage["total_tokens"] == 3 * 130
    assert len(only.data.spans[0].outputs) == 3


def test_a_cost_that_is_not_known_is_not_taken_from_a_list_of_mlflows(store):
    unknown = replace(made.row(0), lineage=replace(made.row(0).lineage, usage=priced_none()))
    (only,) = logged(store, "unpriced", Curated((unknown,)), traces="all")
    assert not only.info.cost
    assert only.info.token_usage["total_tokens"] == 130


def priced_none():
    return replace(made.row(0).lineage.usage, cost_usd=None)


def test_answers_of_an_earlier_run_are_told_from_those_of_this_one(store):
    (old,) = logged(store, "old", Curated(rows(1)), traces="all")
    assert old.info.tags["replayed"].startswith("from the journal")
    new = logged(
        store,
        "new",
        Curated(rows(1)),
        traces="all",
        calls=lambda keys: {key: call(key, 9e9) for key in keys},
    )[0]
    assert "replayed" not in new.info.tags


def test_all_means_all_and_off_means_none(store):
    every = made.trial("direct").curated
    assert len(logged(store, "every", every, traces="all")) == len(every.rows)
    assert logged(store, "none", every, traces="off") == []


def test_a_call_that_the_journal_has_not_leaves_the_row(store):
    (only,) = logged(store, "gone", Curated(rows(1)), traces="all", calls=lambda keys: {})
    assert json.loads(only.info.response_preview)["text"] == "sport article 0"
    assert len(only.data.spans) == 1
