"""A run in one store and its copy in another say the same, wherever the copying was broken off."""

from __future__ import annotations

import base64
import itertools
import json
from dataclasses import replace
from pathlib import Path

import pytest
from mlflow.entities import Span

from synthlab.tracking import candidates, names, read, registry
from synthlab.tracking.backend import LoggedModelOutput, TracingClient
from synthlab.tracking.companions import LINKED
from synthlab.tracking.names import LOCAL, SENT, SENT_RUN
from synthlab.tracking.query import search
from synthlab.tracking.runs import RunLog
from synthlab.tracking.sending import Sending
from synthlab.tracking.store import Store
from tests.conftest import copied_stores
from tests.tracking import made

WRITES = {
    *("create_run", "log_batch", "log_inputs", "log_artifacts", "set_terminated", "set_tag"),
    *("delete_tag", "set_experiment_tag", "delete_run"),
}


class Killed(BaseException):
    """The process ends here."""


class Mortal:
    """A client whose process dies when its writes, counted in ``left``, are used up."""

    def __init__(self, client, left):
        self.client, self.left = client, left

    def __getattr__(self, name):
        call = getattr(self.client, name)
        if name not in WRITES:
            return call

        def counted(*args, **rest):
            found = call(*args, **rest)
            self.left[0] -= 1
            if self.left[0] < 0:
                raise Killed
            return found

        return counted


@pytest.fixture(scope="module", autouse=True)
def stores(blank_store):
    with copied_stores(blank_store):
        yield


def log_run(store, candidates=("direct", "attributes")):
    """A finished run with rungs, a finalist's generations and a failed candidate."""
    run = RunLog.start(store, "bbc", "bbc-news", "name: bbc-news\n", {"seed": 7}, {"who": "ci"})
    trials = []
    for name in candidates:
        log = run.start_trial(made.candidate(name), made.candidate(name).params)
        trial = made.trial(name, log.run_id, 0.25)
        log.rung(made.trial(name, log.run_id, missing=30))
        log.finish(trial, {"confusion": b"\x89PNG"}, made.HOLDOUT)
        trials.append(trial)
    final = run.start_trial(trials[0].candidate, {}, "final")
    sets = [trials[0].curated] * 2
    final.finish_final(sets, [trials[0].score] * 2, made.HOLDOUT)
    run.finish(made.result(run.run_id, trials), "It won.", {"leaderboard": b"\x89PNG"})
    return run.run_id


@pytest.fixture(scope="module")
def local(tmp_path_factory):
    return Store.open(tmp_path_factory.mktemp("here") / "mlruns")


@pytest.fixture(scope="module")
def run_id(local):
    return log_run(local)


@pytest.fixture
def far(tmp_path):
    return Store.open(tmp_path / "far")


def tree(store, run_id):
    """Everything of a run and its children, by a name that is the same on both sides."""
    root = store.client.get_run(run_id)
    query = f"tags.`{names.PARENT}` = '{run_id}'"
    runs = [root, *search(store, [root.info.experiment_id], query)]
    ids = {run.info.run_id: run.data.tags.get(LOCAL, run.info.run_id) for run in runs}
    return {ids[run.info.run_id]: content(store, run, ids) for run in runs}


def content(store, run, ids):
    def plain(text):
        text = text.replace(run.info.artifact_uri, "HERE")
        for one, other in ids.items():
            text = text.replace(one, other)
        return text

    own = {"mlflow.runName", LOCAL, "synthlab.local_root", SENT, SENT_RUN}
    points = {
        key: [
            (point.value, point.step, point.timestamp)
            for point in store.client.get_metric_history(run.info.run_id, key)
        ]
        for key in run.data.metrics
    }
    return {
        "name": run.info.run_name
        if names.PARENT not in run.data.tags
        else run.data.tags[names.NAME],
        "status": run.info.status,
        "times": (run.info.start_time, run.info.end_time),
        "params": run.data.params,
        "tags": {key: plain(text) for key, text in run.data.tags.items() if key not in own},
        "points": points,
        "inputs": sorted(
            (
                each.dataset.name,
                each.dataset.digest,
                plain(each.dataset.source),
                each.dataset.schema,
                each.dataset.profile,
                str([(tag.key, tag.value) for tag in each.tags]),
            )
            for each in run.inputs.dataset_inputs
        ),
        "files": {path: plain_file(store, run, path, plain) for path in files(store, run)},
    }


def files(store, run, folder=None):
    for item in store.client.list_artifacts(run.info.run_id, folder):
        if item.is_dir:
            yield from files(store, run, item.path)
        else:
            yield item.path


