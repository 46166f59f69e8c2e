"""Splits of small made-up sources: sizes, groups and what is refused."""

import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest

from synthlab.errors import DataError
from synthlab.records import Row
from synthlab.tasks.base import Source, SplitSizes
from synthlab.tasks.rows import Record, build_source
from synthlab.tasks.seal import finals
from synthlab.tasks.splits import Splits, make_splits


def text(draw: random.Random, words: int = 30) -> str:
    return " ".join(f"w{draw.randrange(100_000)}" for _ in range(words))


def source(counts: Mapping[str, int], copies: Mapping[str, int] | None = None) -> Source:
    """Distinct texts by class, and ``copies`` more that nearly equal the first of the class."""
    draw = random.Random(1)
    records = []
    for label, count in counts.items():
        texts = [text(draw) for _ in range(count)]
        texts += [f"{texts[0]} and {i}" for i in range((copies or {}).get(label, 0))]
        records += [Record(t, label, f"line {i}") for i, t in enumerate(texts)]
    return build_source(records, "text", "made up", "made up")


def opened(splits: Splits) -> tuple[Row, ...]:
    with finals():
        return splits.test.open("to look at it in a test")


def ids(rows: Sequence[Row]) -> set[str]:
    return {row.id for row in rows}


def test_shares_and_counts_mean_the_same() -> None:
    rows = source({"a": 60, "b": 40})
    shares = make_splits(rows, SplitSizes(dev=0.2, test=0.4))
    counts = make_splits(rows, SplitSizes(dev=20, test=40))
    assert shares.digests == counts.digests
    assert (len(shares.seed), len(shares.dev), len(shares.test)) == (40, 20, 40)


def test_classes_keep_their_shares() -> None:
    splits = make_splits(source({"a": 120, "b": 60, "c": 20}), SplitSizes(dev=50, test=100))
    assert Counter(row.label for row in splits.dev) == {"a": 30, "b": 15, "c": 5}
    assert splits.test.labels_count == {"a": 60, "b": 30, "c": 10}
    assert splits.labels == ("a", "b", "c")


def test_the_smallest_class_is_in_every_split() -> None:
    splits = make_splits(source({"a": 200, "rare": 5}), SplitSizes(dev=0.1, test=0.1))
    assert splits.test.labels_count["rare"] == 2
    assert Counter(row.label for row in splits.dev)["rare"] == 2
    assert Counter(row.label for row in splits.seed)["rare"] == 1


def test_another_seed_makes_another_split_of_the_same_sizes() -> None:
    rows = source({"a": 50, "b": 50})
    one, two = (make_splits(rows, SplitSizes(seed=seed)) for seed in (0, 1))
    assert one.digests["all"] == two.digests["all"]
    assert one.digests["dev"] != two.digests["dev"]
    assert len(one.dev) == len(two.dev)


def test_the_order_of_the_rows_does_not_matter() -> None:
    rows = source({"a": 50, "b": 50}, copies={"a": 5})
    mixed = list(rows.rows)
    random.Random(3).shuffle(mixed)
    one, two = (make_splits(s, SplitSizes()) for s in (rows, replace(rows, rows=tuple(mixed))))
    assert one.digests == two.digests
    assert one.seed == two.seed
    assert one.dev == two.dev


def test_digests_are_short_hex_and_name_the_splits() -> None:
    digests = make_splits(source({"a": 20, "b": 20}), SplitSizes()).digests
    assert set(digests) == {"seed", "dev", "test", "all"}
    assert all(12 <= len(d) <= 16 and int(d, 16) >= 0 for d in digests.values())


def test_near_duplicates_stay_together_in_any_seed() -> None:
    rows = source({"a": 40, "b": 40}, copies={"a": 6, "b": 3})
    for seed in range(20):
        splits = make_splits(rows, SplitSizes(seed=seed))
        sides = [splits.seed, splits.dev, opened(splits)]
        for label, size in (("a", 7), ("b", 4)):
            family = [
                sum(" and " in r.values["text"] and r.label == label for r in s) for s in sides
            ]
            assert sorted(family) == [0, 0, size - 1]
        assert sum(map(len, sides)) == len(rows.rows)
        assert (len(splits.dev), len(splits.test)) == (18, 36)


def test_a_group_too_large_for_dev_and_test_goes_to_seed_and_is_told() -> None:
    splits = make_splits(source({"a": 40, "b": 40}, copies={"a": 60}), SplitSizes())
    family = [row for row in splits.seed if " and " in row.values["text"]]
    assert len(family) == 60
    assert any("near-duplicates stay together" in note for note in splits.notes)


def test_a_class_of_near_duplicates_only_is_refused() -> None:
    with pytest.raises(DataError, match="class 'b' gets 0 rows in dev") as caught:
        make_splits(source({"a": 40, "b": 1}, copies={"b": 20}), SplitSizes())
    assert "near_duplicate" in caught.value.fix


