"""The confusion matrix: each share is a shade, whatever the classes are and however many."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from PIL import Image

from synthlab.outcomes import Score
from synthlab.report.matrix import DARK, LIGHT, confusion_png
from tests.tracking import made


def score(labels: tuple[str, ...], right: int = 9, wrong: int = 1) -> Score:
    count = len(labels)
    rows = tuple(tuple(right if i == j else wrong for j in range(count)) for i in range(count))
    return replace(made.score((0.5,) * 5, 200), labels=labels, confusion=rows)


def drawn(found: Score) -> Image.Image:
    return Image.open(io.BytesIO(confusion_png(found)))


def colors(image: Image.Image) -> set[tuple[int, int, int]]:
    return {color for _, color in image.convert("RGB").getcolors(1 << 24)}


def test_a_share_is_a_shade_between_none_and_all():
    assert {LIGHT, DARK} <= colors(drawn(score(("a", "b"), right=3, wrong=0)))
    mixed = drawn(score(("a", "b"), right=1, wrong=1))
    half = tuple(round(a + (b - a) / 2) for a, b in zip(LIGHT, DARK, strict=True))
    assert half in colors(mixed)
    assert DARK not in colors(mixed)


def test_a_class_without_real_rows_is_drawn_too():
    empty = replace(score(("a", "b")), confusion=((0, 0), (0, 5)))
    assert {LIGHT, DARK} <= colors(drawn(empty))


@pytest.mark.parametrize("count", [2, 5, 20, 77])
def test_any_number_of_classes_fits_a_screen(count):
    image = drawn(score(tuple(f"class {n}" for n in range(count))))
    assert max(image.size) < 2000
    assert min(image.size) > 200


@pytest.mark.parametrize("name", ["x" * 300, "", "naïve 猫 \U0001f408", "two\nlines"])
def test_any_name_of_a_class_can_be_drawn(name):
    assert drawn(score((name, "b", "c"))).width < 1200


def test_the_same_score_gives_the_same_bytes():
    assert confusion_png(score(("a", "b"))) == confusion_png(score(("a", "b")))