def plain_file(store, run, path, plain):
    data = Path(store.client.download_artifacts(run.info.run_id, path)).read_bytes()
    return plain(data.decode()) if path.endswith(".json") else data


def test_a_copy_has_everything_and_its_own_ids(local, far, run_id):
    copy = Sending(local, far, run_id).whole()
    here, there = tree(local, run_id), tree(far, copy)
    assert there == here
    assert len(here) == 4
    assert any(len(points) > 1 for run in here.values() for points in run["points"].values())
    board = json.loads(read.artifact_text(far, copy, "leaderboard.json"))
    for entry in board["candidates"]:
        # A child's name tells its parent, which is another one here.
        assert far.client.get_run(entry["run_id"]).info.run_name == f"{entry['name']} · {copy[:4]}"
        assert candidates.candidate_calls(far, copy, entry)
    assert board["run_id"] == copy
    assert run_id not in json.dumps(board)


def test_the_copy_opens_with_the_same_saved_view(local, far, run_id):
    Sending(local, far, run_id).whole()
    here, there = (store.client.get_experiment_by_name("bbc").tags for store in (local, far))
    assert there == here


def test_what_was_sent_is_not_sent_again(local, far, run_id):
    first = Sending(local, far, run_id)
    copy = first.whole()
    again = Sending(local, far, run_id)
    assert (again.whole(), first.written, again.written) == (copy, 4, 0)
    assert local.client.get_run(run_id).data.tags[SENT_RUN] == copy


def broken_off(local, run_id, here, far, steps):
    """Send with a process that dies after so many writes, then again; whether it did die."""
    left = [steps]
    mortal = [Store(Mortal(store.client, left), store.uri, store.root) for store in (local, far)]
    try:
        Sending(*mortal, run_id).whole()
        return False
    except Killed:
        pass
    for run in search(far, experiments(far), ""):
        if run.info.status == "FINISHED":
            assert is_whole(run, here), steps
    copy = Sending(local, far, run_id).whole()
    assert tree(far, copy) == here, steps
    assert len(search(far, experiments(far), "")) == len(here), steps
    return True


@pytest.mark.parametrize(
    "every", [5, pytest.param(1, marks=pytest.mark.slow)], ids=["some steps", "every step"]
)
def test_wherever_it_is_broken_off_one_whole_copy_is_there_in_the_end(local, tmp_path, every):
    run_id = log_run(local, ["direct"])
    here = tree(local, run_id)
    for steps in itertools.count(0, every):
        if not broken_off(local, run_id, here, Store.open(tmp_path / f"far-{steps}"), steps):
            break
    assert steps > 10


def is_whole(run, here):
    mine = here[run.data.tags[LOCAL]]
    same = run.data.params == mine["params"] and run.data.metrics.keys() == mine["points"].keys()
    return same and len(run.inputs.dataset_inputs) == len(mine["inputs"])


def experiments(store):
    return [item.experiment_id for item in store.client.search_experiments()]


def test_of_two_copies_that_a_lost_answer_made_one_stays(local, far, run_id):
    experiment = far.experiment("bbc")
    tags = {LOCAL: run_id, "synthlab.local_root": run_id}
    info = local.client.get_run(run_id).info
    for _ in range(2):
        far.client.create_run(experiment, info.start_time, tags, info.run_name)
    copy = Sending(local, far, run_id).whole()
    assert len(search(far, [experiment], "")) == 4
    assert tree(far, copy) == tree(local, run_id)


def test_a_run_that_still_runs_is_shown_there_as_running(local, far):
    run = RunLog.start(local, "live", "live", "a: 1\n", {"seed": 1}, {})
    log = run.start_trial(made.candidate("direct"), {})
    sending = Sending(local, far, run.run_id)
    sending.part(log.run_id)
    ids = dict(sending.ids)
    log.finish(made.trial("direct", log.run_id), {}, made.HOLDOUT)
    sending.part(log.run_id)
    assert sending.ids == ids
    states = {mine: far.client.get_run(copy).info.status for mine, copy in ids.items()}
    assert states == {run.run_id: "RUNNING", log.run_id: "FINISHED"}
    sending.whole()
    assert far.client.get_run(ids[run.run_id]).info.status == "RUNNING"
    assert SENT not in local.client.get_run(run.run_id).data.tags


def test_a_run_is_found_by_the_id_that_it_has_on_either_side(local, far, run_id):
    copy = Sending(local, far, run_id).whole()
    assert read.find_run(far, run_id) == (copy, "")
    assert read.find_run(far, run_id[:8]) == (copy, "")
    assert read.find_run(local, copy) == (run_id, "")


