"""An LM verifies doubtful rows: in a run, at a cap, again, in a delivery, and with its own LM."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path

import pandas as pd
import pytest

from synthlab.errors import BudgetError
from synthlab.lm.journal.query import Calls
from synthlab.tracking.registry import load_program
from synthlab.workflow.bulk import generate, rows_for
from synthlab.workflow.lab import estimate_file, open_store, run_file
from synthlab.workflow.promote import promote
from tests.conftest import WORDS
from tests.lm.stub_server import StubServer
from tests.workflow.test_compile import digest, mistakes
from tests.workflow.test_confirm import TEXT

STEP = "{use: verify, with: {least: 0.5}}"
LINES = TEXT.replace("- confirm", f"- {STEP}")


def classify(prompt: str, seed: int) -> str:
    """What an able LM says: the class most of whose words stand in the text."""
    text = prompt.split("\n\n")[1].split()
    return max(WORDS, key=lambda label: sum(word in WORDS[label].split() for word in text))


@pytest.fixture
def able():
    server = StubServer(write=classify)
    yield server
    server.close()


def write(lines: str) -> Path:
    Path("x.yaml").write_text(lines, encoding="utf-8")
    return Path("x.yaml")


def purposes() -> dict[str, int]:
    with closing(Calls(f"sqlite:///{Path('mlruns').absolute()}/calls.db")) as calls:
        return {row["purpose"]: row["calls"] for row in calls.sums(("purpose",))}


def test_a_run_asks_about_doubtful_rows_counts_what_that_took_and_is_replayed(workplace, synthlab):
    path = write(LINES)
    (trial,) = run_file(path)[0].trials
    asked = purposes()
    rows = trial.curated.rows
    assert 0 < asked["verify"] < len(rows)
    assert trial.usage.calls == asked["generate"] + asked["verify"]
    assert sum(row.lineage.usage.calls == 2 for row in rows) == asked["verify"]
    assert trial.curated.reasons()["label not verified"] > 0
    again = json.loads(synthlab("run", "x.yaml", "--json").out)
    assert again["paid_calls"] == 0
    assert again["candidates"][0]["tokens"] == trial.usage.tokens


def test_a_run_that_a_cap_ended_while_verifying_goes_on_and_ends_as_it_would_have(workplace):
    path = write(LINES)
    whole = run_file(path)[0].trials[0].curated
    calls = sum(purposes().values())
    for file in Path("mlruns").glob("calls.db*"):
        file.unlink()
    # The first round asks for 18 rows: then it verifies.
    with pytest.raises(BudgetError, match="the cap of 20 calls"):
        run_file(path, ["budget.calls=20"])
    assert purposes() == {"generate": 18, "verify": 2}
    again = run_file(path)[0].trials[0].curated
    assert [row.id for row in again.kept] == [row.id for row in whole.kept]
    assert again.reasons() == whole.reasons()
    assert sum(purposes().values()) == calls


def test_an_able_lm_with_an_address_of_its_own_is_asked_and_says_what_is_right(workplace, able):
    lm = f"{{model: openai/able, base_url: '{able.url}', adapter: plain"
    lm += ", price: {input: 1, output: 2}}"
    path = write(TEXT.replace("- confirm", f"- {{use: verify, with: {{lm: {lm}}}}}"))
    (trial,) = run_file(path, ["budget.usd=1"])[0].trials
    assert able.requests > 0
    assert all("Answer with the name of the class" in prompt for prompt in able.counts)
    assert trial.usage.cost_usd == pytest.approx(able.requests * (40 + 2 * 60) / 1e6)
    # Half of the refunds are about parcels: the LM says so, too.
    assert trial.curated.reasons()["label not verified"] > 2
    topics = {
        r.lineage.request.attributes["topic"] for r in trial.curated.kept if r.label == "refund"
    }
    assert topics == {"refund money invoice payment"}


def test_a_delivery_and_a_served_model_verify_too_and_carry_weights(workplace, able, tmp_path):
    lm = f"{{model: openai/able, base_url: '{able.url}', adapter: plain}}"
    step = f"- {{use: verify, with: {{then: downweight, lm: {lm}}}}}"
    run_file(write(TEXT.replace("- confirm", step)))
    promote(open_store(), "tickets")
    _, program = load_program(open_store(), "tickets", "champion")
    before = able.requests
    made = generate(program, 30, tmp_path / "out")
    assert able.requests > before
    assert made.usage.calls == made.total + sum(made.dropped.values()) + able.requests - before
    assert made.paid.calls == made.usage.calls
    frame = pd.concat(map(pd.read_parquet, made.files))
    assert frame["weight"].dtype == float
    assert 0.1 <= frame["weight"].min() < 0.5
    assert frame["weight"].max() == 1
    card = (tmp_path / "out" / "README.md").read_text()
    assert "| `weight` | what it counts in training" in card
    assert "| doubtful labels were asked of | `openai/able` |" in card
    assert "- name: weight\n    dtype: float64" in card
    served = rows_for(program, [{"label": "refund", "count": 8}])
    assert min(row["weight"] for row in served) < 1


def test_an_estimate_counts_the_questions(workplace):
    plain, asking = (estimate_file(write(text)).total for text in (TEXT, LINES))
    assert asking.calls.likely > plain.calls.likely
    assert asking.calls.high > plain.calls.high
    assert asking.tokens.likely > plain.tokens.likely
    assert any("doubtful rows" in note for note in estimate_file(write(LINES)).notes)
    assert not any("doubtful rows" in note for note in estimate_file(write(TEXT)).notes)


@pytest.mark.parametrize(
    ("step", "sets", "said"),
    [
        ("{use: verify, with: {lm: {model: fake/word}}}", (), "unknown model 'fake/word'"),
        ("{use: verify, with: {lm: {modell: fake/words}}}", (), "modell"),
        ("{use: verify, with: {then: keep}}", (), "then"),
        ("verify", ("task.real_rows=score",), "no real row may be trained on"),
        ("downweight", ("scoring.use=lsa-knn",), "the classifier lsa-knn takes none"),
        (
            "{use: verify, with: {then: downweight}}",
            ("scoring.use=lsa-knn",),
            "the classifier lsa-knn takes none",
        ),
    ],
)
def test_what_cannot_verify_is_a_mistake_in_the_config(workplace, step, sets, said):
    found = "\n".join(mistakes(TEXT.replace("- confirm", f"- {step}"), *sets))
    assert said in found
    assert "x.yaml:13" in found or sets == ("task.real_rows=score",)


def test_a_verifier_of_unknown_price_is_a_mistake_under_a_cap_in_usd(workplace):
    lm = "{model: openai/able, base_url: 'http://127.0.0.1:1/v1'}"
    lines = TEXT.replace("- confirm", f"- {{use: verify, with: {{lm: {lm}}}}}")
    assert "unknown price for openai/able" in "\n".join(mistakes(lines, "budget.usd=1"))


def test_verifying_without_weights_needs_no_classifier_that_takes_them(workplace):
    assert digest(LINES, "scoring.use=lsa-knn") == digest(LINES)


def test_the_lm_that_verifies_makes_another_candidate(workplace):
    other = LINES.replace("least: 0.5", "least: 0.5, lm: {model: fake/words}")
    assert digest(LINES) != digest(other)


def test_a_candidate_without_an_lm_says_that_it_needs_one_to_verify(workplace):
    lines = LINES[: LINES.index("generator:")] + "generator: augment\n"
    assert "verify asks an LM, and this candidate has none" in "\n".join(mistakes(lines))
    own = lines.replace("least: 0.5", "least: 0.999, then: downweight, lm: {model: fake/words}")
    (trial,) = run_file(write(own))[0].trials
    assert trial.usage.calls > 0
    assert purposes() == {"verify": trial.usage.calls}


def test_weights_of_a_run_are_in_its_rows_and_judge_wherever_these_are_judged(workplace, synthlab):
    path = write(TEXT.replace("- confirm", "- downweight"))
    (trial,) = run_file(path)[0].trials
    weights = {row.id: row.weight for row in trial.curated.kept}
    assert 0.1 <= min(weights.values()) < 0.5 < max(weights.values())
    store = open_store()
    told = store.client.get_run(trial.run_id).data.tags["mlflow.note.content"]
    assert f"18 count for less in training, {min(weights.values()):.2f} the least" in told
    folder = Path(store.client.download_artifacts(trial.run_id, "rows"))
    frame = pd.read_parquet(folder / "kept.parquet")
    assert dict(zip(frame["id"], frame["weight"], strict=True)) == weights
    scored = ("score", str(folder / "kept.parquet"), "--task", "x.yaml", "--json")
    found, alike = (json.loads(synthlab(*args).out) for args in (scored, (*scored, "--weight", "")))
    assert any("rows count by the column 'weight'" in note for note in found["notes"])
    assert not any("rows count by" in note for note in alike["notes"])
    refused = synthlab(
        "score",
        str(folder / "kept.parquet"),
        "--real-test",
        "rows.csv",
        "--model",
        "lsa-knn",
        "--weight",
        "weight",
    )
    assert refused.code == 2
    assert "takes no weights" in refused.err
