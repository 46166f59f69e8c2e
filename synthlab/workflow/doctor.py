"""What this machine has and lacks, and the command that mends it. Changes nothing but ./mlruns."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path

from synthlab.errors import SynthlabError
from synthlab.lm.base import LMSettings
from synthlab.registry import resolve

Check = dict[str, str]
DEFAULT_LM = "embedded/smollm2-135m-instruct"
SHOWN = ("dspy", "mlflow", "openai", "anthropic", "scikit-learn", "pandas", "xllamacpp")


def doctor(uri: str | None = None) -> list[Check]:
    """Every check as ``{"name", "state", "detail", "fix"}``; state is ok, warn or bad."""
    return [
        _python(),
        _versions(),
        _tried("embedded LM", lambda: _engine(DEFAULT_LM)),
        _tried("data set bbc-news", _bbc),
        _key("OpenAI", "OPENAI_API_KEY"),
        _key("Anthropic", "ANTHROPIC_API_KEY"),
        _extra("datasets", "huggingface"),
        _tried("MLflow store", lambda: _store(uri)),
    ]


def _check(name: str, state: str, detail: str, fix: str = "") -> Check:
    return {"name": name, "state": state, "detail": detail, "fix": fix}


def _tried(name: str, look: Callable[[], str]) -> Check:
    try:
        return _check(name, "ok", look())
    except SynthlabError as exc:
        return _check(name, "bad", exc.what, exc.fix)
    except Exception as exc:  # a broken package is just what is looked for here
        fix = f"{sys.executable} -m pip install --force-reinstall synthlab-framework"
        return _check(name, "bad", f"{type(exc).__name__}: {exc}", fix)


def _python() -> Check:
    version = ".".join(str(part) for part in sys.version_info[:3])
    return _check("Python", "ok", f"{version} in {sys.prefix}")


def _versions() -> Check:
    found, missing = [], []
    for name in SHOWN:
        try:
            found.append(f"{name} {metadata.version(name)}")
        except metadata.PackageNotFoundError:
            missing.append(name)
    if missing:
        command = f"{sys.executable} -m pip install synthlab-framework"
        return _check("packages", "bad", f"missing: {', '.join(missing)}", command)
    return _check("packages", "ok", ", ".join(found))


def _engine(model: str) -> str:
    settings = LMSettings(model=model)
    return str(resolve("engine", settings.engine).check(settings))


def _bbc() -> str:
    task = resolve("task", "bbc-news")
    source = task(task.Params()).load()
    return f"{len(source.rows):,} articles"


def _key(provider: str, variable: str) -> Check:
    if os.environ.get(variable):
        return _check(f"{provider} key", "ok", f"{variable} is set")
    return _check(
        f"{provider} key",
        "warn",
        f"{variable} is not set",
        f"needed for {provider} models only: export {variable}=...",
    )


def _extra(module: str, extra: str) -> Check:
    if find_spec(module):
        return _check(f"extra '{extra}'", "ok", f"{module} {metadata.version(module)}")
    command = f"{sys.executable} -m pip install 'synthlab-framework[{extra}]'"
    return _check(f"extra '{extra}'", "warn", f"{module} is not installed", command)


def _store(uri: str | None) -> str:
    from synthlab.tracking.read import list_runs
    from synthlab.tracking.store import Store

    store = Store.open(Path("mlruns"), uri)
    return f"{len(list_runs(store))} runs in {store.root}"
