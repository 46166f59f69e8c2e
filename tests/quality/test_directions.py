"""Rows with one known fault: the measures of that fault move, the others do not."""

import random
from dataclasses import replace

import pytest

from tests.quality.faults import (
    CLASSES,
    as_made,
    elsewhere,
    measured,
    part,
    relabelled,
    rows,
    subject,
    thinned,
    written,
)

COPIES = ("copied", "near_real")
SPREAD = ("distinct2", "self_bleu", "gzip_ratio", "vendi", "intra")


def verdicts(name, about):
    return {item: found.verdict for item, found in measured(name, about).items()}


@pytest.fixture(scope="module")
def thin():
    """Copies of the seed rows, a tenth of their words left out."""
    return subject(thinned(rows("seed")))


def test_copies_without_a_tenth_of_their_words_light_up_copying(thin):
    found = measured("copying", thin)
    assert found["copied"].verdict == "bad"
    assert found["copied"].value > 0.7
    assert found["copied"].per_class.keys() == set(CLASSES)
    assert found["nearer"].verdict == found["dcr"].verdict == "watch"
    assert found["exact"].value == 0
    assert found["copied"].details["of_shown"] == 12
    value, reference = found["copied"].value, found["copied"].reference
    assert found["copied"].details["excess"] == pytest.approx(value - reference)
    assert 0.6 < found["copied"].details["excess_low"] < value - reference


def test_copies_without_a_tenth_of_their_words_look_as_varied_as_real_rows(thin):
    assert set(verdicts("diversity", thin).values()) == {"good"}


def test_copies_to_the_letter_are_exact_whatever_their_case_and_punctuation():
    made = [(r.label, f"{str(r.values['text']).title()}!") for r in rows("seed")]
    found = measured("copying", subject(written(made)))
    assert [found[name].value for name in ("copied", "exact", "near_real")] == [1, 1, 1]
    assert found["dcr"].value == pytest.approx(0, abs=1e-6)
    assert found["nearer"].value > 0.9


def test_near_copies_are_near_duplicates():
    made = [(r.label, f"{r.values['text']} indeed") for r in rows("seed")]
    found = measured("copying", subject(written(made)))
    assert found["near_real"].verdict == "bad"
    assert found["exact"].verdict == "good"


def test_a_few_copies_are_watched_and_counted_by_class():
    made = [*as_made(rows("made"))[8:], *as_made(rows("seed")[:8])]
    found = measured("copying", subject(made))["copied"]
    assert (found.verdict, found.value) == ("watch", pytest.approx(8 / 180))
    assert found.per_class == {"match": pytest.approx(8 / 60), "money": 0, "music": 0}


def test_one_row_that_came_back_whole_is_looked_at_and_a_few_are_bad():
    for count, verdict in ((0, "good"), (1, "watch"), (8, "bad")):
        made = [*as_made(rows("made"))[count:], *as_made(rows("seed")[:count])]
        assert measured("copying", subject(made))["exact"].verdict == verdict


def test_rows_that_many_people_write_alike_are_no_copies():
    """One real row in five is the same short text, in seed and in held-out rows alike."""

    def with_thanks(real):
        return tuple(replace(row, values={"text": "Thanks!"}) if n % 5 == 0 else row
                     for n, row in enumerate(real))  # fmt: skip

    dev = with_thanks(rows("dev", 80))
    about = subject(as_made(with_thanks(rows("made"))), source=with_thanks(rows("seed")),
                    real=dev, held=dev)  # fmt: skip
    found = measured("copying", about)
    assert found["exact"].value == found["exact"].reference == 0.2
    assert {found[name].verdict for name in ("copied", "exact", "near_real")} == {"good"}


def test_a_phrase_that_all_real_rows_use_is_no_copy():
    """Four in ten real rows end with the same words; that many synthetic rows may too."""
    found = measured("copying", subject(as_made(rows("made", polite=0.4)), polite=0.4))
    assert found["copied"].value == pytest.approx(0.4)
    assert found["copied"].reference > 0.3
    assert found["copied"].verdict == "good"


def test_a_phrase_of_seed_rows_that_no_other_real_row_uses_is_one():
    about = subject(as_made(rows("made", polite=0.4)), polite=0.4)
    plain = tuple(rows("dev", 80))
    assert measured("copying", subject(about.kept, 0.4, held=plain))["copied"].verdict == "bad"


def test_copies_of_rows_that_no_prompt_could_show_are_not_copies_of_seed_rows():
    about = subject(as_made(rows("dev")))
    assert measured("copying", about)["copied"].value == 0


def test_short_rows_may_share_four_words_and_not_five():
    made = [(r.label, " ".join(str(r.values["text"]).split()[:5])) for r in rows("seed")]
    found = measured("copying", subject(written(made)))["copied"]
    assert (found.details["run"], found.value) == (5, 1)
    made = [(label, f"{' '.join(said.split()[:4])} and so") for label, said in made]
    assert measured("copying", subject(written(made)))["copied"].value == 0


