"""What users write is checked whole, with the line of each mistake."""

from __future__ import annotations

from pathlib import Path

import pytest

from synthlab.config.digest import LEFT_OUT, config_digest
from synthlab.config.load import load, to_yaml
from synthlab.errors import ConfigError

BASE = "name: x\ntask: bbc-news\nlm: {model: fake/words}\n"


def written(folder: Path, text: str) -> Path:
    path = folder / "x.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def mistakes(folder: Path, text: str, *overrides: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load(written(folder, text), overrides)
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


def test_a_missing_section_is_named(tmp_path):
    assert mistakes(tmp_path, "name: x\n") == [
        "/x.yaml:1: task: is missing",
        "/x.yaml:1: lm: is missing",
    ]


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
    assert len({config_digest(variant.config) for variant in loaded.variants}) == 4


@pytest.mark.parametrize(
    ("sweep", "said"),
    [
        ("generator: []", "leaves nothing to run"),
        ("seed: [1, 2]", "cannot vary within a run"),
        (f"lm.temperature: {[0.1] * 1001}", "more than 1000"),
    ],
)
def test_a_sweep_that_makes_no_sense_is_refused(tmp_path, sweep, said):
    assert any(said in line for line in mistakes(tmp_path, BASE + f"sweep:\n  {sweep}\n"))


def test_the_resolved_config_runs_again_as_it_is(tmp_path):
    first = load(written(tmp_path, BASE + "sweep: {lm.temperature: [0.5, 1.0]}\n"))
    again = load(written(tmp_path, to_yaml(first.config)))
    assert again.config == first.config
    assert [v.config for v in again.variants] == [v.config for v in first.variants]


def test_the_digest_changes_with_what_changes_rows_and_with_nothing_else(tmp_path):
    path = written(tmp_path, BASE)
    plain = config_digest(load(path).config)
    for same in ("name=y", "lm.concurrency=2", "lm.timeout_s=1", "tracking.uri=a", "lm.retries=1"):
        assert config_digest(load(path, [same]).config) == plain, same
    for other in ("seed=1", "lm.temperature=0.1", "generator=few_shot", "task.document=poem"):
        assert config_digest(load(path, [other]).config) != plain, other
    assert all(reason for reason in LEFT_OUT.values())


def test_a_missing_file_names_its_neighbours(tmp_path):
    written(tmp_path, BASE)
    with pytest.raises(ConfigError, match=r"no such config(.|\n)*x\.yaml"):
        load(tmp_path / "y.yaml")
