"""A config is checked whole before a cent is spent; candidates are told apart by what they do."""

from __future__ import annotations

from pathlib import Path

import pytest

from synthlab.config.digest import LEFT_OUT
from synthlab.config.load import to_yaml
from synthlab.config.models import ExperimentConfig
from synthlab.errors import ConfigError
from synthlab.generators import direct
from synthlab.report.plans import plan_text
from synthlab.workflow.lab import compile_file
from tests.conftest import table_rows, write_csv

TASK = """\
name: tickets
task:
  use: table
  with: {path: rows.csv}
  document: support message
  split: {dev: 24, test: 24}
"""
PLAIN = TASK + "lm: {model: fake/words}\nbudget: {rows_per_class: 6}\n"
MINE = """\
from pathlib import Path

import dspy

from synthlab.generators.base import Generator


class Mine(Generator):
    prompts = {"row": Path(__file__).with_name("mine.txt")}

    def prepare(self, shots):
        self.write = dspy.Predict(self.signature("row", ["label"]))

    def forward(self, request):
        return self.write(label=self.words(request.label))
"""
STEP = """\
class Short:
    def __init__(self, params, real):
        pass

    def check(self, text, label):
        return None

    def keep(self, text):
        pass
"""


def compiled(text: str, *overrides: str):
    Path("x.yaml").write_text(text, encoding="utf-8")
    return compile_file(Path("x.yaml"), overrides)