def test_one_row_many_times_has_no_diversity():
    said = "one row of {} and nothing else at all to be told"
    once = written([(label, said.format(label)) for label in CLASSES for _ in range(60)])
    found = measured("diversity", subject(once))
    assert {name: found[name].verdict for name in (*SPREAD, "near_dups")} == dict.fromkeys(
        (*SPREAD, "near_dups"), "bad"
    )
    assert found["vendi"].value == pytest.approx(1)
    assert found["intra"].value == pytest.approx(1, abs=1e-5)
    assert measured("copying", subject(once))["copied"].verdict == "good"


def test_a_set_of_a_few_phrases_is_worse_than_real_rows_and_better_than_one_row():
    few = as_made(rows("made", 4))
    made = written([(row.label, str(row.values["text"])) for row in few for _ in range(15)])
    found = measured("diversity", subject(made))
    assert found["vendi"].verdict == "bad"
    assert 2 < found["vendi"].value < 5


def test_wrong_labels_blur_the_classes_and_are_no_copies():
    about = subject(relabelled(as_made(rows("made"))))
    found = measured("diversity", about)
    assert (
        found["inter"].value > measured("diversity", subject(as_made(rows("made"))))["inter"].value
    )
    assert found["inter"].verdict != "good"
    assert {found[name].verdict for name in SPREAD} == {"good"}
    assert verdicts("copying", about)["copied"] == "good"


def test_another_domain_is_neither_copied_nor_less_varied():
    about = subject(elsewhere())
    assert set(verdicts("copying", about).values()) <= {"good", ""}
    assert {verdicts("diversity", about)[name] for name in SPREAD} == {"good"}


def test_longer_rows_are_not_taken_for_less_varied_ones():
    """Real rows are long: both kinds are cut to the same words before they are compared."""
    long = tuple(rows("dev", 80, length=150))
    short = subject(as_made(rows("made")), real=long)
    other = subject(as_made(rows("made", length=150)))
    for about in (short, other):
        found = measured("diversity", about)
        assert {found[name].verdict for name in SPREAD} == {"good"}


@pytest.mark.parametrize("name", ["copying", "diversity", "pii", "privacy"])
def test_a_shuffled_copy_has_the_same_figures_to_the_last_digits(name):
    made = [*as_made(rows("made")), *thinned(rows("seed", 9))]
    again = random.Random(1).sample(made, len(made))
    for a, b in zip(*(part(name).measure(subject(each)) for each in (made, again)), strict=True):
        assert (a.name, a.verdict, a.said) == (b.name, b.verdict, b.said)
        assert a.value == pytest.approx(b.value, abs=1e-6)


def test_attributes_that_no_kept_row_has_are_missed():
    full = written([(label, "a b") for label in CLASSES] * 20, topic="x")
    other = written([(label, "a b") for label in CLASSES] * 20, topic="y")
    asked = tuple(row.lineage.request for row in (*full, *other))
    found = measured("diversity", subject(full, asked=asked))
    assert (found["attr_cover"].value, found["attr_cover"].verdict) == (0.5, "bad")
    assert found["attr_even"].value == 0
    found = measured("diversity", subject([*full, *other], asked=asked))
    assert found["attr_cover"].value == found["attr_even"].value == 1


def test_what_one_class_lacks_is_told_of_that_class():
    full = written([(label, "a b") for label in CLASSES] * 20, topic="x")
    other = written([(label, "a b") for label in CLASSES] * 20, topic="y")
    asked = tuple(row.lineage.request for row in (*full, *other))
    kept = [*full, *(row for row in other if row.label != "money")]
    cover = measured("diversity", subject(kept, asked=asked))["attr_cover"]
    assert cover.per_class == {"match": 1, "money": 0.5, "music": 1}


def test_near_duplicates_and_blurred_classes_are_told_of_each_class():
    made = as_made(rows("made"))
    same = next(row for row in made if row.label == "music")
    kept = [same if row.label == "music" else row for row in made]
    found = measured("diversity", subject(kept))
    assert found["near_dups"].per_class == {"match": 0, "money": 0, "music": pytest.approx(59 / 60)}
    assert found["near_dups"].verdict == "bad"
    for name in (*SPREAD, "inter", "near_dups"):
        assert found[name].per_class.keys() == set(CLASSES)
        assert found[name].details["per_class_reference"].keys() == set(CLASSES)
    assert found["distinct2"].details["distinct1"]["value"] < 0.9


def test_near_duplicates_are_held_against_as_many_real_rows():
    """Of many rows more are alike: ten times as many are no worse for that."""
    dev = [replace(row, values={"text": f"thank you {n % 40} kindly"})
           for n, row in enumerate(rows("dev", 80))]  # fmt: skip
    made = [replace(row, values={"text": f"thank you {n % 400} kindly"})
            for n, row in enumerate(as_made(rows("made", 400)))]  # fmt: skip
    found = measured("diversity", subject(made, real=tuple(dev), held=tuple(dev)))["near_dups"]
    assert found.value > 0.6
    assert found.verdict == "good"
    assert found.details["rows"] == 240
