"""The pictures of the README, of a store that ``synthlab ui`` serves and a report of its run::

synthlab run configs/bbc-news-search.yaml --set finals.replicates=5 --set finals.shortlist=3
synthlab report bbc-news-search -o out/report.html
synthlab ui &
python -m tests.browser.pictures http://127.0.0.1:5000 out/report.html
"""

from __future__ import annotations

import io
import re
import sys
from pathlib import Path
from typing import Any

from PIL import Image

from tests.browser.conftest import PATIENCE, ROOT, SHUT_ASSISTANT, started

PICTURES = ROOT / "synthlab" / "docs" / "pictures"
WIDTH = 1400
TRAINING = "workflowType=machine_learning"


def main(base: str, report: str) -> None:
    """Write ``candidates.png``, ``charts.png`` and ``report.png``."""
    PICTURES.mkdir(exist_ok=True)
    with started() as browser:
        page = browser.new_page(viewport={"width": WIDTH, "height": 1540})
        page.add_init_script(SHUT_ASSISTANT)
        page.set_default_timeout(PATIENCE)
        page.goto(f"{base}/#/experiments/1/runs?viewStateShareKey=candidates&{TRAINING}")
        page.get_by_label("Hide banner").click()
        page.get_by_label("Toggle sidebar").click()
        page.get_by_role("link", name=re.compile("^direct · ")).first.wait_for()
        last = page.get_by_role("link", name=re.compile("^direct · ")).first.bounding_box()
        keep(page, "candidates", last["y"] + 2 * last["height"])
        page.goto(
            f"{base}/#/experiments/1/runs?viewStateShareKey=charts&{TRAINING}&compareRunsMode=CHART"
        )
        page.locator(".scatterlayer .point").nth(3).wait_for()
        page.get_by_label("Hide banner").click()
        below = page.get_by_text("Classes and parameters").bounding_box()
        keep(page, "charts", below["y"] - 14)
        page.set_viewport_size({"width": 1200, "height": 1540})
        page.goto(Path(report).resolve().as_uri())
        below = page.get_by_text("Is the difference real?").bounding_box()
        keep(page, "report", below["y"] - 14)


def keep(page: Any, name: str, height: float) -> None:
    """The upper part of the page, in a file of its own."""
    page.wait_for_timeout(2000)  # charts move into place
    size = page.viewport_size
    clip = {"x": 0, "y": 0, "width": size["width"], "height": height}
    seen = Image.open(io.BytesIO(page.screenshot(clip=clip))).convert("RGB")
    seen.save(PICTURES / f"{name}.png", optimize=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