def test_a_class_with_too_few_rows_is_named_with_the_need() -> None:
    with pytest.raises(DataError, match=r"'rare' has 4; each class needs 5 \(1 in seed, 2 in dev"):
        make_splits(source({"a": 50, "rare": 4}), SplitSizes())


def test_many_small_classes_are_not_all_listed() -> None:
    with pytest.raises(DataError, match="and 15 more classes"):
        make_splits(source({f"c{i}": 1 for i in range(20)}), SplitSizes())


@pytest.mark.parametrize(
    ("sizes", "word"),
    [
        (SplitSizes(dev=60, test=60), "more than the 100 rows"),
        (SplitSizes(dev=0.5, test=0.5), "more than the 100 rows"),
        (SplitSizes(dev=3, test=40), "dev of 3 rows is too small for 2 classes"),
        (SplitSizes(dev=0.2, test=0.01), "test of 1 rows is too small"),
        (SplitSizes(dev=1.5), "dev is 1.5"),
        (SplitSizes(dev=0.0), "dev is 0.0"),
        (SplitSizes(test=-1), "test is -1"),
        (SplitSizes(test=float("nan")), "test is nan"),
        (SplitSizes(seed_per_class=0), "seed_per_class is 0"),
        (SplitSizes(near_duplicate=0.0), "near_duplicate is 0.0"),
    ],
)
def test_sizes_that_make_no_sense_are_refused(sizes: SplitSizes, word: str) -> None:
    with pytest.raises(DataError, match=word) as caught:
        make_splits(source({"a": 50, "b": 50}), sizes)
    assert caught.value.fix


def test_capped_seed_leaves_dev_and_test_alone_and_says_what_is_unused() -> None:
    rows = source({"a": 50, "b": 50})
    free, capped = (make_splits(rows, SplitSizes(seed_per_class=cap)) for cap in (None, 5))
    assert Counter(row.label for row in capped.seed) == {"a": 5, "b": 5}
    assert ids(capped.seed) < ids(free.seed)
    assert capped.digests["dev"] == free.digests["dev"]
    assert capped.digests["test"] == free.digests["test"]
    assert any("30 rows are not used" in note for note in capped.notes)


def test_fewer_seed_rows_than_the_cap_are_told() -> None:
    splits = make_splits(source({"a": 200, "b": 10}), SplitSizes(seed_per_class=20))
    assert any("'b' (4 of 20)" in note for note in splits.notes)


def test_a_cap_by_label_makes_one_class_rare() -> None:
    rows = source({"a": 50, "b": 50, "c": 50})
    whole, rare, rest = (
        make_splits(rows, SplitSizes(seed_per_class=cap))
        for cap in (None, {"b": 3}, {"b": 3, "*": 5})
    )
    assert Counter(row.label for row in rare.seed) == {"a": 20, "b": 3, "c": 20}
    assert Counter(row.label for row in rest.seed) == {"a": 5, "b": 3, "c": 5}
    assert ids(rest.seed) < ids(rare.seed) < ids(whole.seed)
    assert rest.digests["dev"] == whole.digests["dev"]
    assert rare.notes[-1].endswith("17 rows are not used: seed_per_class allows 3 of 'b'")
    assert rest.notes[-1].endswith("seed_per_class allows 3 of 'b', 5 of 'a' and 'c'")


def test_a_cap_by_label_draws_the_rows_that_one_number_draws() -> None:
    rows = source({"a": 50, "b": 50})
    one, each = (make_splits(rows, SplitSizes(seed_per_class=cap)) for cap in (5, {"*": 5}))
    assert one.digests == each.digests
    assert one.notes == each.notes


@pytest.mark.parametrize(
    ("caps", "word"),
    [({"a": 0}, "seed_per_class is 0 for 'a'"), ({"x": 3}, "no class 'x'")],
)
def test_a_cap_by_label_that_makes_no_sense_is_refused(caps: dict[str, int], word: str) -> None:
    with pytest.raises(DataError, match=word) as caught:
        make_splits(source({"a": 50, "b": 50}), SplitSizes(seed_per_class=caps))
    assert caught.value.fix


def test_rows_with_the_same_id_are_refused() -> None:
    rows = source({"a": 10, "b": 10})
    with pytest.raises(DataError, match="same id"):
        make_splits(replace(rows, rows=rows.rows + rows.rows[:1]), SplitSizes())


def test_a_source_without_rows_is_refused() -> None:
    with pytest.raises(DataError, match="no rows"):
        make_splits(Source((), "text", (), "made up"), SplitSizes())


def test_notes_of_the_source_are_passed_on() -> None:
    rows = replace(source({"a": 10, "b": 10}), notes=("3 rows were blue",))
    assert make_splits(rows, SplitSizes()).notes[0] == "3 rows were blue"