@pytest.fixture(scope="module")
def rich(local, tmp_path_factory):
    """A run whose candidate has a prompt, a trace and a classifier."""
    client = local.client
    run = RunLog.start(local, "rich", "rich", "a: 1\n", {}, {})
    log = run.start_trial(made.candidate("direct"), {})
    experiment = run.experiment_id
    for text in ("Write {{label}}.", "Write about {{label}}."):
        if client.get_prompt("rich.Direct.row") is None:
            client.create_prompt("rich.Direct.row")
        client.create_prompt_version("rich.Direct.row", text, "why", {"sha256": text[:9]})
    client.set_prompt_version_tag("rich.Direct.row", "2", "mlflow.prompt.run_ids", log.run_id)
    client.set_prompt_alias("rich.Direct.row", "winner", 2)
    for run_id in (log.run_id, run.run_id):
        client.set_tag(run_id, LINKED, json.dumps([{"name": "rich.Direct.row", "version": "2"}]))
    TracingClient(local.uri).log_spans(experiment, [span(log.run_id)])
    client.link_traces_to_run([f"tr-{log.run_id}"], log.run_id)
    # The prompt is registered above, by hand.
    trial = replace(made.trial("direct", log.run_id), prompts={})
    log.finish(trial, {}, made.HOLDOUT)
    model = client.create_logged_model(
        experiment, "classifier", log.run_id, params={"rows": "5"}, model_type="classifier"
    )
    folder = tmp_path_factory.mktemp("model")
    (folder / "model.skops").write_bytes(b"weights")
    client.log_model_artifacts(model.model_id, str(folder))
    client.finalize_logged_model(model.model_id, "READY")
    client.log_outputs(log.run_id, [LoggedModelOutput(model.model_id, 5)])
    run.finish(made.result(run.run_id, [trial]), "It won.", {})
    return run.run_id, log.run_id


def span(run_id):
    code = base64.b64encode(bytes.fromhex(run_id)).decode()
    return Span.from_dict(
        {
            "name": "direct",
            "trace_id": code,
            "span_id": base64.b64encode(bytes.fromhex(run_id[:16])).decode(),
            "parent_span_id": None,
            "start_time_unix_nano": 10**18,
            "end_time_unix_nano": 10**18 + 10**9,
            "status": {"code": "STATUS_CODE_OK", "message": ""},
            "events": [],
            "attributes": {
                "mlflow.traceRequestId": json.dumps(f"tr-{run_id}"),
                "mlflow.spanInputs": json.dumps({"class": "sport"}),
                "mlflow.spanOutputs": json.dumps("a text"),
            },
        }
    )


def test_prompts_traces_and_classifiers_come_along_once(local, far, rich):
    root_id, child_id = rich
    far.client.create_prompt("rich.Direct.row")
    far.client.create_prompt_version("rich.Direct.row", "Somebody else's.")
    sending = Sending(local, far, root_id)
    copy = sending.whole()
    child = sending.ids[child_id]
    Sending(local, far, root_id).whole()
    for run_id in (copy, child):
        text = far.client.get_run(run_id).data.tags[LINKED]
        assert json.loads(text) == [{"name": "rich.Direct.row", "version": "2"}]
    versions = far.client.search_prompt_versions("rich.Direct.row")
    assert [item.template for item in versions] == ["Write about {{label}}.", "Somebody else's."]
    won = far.client.get_prompt_version_by_alias("rich.Direct.row", "winner")
    assert (won.template, won.tags["mlflow.prompt.run_ids"]) == ("Write about {{label}}.", child)
    experiment = far.client.get_run(copy).info.experiment_id
    (trace,) = far.client.search_traces(locations=[experiment], run_id=child)
    assert trace.info.trace_id == f"tr-{child_id}"
    assert trace.data.spans[0].outputs == "a text"
    (model,) = far.client.search_logged_models([experiment])
    assert (model.source_run_id, model.params) == (child, {"rows": "5"})
    assert Path(model.artifact_location, "model.skops").read_bytes() == b"weights"
    (output,) = far.client.get_run(child).outputs.model_outputs
    assert (output.model_id, output.step) == (model.model_id, 5)


def test_a_generator_that_was_promoted_here_is_not_sent(local, far):
    run_id = log_run(local, ["direct"])
    children = search(local, experiments(local), f"tags.`{names.PARENT}` = '{run_id}'")
    child = next(run.info.run_id for run in children if run.data.tags[names.NAME] == "direct")
    registry.register(local, "bbc-news", {"name": "x"}, "a:b", child, {})
    copy = Sending(local, far, run_id).whole()
    experiment = far.client.get_run(copy).info.experiment_id
    assert far.client.search_logged_models([experiment]) == []
    assert list(far.client.search_registered_models()) == []
