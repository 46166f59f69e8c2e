"""What this machine has and lacks, and the command that mends it. Changes nothing but ./mlruns."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from importlib import metadata
from pathlib import Path

from synthlab.errors import SynthlabError
from synthlab.lm.base import LMSettings
from synthlab.registry import resolve
from synthlab.workflow.versions import DISTRIBUTION, installed, pip, required, unmet

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
        _extra("huggingface"),
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
        fix = pip(["--force-reinstall", DISTRIBUTION])
        return _check(name, "bad", f"{type(exc).__name__}: {exc}", fix)


def _python() -> Check:
    version = ".".join(str(part) for part in sys.version_info[:3])
    return _check("Python", "ok", f"{version} in {sys.prefix}")


def _versions() -> Check:
    try:
        wrong = unmet(required())
    except metadata.PackageNotFoundError:
        detail = f"{DISTRIBUTION} runs from a folder: what it needs cannot be checked"
        return _check("packages", "warn", detail, pip(["-e", "."]))
    if wrong:
        return _check("packages", "bad", "; ".join(wrong.values()), pip(list(wrong)))
    return _check("packages", "ok", ", ".join(f"{name} {installed(name)}" for name in SHOWN))


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


def _extra(extra: str) -> Check:
    try:
        needs = required(extra)
    except metadata.PackageNotFoundError:
        return _check(f"extra '{extra}'", "warn", f"{DISTRIBUTION} is not installed")
    if wrong := unmet(needs):
        return _check(f"extra '{extra}'", "warn", "; ".join(wrong.values()), pip(list(wrong)))
    found = ", ".join(f"{need.name} {installed(need.name)}" for need in needs)
    return _check(f"extra '{extra}'", "ok", found)


def _store(uri: str | None) -> str:
    from synthlab.tracking.read import list_runs
    from synthlab.tracking.store import Store

    store = Store.open(Path("mlruns"), uri)
    found = list_runs(store)
    waiting = sum(bool(run["unsent"]) for run in found)
    said = f"{len(found)} runs in {store.given or store.root}"
    return f"{said}; {waiting} not sent: synthlab sync" if waiting else said
