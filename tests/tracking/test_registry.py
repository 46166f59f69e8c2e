import subprocess
import sys
from pathlib import Path

import mlflow
import pytest

from synthlab.errors import NotFoundError, StorageError
from synthlab.tracking import registry
from synthlab.tracking.runs import RunLog
from tests.tracking import made

PROGRAM = {"candidate": {"generator": "direct"}, "state": {"write": {"demos": []}}}
LOADER = "loader_for_test:rows_for"


@pytest.fixture(scope="module")
def source(store):
    """The run of a scored candidate."""
    run = RunLog.start(store, "promotion", "promotion", "", {}, {})
    log = run.start_trial(made.candidate("direct"), {})
    log.finish(made.trial("direct", log.run_id), {}, made.HOLDOUT)
    return log.run_id


def register(store, name, source, **tags):
    return registry.register(store, name, PROGRAM, LOADER, source, tags)


def test_a_promoted_program_is_loaded_by_alias_and_by_version(store, source):
    first = register(store, "news", source, f1="0.63")
    registry.set_alias(store, "news", "champion", first.version)
    version, program = registry.load_program(store, *registry.parse_ref("news@champion"))
    assert program == PROGRAM
    assert version.run_id == source
    assert version.tags["f1"] == "0.63"
    assert version.aliases == ("champion",)
    assert registry.load_program(store, "news", "1") == (version, program)


def test_promotion_moves_the_alias_and_rollback_moves_it_back(store, source):
    old, new = (register(store, "moving", source) for _ in range(2))
    assert registry.champion(store, "moving") is None
    registry.set_alias(store, "moving", "champion", old.version)
    registry.set_alias(store, "moving", "champion", new.version)
    assert registry.champion(store, "moving").version == new.version == "2"
    registry.set_alias(store, "moving", "champion", old.version)
    assert registry.champion(store, "moving").version == "1"


def test_promotion_leaves_the_source_runs_duration_alone(store, source):
    before = store.client.get_run(source).info
    register(store, "duration", source)
    after = store.client.get_run(source).info
    assert (after.start_time, after.end_time, after.status) == (
        before.start_time,
        before.end_time,
        "FINISHED",
    )


def test_there_is_no_champion_of_an_unknown_name(store):
    assert registry.champion(store, "nobody") is None


def test_unknown_names_aliases_and_versions_say_what_there_is(store, source):
    register(store, "known-generator", source)
    registry.set_alias(store, "known-generator", "champion", "1")
    with pytest.raises(NotFoundError, match="no promoted generator 'known-genrator'") as caught:
        registry.load_program(store, "known-genrator")
    assert "known-generator" in caught.value.fix
    with pytest.raises(NotFoundError, match="no alias 'champoin'") as caught:
        registry.load_program(store, "known-generator", "champoin")
    assert "known-generator@champion" in caught.value.fix
    with pytest.raises(NotFoundError, match="no version '9'"):
        registry.set_alias(store, "known-generator", "champion", "9")


def test_a_promotion_that_another_process_holds_up_is_told(store, source, monkeypatch):
    register(store, "held", source)
    monkeypatch.setattr(registry, "LOCK_SECONDS", 0.2)
    hold = (
        "import sys; from filelock import FileLock\n"
        "with FileLock(sys.argv[1]): print('held', flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", hold, str(store.root / ".alias.lock")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout.readline() == b"held\n"
        with pytest.raises(StorageError, match="another process holds the store") as caught:
            registry.set_alias(store, "held", "champion", "1")
        other.stdin.close()
        other.wait(30)
    assert "run again" in caught.value.fix
    registry.set_alias(store, "held", "champion", "1")
    assert registry.champion(store, "held").version == "1"


@pytest.mark.parametrize(
    ("ref", "parsed"),
    [
        ("bbc-news@champion", ("bbc-news", "champion")),
        ("bbc-news@3", ("bbc-news", "3")),
        ("bbc-news", ("bbc-news", "champion")),
    ],
)
def test_a_reference_is_a_name_and_an_alias_or_version(ref, parsed):
    assert registry.parse_ref(ref) == parsed


@pytest.mark.parametrize("ref", ["", "@champion", "bbc-news@", "a@b@c"])
def test_a_malformed_reference_says_how_to_write_one(ref):
    with pytest.raises(NotFoundError) as caught:
        registry.parse_ref(ref)
    assert "NAME@champion" in caught.value.fix


def test_a_name_that_a_prompt_has_is_refused(store, source):
    store.client.create_prompt("taken", description="a prompt")
    with pytest.raises(StorageError, match="already the name of a prompt"):
        register(store, "taken", source)
    assert store.client.search_model_versions("name = 'taken'") == []


def test_a_version_holds_plain_files_only_and_pins_this_package(store, source):
    version = register(store, "plain", source)
    number = store.client.get_model_version("plain", version.version)
    files = {path.name: path for path in Path(number.source).rglob("*") if path.is_file()}
    assert {"program.json", "served.py", "MLmodel", "requirements.txt"} <= set(files)
    assert not [name for name in files if name.endswith((".pkl", ".pickle", ".joblib"))]
    assert "synthlab-framework" in files["requirements.txt"].read_text()
    model_id = Path(number.source).parent.name
    assert store.client.get_logged_model(model_id).source_run_id == source


def test_a_served_generator_calls_its_loader_only_when_rows_are_asked_for(
    store, source, tmp_path, monkeypatch
):
    register(store, "served", source)
    registry.set_alias(store, "served", "champion", "1")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", store.uri)
    mlflow.set_tracking_uri(store.uri)
    mlflow.set_registry_uri(store.uri)
    try:
        model = mlflow.pyfunc.load_model("models:/served@champion")
    finally:
        mlflow.set_tracking_uri(None)
        mlflow.set_registry_uri(None)
    orders = [{"label": "sport", "count": 2, "seed": 1}]
    with pytest.raises(ModuleNotFoundError, match="loader_for_test"):
        model.predict(orders)
    (tmp_path / "loader_for_test.py").write_text(
        "def rows_for(program, orders):\n"
        "    what = program['candidate']['generator']\n"
        "    return [{'text': f'{what} {n}', 'label': o['label']}"
        " for o in orders for n in range(o['count'])]\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    assert list(model.predict(orders)["text"]) == ["direct 0", "direct 1"]
