"""Whether an attacker tells the rows that prompts showed from those that none did."""

import pytest

from synthlab.quality.base import Skip
from synthlab.quality.canaries import canaries, secrets_in
from synthlab.quality.identifiers import identifiers
from synthlab.records import Row
from tests.quality.faults import as_made, measured, part, rows, subject, thinned, written


def test_rows_that_repeat_what_prompts_showed_give_them_away():
    shown = subject([]).shown
    found = measured("privacy", subject([*as_made(rows("made")), *thinned(shown)]))
    assert found["mia_auc"].value > 0.95
    assert found["mia_auc"].verdict == "bad"
    assert found["mia_tpr"].value > 0.8
    assert found["mia_tpr"].verdict == "bad"


def test_rows_that_repeat_rows_that_were_not_shown_do_not():
    found = measured("privacy", subject(thinned(rows("dev", 10))))
    assert found["mia_auc"].value < 0.6
    assert found["mia_tpr"].value == 0


def test_of_few_rows_it_says_that_it_cannot_tell():
    found = measured("privacy", subject(as_made(rows("made"))))
    for item in found.values():
        assert item.low < item.reference < item.high
        assert item.verdict == ""
        assert "only 12 rows were shown" in item.said


def test_of_many_rows_it_can_be_good():
    source = rows("seed", 200)
    about = subject(as_made(rows("made")), source=tuple(source), shown=tuple(source),
                    held=tuple(rows("dev", 200)))  # fmt: skip
    assert [item.verdict for item in measured("privacy", about).values()] == ["good", "good"]


def test_classes_that_prompts_show_more_often_give_nothing_away():
    """Only rows of one class are shown, and only its rows are written."""
    about = subject([row for row in as_made(rows("made")) if row.label == "match"])
    only = tuple(row for row in about.source if row.label == "match")
    found = measured("privacy", subject(about.kept, shown=only))
    assert found["mia_auc"].low < 0.5 < found["mia_auc"].high


def test_where_nothing_leaks_the_interval_holds_luck_nearly_always():
    """The attacker's scores of rows that were not shown must not depend on each other."""
    held = 0
    for n in range(20):
        source = tuple(rows(f"seed{n}", 20))
        about = subject(as_made(rows(f"made{n}", 20)), source=source, shown=source,
                        held=tuple(rows(f"dev{n}", 40)))  # fmt: skip
        found = measured("privacy", about)["mia_auc"]
        held += found.low <= 0.5 <= found.high
    assert held >= 17


def test_where_nothing_was_shown_there_is_nothing_to_ask():
    with pytest.raises(Skip, match="no prompt showed a real row"):
        part("privacy").measure(subject(as_made(rows("made")), shown=()))
    with pytest.raises(Skip, match="fewer than 40 real rows"):
        part("privacy").measure(subject(as_made(rows("made")), held=()))


def test_canaries_are_unique_known_again_and_nobodys():
    made = [text for label in ("a", "b") for text in canaries(label, 20, 7)]
    assert made == [text for label in ("a", "b") for text in canaries(label, 20, 7)]
    assert len(secrets_in(made)) == 40
    assert all(len(secrets_in([text])) == 1 for text in made)
    assert not [item for text in made for item in identifiers(text)]
    assert secrets_in(["9999-1234-5678-9012 or 99991234"]) == set()


def test_planted_secrets_that_come_back_are_counted():
    planted = [Row(f"canary-{n}", {"text": text}, "match")
               for n, text in enumerate(canaries("match", 4, 0))]  # fmt: skip
    source = (*rows("seed"), *planted)
    (secret,) = secrets_in([planted[0].values["text"]])
    leak = written([("match", f"as they said: {secret}")])
    clean = subject(as_made(rows("made")), source=source, shown=())
    leaky = subject([*clean.kept, *leak], source=source, shown=())
    found = measured("privacy", clean)["canaries"]
    assert (found.value, found.verdict, found.details["planted"]) == (0, "good", 4)
    found = measured("privacy", leaky)["canaries"]
    assert (found.value, found.verdict) == (0.25, "bad")


def test_a_canary_among_the_shown_rows_is_no_member_of_the_attack():
    planted = tuple(Row(f"c-{n}", {"text": text}, "match")
                    for n, text in enumerate(canaries("match", 3, 0)))  # fmt: skip
    plain = subject(as_made(rows("made")))
    about = subject(plain.kept, source=(*plain.source, *planted), shown=(*plain.shown, *planted))
    assert measured("privacy", about)["mia_auc"] == measured("privacy", plain)["mia_auc"]
