"""A store with two runs, the real ``synthlab ui`` on it, and a page of headless Chromium.

Run by ``make test-browser``. What the page showed is left in ``out/browser``, to be looked at.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import set_out
from tests.front import Front

ROOT = Path(__file__).parents[2]
SHOTS = ROOT / "out" / "browser"
PATIENCE = 90_000
"""Milliseconds until a text must be there; the machine may be busy."""

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
NO_BROWSER = (
    "there is no Chromium on this machine: install it (Debian, Ubuntu: `apt-get install chromium`),"
    " or let Playwright fetch its own: `.venv/bin/playwright install --with-deps chromium`"
)
NO_PLAYWRIGHT = "Playwright is not installed: `make test-browser` installs it and runs these tests"

# MLflow's assistant opens by itself on the first visit and takes a quarter of the width.
SHUT_ASSISTANT = """
localStorage.setItem('mlflow.assistant.fab.autoOpenedOnFirstLoad_v1', 'true');
localStorage.setItem('mlflow.assistant.panelOpen_v1', 'false');
"""


@dataclass
class Shop:
    """A user's folder, with the page on its store.

    Attributes:
        pages: the addresses that ``synthlab ui`` said, by title.
        runs: ids of the finished runs, the oldest first.
    """

    folder: Path
    pages: dict[str, str] = field(default_factory=dict)
    runs: list[str] = field(default_factory=list)

    @property
    def base(self) -> str:
        return self.pages["tickets, table"].partition("/#/")[0]

    def env(self) -> dict[str, str]:
        return {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}

    def synthlab(self, *args: str, code: int = 0) -> str:
        """Run a command as a user does, in a process of its own; what it printed."""
        command = [sys.executable, "-m", "synthlab.cli", *args]
        done = subprocess.run(
            command, cwd=self.folder, env=self.env(), capture_output=True, text=True
        )
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout + done.stderr


@pytest.fixture(scope="package")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """Two runs that differ in the length of their answers, and the UI while tests last."""
    made = Shop(set_out(tmp_path_factory.mktemp("shop")))
    config = made.folder / "tickets.yaml"
    config.write_text(config.read_text().replace("{replicates: 0}", "{replicates: 2}"))
    for tokens in (60, 16):
        said = made.synthlab("run", "tickets.yaml", "--set", f"lm.max_tokens={tokens}")
        made.runs += re.findall(r"^run ([0-9a-f]{8}):", said, re.MULTILINE)
    assert len(made.runs) == 2
    command = [sys.executable, "-m", "synthlab.cli", "ui", "--port", str(Front.free_port())]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    process: Any = subprocess.Popen(command, cwd=made.folder, env=made.env(), **pipes)
    try:
        said = ""
        for line in process.stdout:
            said += line
            title, _, url = line.strip().partition(": ")
            made.pages[title] = url
            if line.startswith("Ctrl-C"):
                break
        assert "tickets, table" in made.pages, said
        yield made
    finally:
        process.terminate()
        ended = process.wait(30)
    assert ended == 0  # told to end, it ends its server and says nothing


@contextmanager
def started() -> Iterator[Any]:
    """A headless Chromium: the system's, else Playwright's own."""
    try:
        from playwright.sync_api import expect, sync_playwright
    except ImportError:
        pytest.fail(NO_PLAYWRIGHT)
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        found = next(filter(None, map(shutil.which, BROWSERS)), None)
        path = found or playwright.chromium.executable_path
        if not Path(path).exists():
            pytest.fail(NO_BROWSER)
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="package")
def chromium() -> Iterator[Any]:
    """The browser of all tests."""
    with started() as browser:
        yield browser


@pytest.fixture
def page(chromium: Any) -> Iterator[Any]:
    """A page of 1400 by 1000, as on a laptop; its errors fail the test."""
    context = chromium.new_context(viewport={"width": 1400, "height": 1000})
    context.add_init_script(SHUT_ASSISTANT)
    context.set_default_timeout(PATIENCE)
    broken: list[str] = []
    page = context.new_page()
    page.on("pageerror", lambda error: broken.append(str(error)))
    yield page
    context.close()
    assert not broken


@pytest.fixture
def shoot(page: Any) -> Callable[[str], None]:
    """Keep what the page shows: ``shoot("candidates")``."""
    SHOTS.mkdir(parents=True, exist_ok=True)

    def keep(name: str) -> None:
        page.wait_for_timeout(500)  # charts and drawers move into place
        page.screenshot(path=SHOTS / f"{name}.png")

    return keep
