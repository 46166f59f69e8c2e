"""The clients, and the interpreter and variables that each of them runs under.

A peer gets a virtual environment of its own from its ``requirements-*.txt``, made once in the
scratch folder. Telemetry is off and no tokenizer or model list is fetched, for every client alike.
"""

import importlib.util
import os
import subprocess
import sys
import venv
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Client:
    """One way to ask for the rows.

    Attributes:
        title: how the table names it.
        script: in ``clients/``.
        requirements: a file for a virtual environment; None for this interpreter's own packages.
    """

    title: str
    script: str
    requirements: str | None = None


CLIENTS = {
    "openai-threads": Client("openai SDK 2, threads", "openai_threads.py"),
    "openai-async": Client("openai SDK 2, AsyncOpenAI + semaphore", "openai_async.py"),
    "openai3-threads": Client(
        "openai SDK 3, threads", "openai_threads.py", "requirements-openai.txt"
    ),
    "openai3-async": Client(
        "openai SDK 3, AsyncOpenAI + semaphore", "openai_async.py", "requirements-openai.txt"
    ),
    "dspy": Client("DSPy, `dspy.Parallel`", "dspy_parallel.py"),
    "synthlab": Client("**synthlab**, journal on", "synthlab_journal.py"),
    "synthlab-no-journal": Client("synthlab, no journal", "synthlab_session.py"),
    "curator": Client("bespokelabs-curator", "peer_curator.py", "requirements-curator.txt"),
    "data-designer": Client(
        "data-designer", "peer_data_designer.py", "requirements-data-designer.txt"
    ),
}


class NotInstalled(Exception):
    """A peer whose packages pip could not install."""


def interpreter(client: Client, scratch: Path) -> Path:
    """The Python that runs ``client``; its environment is made if it is not there yet.

    Raises:
        NotInstalled: pip failed.
    """
    if client.requirements is None:
        return Path(sys.executable)
    requirements = HERE / client.requirements
    home = scratch / requirements.stem
    ready = home / "ready.txt"
    python = home / "bin" / "python"
    if ready.exists() and ready.read_text() == requirements.read_text():
        return python
    venv.create(home, with_pip=True, clear=True)
    install = [str(python), "-m", "pip", "install", "--quiet", "-r", str(requirements)]
    done = subprocess.run(install, capture_output=True, text=True, check=False)
    if done.returncode:
        raise NotInstalled("; ".join(done.stderr.splitlines()[-2:]))
    ready.write_text(requirements.read_text())
    return python


def variables(scratch: Path) -> dict[str, str]:
    """The environment of every client."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("OPENAI_", "DSPY_"))}
    home = scratch / "home"
    home.mkdir(parents=True, exist_ok=True)
    return {
        **kept,
        "HOME": str(home),
        "NO_PROXY": "127.0.0.1",
        "HF_HUB_OFFLINE": "1",
        "LITELLM_LOCAL_MODEL_COST_MAP": "true",
        "NEMO_TELEMETRY_ENABLED": "false",  # data-designer
        "TELEMETRY_ENABLED": "false",  # curator
        # Both peers count tokens with tiktoken, which would download its files at the first use.
        "TIKTOKEN_CACHE_DIR": str(_tokenizers()),
    }


def _tokenizers() -> Path:
    """Tokenizer files that litellm ships; dspy depends on it."""
    found = importlib.util.find_spec("litellm")
    if found is None or not found.submodule_search_locations:
        raise SystemExit("litellm, which dspy installs, is not there: pip install -e .")
    return Path(found.submodule_search_locations[0]) / "litellm_core_utils" / "tokenizers"
