"""What users write is checked whole, with the line of each mistake."""

from __future__ import annotations

from pathlib import Path

import pytest

from synthlab.config.load import load, to_yaml
from synthlab.errors import ConfigError

BASE = "name: x\ntask: bbc-news\nlm: {model: fake/words}\n"
CAPPED = "name: x\nlm: {model: fake/words}\ntask:\n  use: bbc-news\n  split:\n    seed_per_class: "


def written(folder: Path, text: str) -> Path:
    path = folder / "x.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def mistakes(folder: Path, text: str, *overrides: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load(written(folder, text), overrides).problems.raise_if_any()
    return caught.value.what.replace(str(folder), "").splitlines()


def test_all_mistakes_come_at_once_with_line_and_suggestion(tmp_path):
    text = BASE + "budget:\n  rows_per_clas: 3\n  tries: 0\nsweep:\n  lm.temperature: [0.2, hot]\n"
    found = mistakes(tmp_path, text)
    assert found == [
        "/x.yaml:5: budget.rows_per_clas: unknown key, did you mean 'rows_per_class'?",
        "/x.yaml:6: budget.tries: should be greater than or equal to 1",
        "/x.yaml:8: sweep.lm.temperature[1]: should be a valid number, "
        "unable to parse string as a number",
    ]


def test_a_value_of_several_types_is_told_at_its_own_place(tmp_path):
    groups = "groups: {a: {words: [x]}, b: {words: [y]}}, target: {a: -1, b: 2}"
    task = f"task: {{use: bbc-news, sensitive: {{kind: {{{groups}}}}}}}"
    assert mistakes(tmp_path, BASE.replace("task: bbc-news", task)) == [
        "/x.yaml:2: task.sensitive.kind.target.a: should be greater than or equal to 0, "
        "or should be a mapping"
    ]
    groups = "groups: {a: {words: [x]}, b: {words: [x]}}"
    task = f"task: {{use: bbc-news, sensitive: {{kind: {{{groups}}}}}}}"
    assert mistakes(tmp_path, BASE.replace("task: bbc-news", task)) == [
        "/x.yaml:2: task.sensitive.kind: 'x' is a word of both 'a' and 'b'"
    ]


def test_a_missing_section_is_named(tmp_path):
    assert mistakes(tmp_path, "name: x\n") == [
        "/x.yaml:1: task: is missing",
        "/x.yaml:1: lm: is missing",
    ]


def test_a_broken_section_does_not_hide_the_mistakes_of_the_others(tmp_path):
    text = "name: X\ntask: [1]\nlm: {model: 5}\nseed: -1\nsweep:\n  lm.top_p: [2]\n"
    places = [line.split(" ")[0] + line.split(" ")[1] for line in mistakes(tmp_path, text)]
    assert places == [
        "/x.yaml:1:name:",
        "/x.yaml:2:task:",
        "/x.yaml:3:lm.model:",
        "/x.yaml:4:seed:",
        "/x.yaml:6:sweep.lm.top_p[0]:",
    ]


def test_a_mistake_in_a_flag_names_the_flag_and_no_line(tmp_path):
    text = BASE + "budget: {tries: 0}\n"
    assert mistakes(tmp_path, text, "lm.temperature=hot") == [
        "--set lm.temperature: should be a valid number, unable to parse string as a number",
        "/x.yaml:4: budget.tries: should be greater than or equal to 1",
    ]


@pytest.mark.parametrize(
    ("caps", "said"),
    [
        ("0", ": should be greater than or equal to 1"),
        ("few", ": should be a valid integer, unable to parse string as an integer"),
        ("{tech: 0}", ".tech: should be greater than or equal to 1"),
        ("{no: 3}", ": a label is read as false, put it in quotes"),
        ("{}", ": Dictionary should have at least 1 item after validation, not 0"),
    ],
)
def test_rows_by_label_are_one_mistake_at_their_key(tmp_path, caps, said):
    text = f"{CAPPED}{caps}\n"
    assert mistakes(tmp_path, text) == [f"/x.yaml:6: task.split.seed_per_class{said}"]