def mistakes(text: str, *overrides: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        compiled(text, *overrides)
    assert caught.value.exit_code == 2
    return str(caught.value).splitlines()


def digest(text: str, *overrides: str) -> str:
    [member] = compiled(text, *overrides).members
    return member.candidate.digest


BAD = """\
name: tickets
task:
  use: table
  with:
    path: row.csv
lm: {model: openia/gpt-4o-mini, max_token: 5}
scoring:
  use: tfidf-logreg
  with: {C: -1}
curation: [format, lenght]
budget: {usd: 1, tries: 0}
sweep:
  lm.model: [openai/my-own-model, claude-haiku-4-5]
  generator:
    - direkt
    - {use: few_shot, with: {shot: 2}}
    - {use: direct, prompts: {rows: "Write {label}."}}
    - {use: direct, prompts: {row: missing.txt}}
"""


def test_every_mistake_of_config_data_and_machine_comes_in_one_go(workplace, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "only-its-presence-is-checked")
    found = mistakes(BAD)
    assert [line.split(": ")[:2] for line in found if line.startswith("x.yaml")] == [
        ["x.yaml:5", "task.with.path"],
        ["x.yaml:6", "lm.max_token"],
        ["x.yaml:9", "scoring.with"],
        ["x.yaml:10", "curation[1].use"],
        ["x.yaml:11", "budget.tries"],
        ["x.yaml:15", "sweep.generator[0].use"],
        ["x.yaml:16", "sweep.generator[1].with.shot"],
        ["x.yaml:17", "sweep.generator[2].prompts.rows"],
        ["x.yaml:18", "sweep.generator[3].prompts.row"],
    ]


def test_a_missing_key_hides_no_other_mistake(workplace):
    prompts = "generator: {prompts: {row: 'Write about {labels}.'}}\n"
    found = mistakes(PLAIN + prompts, "lm.model=openai/mine", "budget.usd=1")
    places = [line.split(": ")[0] for line in found if not line.startswith("  try")]
    assert places == ["--set lm.model", "x.yaml:7", "x.yaml:9"]
    assert "OPENAI_API_KEY" in found[0]
    assert "unknown placeholder '{labels}'" in found[4]


def test_mistakes_of_the_lm_come_with_those_of_the_data(workplace, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "only-its-presence-is-checked")
    found = mistakes(BAD, "lm={}", "budget.tries=1")
    assert "x.yaml:13: sweep.lm.model[1]: lm.model 'claude-haiku-4-5' names no engine" in found
    assert "  try: write lm.model: anthropic/claude-haiku-4-5" in found
    assert "x.yaml:5: task.with.path: row.csv: no such file" in found


@pytest.mark.parametrize(
    ("overrides", "content", "place", "fix"),
    [
        (["task.use=bbc"], None, "task.use", ""),
        (["task.with.text=body"], None, "task.with.path", "set `text` to one of the columns"),
        (["task.split.dev=80"], None, "task.split", "task.split"),
        ([], [("only one", "class")] * 9, "task.with.path", "task"),
        (["task.names.refunds=money"], None, "task.names.refunds", ""),
    ],
)
def test_data_that_cannot_be_used_is_a_mistake_with_a_place(
    workplace, overrides, content, place, fix
):
    if content is not None:
        write_csv(workplace / "rows.csv", content)
    found = mistakes(PLAIN + "scoring: {with: {C: 0}}\n", *overrides)
    assert sum(f" {place}: " in line for line in found) == 1
    assert any("scoring.with: " in line for line in found)
    assert len([line for line in found if line.startswith("  try: ")]) == bool(fix)


@pytest.mark.parametrize(
    ("scoring", "said"),
    [
        ("{with: {C: -1}}", "scoring.with: the classifier cannot be fitted: The 'C' parameter"),
        ("{with: {D: 1}}", "unexpected keyword argument 'D'"),
        ("{use: tfidf-logrec}", "Did you mean 'tfidf-logreg'?"),
        ("sklearn.cluster:KMeans", "which is no class"),
        ("sklearn.linear_model:LinearRegression", "scoring.use: the classifier cannot be fitted"),
        ("sklearn.naive_bayes:GaussianNB", "scoring.use: the classifier cannot be fitted"),
        ("{use: 'sklearn.neighbors:KNeighborsClassifier', with: {n_neighbors: 19}}", "n_neighbors"),
    ],
)
def test_a_classifier_that_cannot_be_trained_is_refused_before_the_run(workplace, scoring, said):
    [first, *_] = mistakes(PLAIN + f"scoring: {scoring}\n")
    assert first.startswith("x.yaml:9: scoring")
    assert said in first


@pytest.mark.parametrize("use", ["tfidf-linearsvc", "hashing-sgd", "sklearn.svm:SVC"])
def test_a_classifier_that_can_be_trained_is_taken(workplace, use):
    assert compiled(PLAIN + f"scoring: {use}\n").members


class TestBudget:
    def test_a_cap_in_usd_wants_every_price(self, workplace, monkeypatch):
        monkeypatch.setenv("OPENAI_API_KEY", "only-its-presence-is-checked")
        text = PLAIN + "sweep: {lm.model: [fake/words, openai/gpt-4o-mini, openai/mine]}\n"
        assert mistakes(text, "budget.usd=1") == [
            "x.yaml:7: lm.price: unknown price for openai/mine with a cap in USD",
            "  try: give lm.price: {input: ..., output: ...}, in USD per million tokens",
        ]
        assert compiled(text, "budget.tokens=1000").members
        price = "lm.price={input: 1, output: 2, cache_write: 3, batch_input: 0.5, batch_output: 1}"
        plan = compiled(text, "budget.usd=1", price)
        assert {member.price for member in plan.members} == {(1, 2)}
        assert plan.members[0].lm.price.cache_write == 3

    def test_the_overview_shows_caps_and_counts_requests(self, workplace):
        view = compiled(PLAIN, "budget.usd=2.5", "budget.calls=20000").overview()
        assert view["caps"] == {"usd": 2.5, "calls": 20000}
        assert "caps of the run: 2.5 USD, 20,000 LM calls" in plan_text(view)
        assert "direct: 18 rows from fake/words, at most 54 requests; 0 USD" in plan_text(view)
        assert "caps of the run: none" in plan_text(compiled(PLAIN).overview())


class TestDigest:
    SAME = [
        "name=other",
        "generator.name=a title",
        "generator.with={}",
        "generator.use=synthlab.generators.direct:Direct",
        "generator.prompts.row='Write a short {document} about {label}.'",
        "lm.concurrency=2",
        "lm.timeout_s=1",
        "lm.deadline_s=1",
        "lm.retries=1",
        "lm.price={input: 1, output: 1}",
        "budget.usd=1",
        "budget.tokens=1000",
        "budget.calls=5",
        "budget.minutes=1",
        "tracking.uri=http://a",
        "tracking.journal='sqlite:///a.db'",
        "scoring=hashing-sgd",
        "task.names.refund=refund",
        "curation=[format, refusals, {use: length, with: {min_words: 5}}, duplicates, "
        "near_duplicates, overlap]",
    ]
    OTHER = [
        "seed=1",
        "lm.temperature=0.1",
        "lm.model=fake/refuse",
        "lm.max_tokens=9",
        "generator=few_shot",
        "generator.prompts.row='Write about {label}.'",
        "generator.rows_per_request=5",
        "task.document=poem",
        "task.names.refund=money",
        "task.split.seed=1",
        "budget.rows_per_class=7",
        "budget.tries=2",
        "curation=[format]",
    ]

    @pytest.mark.parametrize("change", SAME)
    def test_it_stays_where_no_row_can_change(self, workplace, change):
        assert digest(PLAIN, change) == digest(PLAIN)

    def test_it_stays_when_the_same_is_asked_through_the_batch_api(self, workplace, monkeypatch):
        monkeypatch.setenv("OPENAI_API_KEY", "only-its-presence-is-checked")
        hosted = "lm.model=openai/gpt-4o-mini"
        assert digest(PLAIN, hosted, "lm.mode=batch") == digest(PLAIN, hosted)

    @pytest.mark.parametrize("change", OTHER)
    def test_it_changes_where_rows_may_change(self, workplace, change):
        assert digest(PLAIN, change) != digest(PLAIN)

    def test_the_same_rows_in_another_file_are_the_same(self, workplace):
        before = digest(PLAIN)
        (workplace / "rows.csv").rename("moved.csv")
        assert digest(PLAIN, "task.with.path=moved.csv") == before

    @pytest.mark.parametrize("generator", ["direct", "few_shot"])
    def test_other_real_rows_in_the_same_file_make_another_candidate(self, workplace, generator):
        text = PLAIN + f"generator: {generator}\ncuration: []\n"
        before = digest(text), digest(text, "curation=[overlap]")
        write_csv(workplace / "rows.csv", [(f"{t} indeed", label) for t, label in table_rows()])
        after = digest(text), digest(text, "curation=[overlap]")
        # Without curation, nothing of ``direct`` depends on the real rows.
        assert (before[0] == after[0]) == (generator == "direct")
        assert before[1] != after[1]

    def test_an_edited_prompt_file_of_a_built_in_makes_another_candidate(
        self, workplace, monkeypatch
    ):
        before = digest(PLAIN)
        (workplace / "direct.txt").write_text("Please write a {document} about {label}.")
        monkeypatch.setattr(direct.Direct, "prompts", {"row": workplace / "direct.txt"})
        assert digest(PLAIN) != before

    def test_it_follows_the_source_of_a_generator_file_and_not_its_place(self, workplace):
        (workplace / "mine.txt").write_text("Write about {label}.")
        (workplace / "mine.py").write_text(MINE)
        text = PLAIN + "generator: mine.py:Mine\n"
        before = digest(text)
        (workplace / "mine.py").write_text(MINE + "\n# another version\n")
        assert digest(text) != before
        (workplace / "mine.py").write_text(MINE)
        assert digest(text) == before
        (workplace / "mine.txt").write_text("Write more about {label}.")
        assert digest(text) != before
        (workplace / "mine.txt").write_text("Write about {label}.")
        (workplace / "deeper").mkdir()
        for name in ("mine.py", "mine.txt"):
            (workplace / name).rename(workplace / "deeper" / name)
        assert digest(text, "generator.use=deeper/mine.py:Mine") == before

    def test_it_follows_the_source_of_a_curation_file(self, workplace):
        text = PLAIN + "curation: [step.py:Short]\n"
        (workplace / "step.py").write_text(STEP)
        before = digest(text)
        (workplace / "step.py").write_text(STEP.replace("return None", "return 'no'"))
        assert digest(text) != before

    def test_a_prompt_by_path_or_by_text_is_the_same(self, workplace):
        (workplace / "row.txt").write_text("Write about {label}.\n")
        by_path = digest(PLAIN, "generator.prompts.row=row.txt")
        assert by_path == digest(PLAIN, "generator.prompts.row='Write about {label}.'")

    def test_what_is_left_out_is_written_down_and_exists(self):
        config = ExperimentConfig.model_validate(
            {"name": "x", "task": "bbc-news", "lm": {"model": "fake/words"}}
        ).model_dump(by_alias=True)
        for key, reason in LEFT_OUT.items():
            section: object = config
            for part in key.split("."):
                assert isinstance(section, dict)
                section = section[part]
            assert reason


def test_the_resolved_config_of_a_plan_needs_no_prompt_file(workplace):
    (workplace / "row.txt").write_text("Write about {label}.\n")
    plan = compiled(PLAIN, "sweep={generator.prompts.row: [row.txt]}")
    (workplace / "row.txt").unlink()
    again = compiled(to_yaml(plan.config))
    assert again.config == plan.config
    assert [m.candidate.digest for m in again.members] == [m.candidate.digest for m in plan.members]
