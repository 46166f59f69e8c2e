"""What every feedback part does, whatever it looks for."""

from typing import Any

import pytest
from sklearn.calibration import CalibratedClassifierCV
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from synthlab.features.counts import CachedTfidf
from synthlab.records import Row
from synthlab.registry import TABLE, resolve
from tests.feedback.evidence import CLASSES, evidence, made, real

BOTH = dict.fromkeys(CLASSES, (0, 1))
ONE = dict.fromkeys(CLASSES, (0,))


@pytest.fixture(params=sorted(TABLE["feedback"]))
def part(request: pytest.FixtureRequest) -> Any:
    found = resolve("feedback", request.param)
    return found(found.Params())


def test_no_word_is_told_that_too_few_dev_rows_share(part: Any) -> None:
    """Each dev row holds a word of its own, which would give the row away."""
    found = part.find(evidence(made(ONE), real(unique=True)))
    told = " ".join([*(f.text for f in found), *(w for f in found for w in f.words)])
    assert "secret" not in told


def test_no_word_is_told_of_a_class_that_few_of_its_own_rows_hold(part: Any) -> None:
    """Rows of other classes that share it do not make it a word of this one."""
    dev = real()
    rare = {"match-0-0", *(f"music-{topic}-{n}" for topic in (0, 1) for n in range(3))}
    dev = [
        Row(row.id, {"text": f"{row.values['text']} rareword"}, row.label)
        if row.id in rare
        else row
        for row in dev
    ]
    for found in part.find(evidence(made(ONE), dev)):
        if found.label == "match":
            assert "rareword" not in f"{found.text} {found.words}"


def test_a_classifier_that_wants_more_rows_than_dev_has_is_no_error(part: Any) -> None:
    wants = make_pipeline(
        CachedTfidf(), CalibratedClassifierCV(LogisticRegression(), cv=5, ensemble=False)
    )
    part.find(evidence(made(ONE, each=8), real(each=2), model=wants))


def test_no_word_is_told_at_all_where_the_config_asks_for_more_rows_than_there_are(
    part: Any,
) -> None:
    dev = real()
    kept = [row for row in made(ONE) if row.label]
    words = {word for row in dev for word in str(row.values["text"]).split()}
    made_words = {word for row in kept for word in str(row.values["text"]).split()}
    found = part.find(evidence(kept, dev, least=10_000))
    assert not {word for f in found for word in f.words} & (words - made_words)


def test_the_same_evidence_gives_the_same_findings(part: Any) -> None:
    kept, dev = made(ONE), real()
    assert list(part.find(evidence(kept, dev))) == list(part.find(evidence(kept, dev)))


def test_findings_say_something_and_name_known_classes_and_rows(part: Any) -> None:
    kept = made(ONE)
    ids = {row.id for row in kept}
    for found in part.find(evidence(kept, real())):
        assert found.text
        assert found.part in TABLE["feedback"]
        assert found.label in {"", *CLASSES}
        assert found.gain >= 0
        assert set(found.rows) <= ids


@pytest.mark.parametrize(
    "texts", [("", "", ""), ("a", "b", "c"), ("1 2 3", "...", "\ud800"), ("same",) * 3]
)
def test_odd_rows_are_no_error(part: Any, texts: tuple[str, ...]) -> None:
    """Beside whole rows, as a model that can read none of its rows has no score to explain."""
    odd = [Row(f"odd{n}", {"text": t}, CLASSES[n]) for n, t in enumerate(texts)]
    dev_odd = [Row(f"dev{n}", {"text": t}, CLASSES[n]) for n, t in enumerate(texts)]
    part.find(evidence([*made(ONE, each=2), *odd], [*real(each=2), *dev_odd]))


def test_dev_rows_of_which_each_class_has_one_are_no_error(part: Any) -> None:
    part.find(evidence(made(ONE, each=2), [row for row in real(1) if row.id.endswith("-0-0")]))


def test_parameters_forbid_unknown_keys_and_are_described(part: Any) -> None:
    params = type(part).Params
    assert params.model_config["extra"] == "forbid"
    assert params.model_config["frozen"] is True
    assert all(field.description for field in params.model_fields.values())