def test_rows_by_label_take_numbers_for_labels_and_run_again_as_they_are(tmp_path):
    text = f"{CAPPED}{{0: 3, '*': 5}}\n"
    one = load(written(tmp_path, text)).config
    assert one.task.split.seed_per_class == {"0": 3, "*": 5}
    assert load(written(tmp_path, to_yaml(one))).config == one


@pytest.mark.parametrize("value", [".nan", ".inf", "0", "-1", "much"])
@pytest.mark.parametrize("key", ["usd", "tokens", "calls", "minutes"])
def test_a_cap_that_caps_nothing_is_refused(tmp_path, key, value):
    assert len(mistakes(tmp_path, BASE + f"budget: {{{key}: {value}}}\n")) == 1


ADDRESSES = [
    "postgresql://me:secret-word@db/calls",
    "postgresql+psycopg://me:sec/ret-word@db/calls",
    "postgresql://db/calls?user=me&password=secret-word",
    "mssql+pyodbc:///?odbc_connect=x&pwd=secret-word",
]


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize("key", ["journal", "uri"])
def test_an_address_with_a_password_is_refused_and_not_repeated(tmp_path, key, address):
    [found] = mistakes(tmp_path, BASE + f"tracking: {{{key}: '{address}'}}\n")
    assert found.startswith(f"/x.yaml:4: tracking.{key}: holds a password")
    assert "ret-word" not in found
    assert ("SYNTHLAB_JOURNAL" in found) == (key == "journal")


@pytest.mark.parametrize(
    "address", ["sqlite:///calls.db", "postgresql://me@db/calls", "http://h:5000/a/@b"]
)
def test_an_address_without_a_password_is_taken(tmp_path, address):
    text = BASE + f"tracking: {{journal: '{address}'}}\n"
    assert load(written(tmp_path, text)).config.tracking.journal == address


@pytest.mark.parametrize("key", ["api_key: abc", "base_url: sk-abcdefghijklmnop"])
def test_a_key_in_the_yaml_is_refused_and_not_repeated(tmp_path, key):
    found = mistakes(tmp_path, f"name: x\ntask: bbc-news\nlm:\n  model: fake/words\n  {key}\n")
    assert "looks like a credential" in found[0]
    assert found[0].startswith("/x.yaml:5: lm.")
    assert key.split()[1] not in found[0]


def test_a_key_given_by_set_is_refused_too(tmp_path):
    assert "credential" in mistakes(tmp_path, BASE, "lm.api_key=abc")[0]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("name: [x\n", "not valid YAML"),
        ("- a\n- b\n", "expected a mapping"),
        ("", "expected a mapping"),
        (BASE + "seed: 1\nseed: 2\n", "5: seed: stands twice, first in line 4"),
    ],
)
def test_what_is_no_config_says_so(tmp_path, text, said):
    assert said in mistakes(tmp_path, text)[0]


def test_set_replaces_a_value_and_grows_a_short_name(tmp_path):
    config = load(
        written(tmp_path, BASE + "generator: direct\n"),
        ["seed=7", "generator.with.shots=3", "lm.temperature=null"],
    ).config
    assert config.seed == 7
    assert config.generator.use == "direct"
    assert config.generator.params == {"shots": 3}
    assert config.lm.temperature is None


@pytest.mark.parametrize("text", ["seed", "=3", "seed.a=3"])
def test_a_set_flag_that_cannot_be_applied_is_an_error(tmp_path, text):
    with pytest.raises(ConfigError):
        load(written(tmp_path, BASE + "seed: 1\n"), [text])


