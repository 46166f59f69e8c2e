"""The confusion matrix as a PNG, drawn cell by cell.

Every candidate gets one, so it must cost little: a plotting library lays out axes, ticks and texts
for a tenth of a second, and this takes a hundredth.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import matplotlib
from PIL import Image, ImageDraw, ImageFont

from synthlab.outcomes import Score

LARGEST, SMALLEST, WIDEST = 84, 22, 1400
"""Sides of a cell, and of the matrix where cells can shrink, in pixels."""
SPARSE = 12
"""Classes from which on zeros are left out: they would hide the counts."""
GAP, LINE = 8, 26
TURNED = 35  # degrees; where cells are smaller than SMALL, names stand upright
SMALL = 40
LIGHT, DARK = (247, 251, 255), (8, 48, 107)
INK, PAPER = (25, 25, 25), (255, 255, 255)


def confusion_png(score: Score) -> bytes:
    """Real class by called class, as shares of the real class, with counts."""
    labels = [" ".join(label.split()) for label in score.labels]
    labels = [label if len(label) < 40 else f"{label[:38]}…" for label in labels]
    cell = max(SMALLEST, min(LARGEST, WIDEST // len(labels)))
    names = [_text(label, _font(min(15, cell - 6))) for label in labels]
    turn = TURNED if cell >= SMALL else 90
    turned = [name.rotate(turn, expand=True, resample=Image.Resampling.BICUBIC) for name in names]
    side = cell * len(labels)
    lean = max(0, *(name.width - cell // 2 for name in turned))  # of those far left
    left = max(LINE + GAP + max(name.width for name in names) + GAP, lean)
    top = LINE + 2 * GAP
    below = GAP + max(name.height for name in turned) + GAP + LINE
    totals = [max(1, sum(line)) for line in score.confusion]
    head = _text(f"macro-F1 {score.f1:.3f}, {sum(totals)} real dev rows", _font(17))
    width = max(left + side, left + (side + head.width) // 2, head.width) + 2 * GAP
    page = Image.new("RGB", (width, top + side + below), PAPER)
    _put(page, head, max(GAP, left + (side - head.width) // 2), GAP)
    _cells(page, score.confusion, totals, (left, top, cell))
    for place, (name, slanted) in enumerate(zip(names, turned, strict=True)):
        middle = place * cell + cell // 2
        _put(page, name, left - GAP - name.width, top + middle - name.height // 2)
        ends = slanted.width - GAP if turn == TURNED else slanted.width // 2
        _put(page, slanted, left + middle - ends, top + side + GAP)
    called, really = _text("called", _font(15)), _text("really", _font(15)).rotate(90, expand=True)
    _put(page, called, left + (side - called.width) // 2, page.height - LINE)
    _put(page, really, GAP, top + (side - really.height) // 2)
    file = io.BytesIO()
    page.save(file, "png")
    return file.getvalue()


def _cells(
    page: Image.Image,
    counts: Sequence[Sequence[int]],
    totals: Sequence[int],
    grid: tuple[int, int, int],
) -> None:
    left, top, cell = grid
    draw, font = ImageDraw.Draw(page), _font(max(8, min(15, cell // 2 - 1)))
    for i, (line, total) in enumerate(zip(counts, totals, strict=True)):
        for j, count in enumerate(line):
            x, y, share = left + j * cell, top + i * cell, count / total
            mixed = (round(a + (b - a) * share) for a, b in zip(LIGHT, DARK, strict=True))
            draw.rectangle((x, y, x + cell - 1, y + cell - 1), fill=tuple(mixed))
            if count or len(totals) < SPARSE:
                ink = PAPER if share > 0.5 else INK
                place = (x + cell / 2, y + cell / 2)
                draw.text(place, str(count), font=font, fill=ink, anchor="mm")
    side = cell * len(totals)
    draw.rectangle((left - 1, top - 1, left + side, top + side), outline=INK)


def _text(text: str, font: ImageFont.FreeTypeFont) -> Image.Image:
    """A text as a mask, as high as its font's lines."""
    up, down = font.getmetrics()
    mask = Image.new("L", (max(1, round(font.getlength(text)) + 1), up + down))
    ImageDraw.Draw(mask).text((0, 0), text, font=font, fill=255)
    return mask


def _put(page: Image.Image, mask: Image.Image, x: int, y: int) -> None:
    page.paste(INK, (x, y), mask)


@cache
def _font(size: int) -> ImageFont.FreeTypeFont:
    place = Path(matplotlib.get_data_path(), "fonts", "ttf", "DejaVuSans.ttf")
    return ImageFont.truetype(str(place), size, layout_engine=ImageFont.Layout.BASIC)