def test_a_sweep_is_every_combination_with_a_name_each(tmp_path):
    text = BASE + "sweep:\n  generator: [direct, few_shot]\n  lm.temperature: [0.5, 1.0]\n"
    loaded = load(written(tmp_path, text))
    assert [variant.name for variant in loaded.variants] == [
        "direct temperature=0.5",
        "direct temperature=1.0",
        "few_shot temperature=0.5",
        "few_shot temperature=1.0",
    ]
    assert [v.config.lm.temperature for v in loaded.variants] == [0.5, 1.0, 0.5, 1.0]


@pytest.mark.parametrize(
    ("sweep", "said"),
    [
        ("generator: []", "leaves nothing to run"),
        ("seed: [1, 2]", "cannot vary within a run"),
        (f"lm.temperature: {[0.1] * 1001}", "more than 1000"),
        ("lm.extra.top_k: [1, 2]\n  lm.extra: [9]", "lm.extra is not a mapping"),
        ("budget.usd: [1, 2]", "/x.yaml:5: sweep.budget.usd: a cap holds for the whole run"),
        ("budget: [{rows_per_class: 9, calls: 5}]", "sweep.budget[0].calls: a cap holds for"),
        ("1: [2]", "should be a valid string"),
        ("generator: 3", "sweep.generator: should be a list"),
    ],
)
def test_a_sweep_that_makes_no_sense_is_refused(tmp_path, sweep, said):
    assert any(said in line for line in mistakes(tmp_path, BASE + f"sweep:\n  {sweep}\n"))


def test_every_mistake_of_a_sweep_comes_with_its_line(tmp_path):
    text = BASE + (
        "generator: {use: direct, name: [x]}\nsweep:\n  seed: [1]\n  lm.top_p: []\n"
        "  generator.name.x: [1]\n  generator.rows_per_request: [5, 0]\n"
    )
    assert [line.split(": ")[:2] for line in mistakes(tmp_path, text)] == [
        ["/x.yaml:4", "generator.name"],
        ["/x.yaml:6", "sweep.seed"],
        ["/x.yaml:7", "sweep.lm.top_p"],
        ["/x.yaml:8", "sweep.generator.name.x"],
        ["/x.yaml:9", "sweep.generator.rows_per_request[1]"],
    ]


def test_the_line_of_a_swept_value_is_that_of_the_key_that_set_it_last(tmp_path):
    text = BASE + "sweep:\n  generator: [direct]\n  generator.rows_per_request: [0]\n"
    assert mistakes(tmp_path, text) == [
        "/x.yaml:6: sweep.generator.rows_per_request[0]: should be greater than or equal to 1"
    ]


def test_a_swept_budget_keeps_the_caps_of_the_run(tmp_path):
    text = BASE + "budget: {usd: 2, calls: 50}\nsweep: {budget: [{tries: 2}, {tries: 4}]}\n"
    loaded = load(written(tmp_path, text))
    assert loaded.config.budget.caps == {"usd": 2, "calls": 50}
    assert [v.config.budget.caps for v in loaded.variants] == [{"usd": 2, "calls": 50}] * 2
    assert [v.config.budget.tries for v in loaded.variants] == [2, 4]


def test_names_of_variants_are_unique(tmp_path):
    text = BASE + "sweep:\n  generator: [direct, {use: direct, name: direct (2)}, direct]\n"
    names = [variant.name for variant in load(written(tmp_path, text)).variants]
    assert names == ["direct", "direct (2)", "direct (3)"]


def test_the_resolved_config_runs_again_as_it_is(tmp_path):
    first = load(written(tmp_path, BASE + "sweep: {lm.temperature: [0.5, 1.0]}\n"))
    again = load(written(tmp_path, to_yaml(first.config)))
    assert again.config == first.config
    assert [v.config for v in again.variants] == [v.config for v in first.variants]


def test_a_missing_file_names_its_neighbours(tmp_path):
    written(tmp_path, BASE)
    with pytest.raises(ConfigError, match=r"no such config(.|\n)*x\.yaml"):
        load(tmp_path / "y.yaml")
