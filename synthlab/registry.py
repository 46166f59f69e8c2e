"""Every short name that a YAML may use, as text, and the one function that turns text into code.

The table can be read with the eyes: listing or validating names imports nothing. A reference is a
short name (``attributes``), an import path (``package.module:Class``) or a file path
(``experiments/question/generator.py:Class``). A short name that is not in the table is looked for
among the entry points of the group ``synthlab.<kind>``. The built-ins use the same door as a
user's class.
"""

from __future__ import annotations

import difflib
import hashlib
import importlib
import importlib.util
import sys
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

from synthlab.errors import ConfigError

TABLE: dict[str, dict[str, str]] = {
    "task": {
        "bbc-news": "synthlab.tasks.bbc_news:BbcNews",
        "huggingface": "synthlab.tasks.huggingface:HuggingFace",
        "table": "synthlab.tasks.table:Table",
    },
    "engine": {
        "anthropic": "synthlab.lm.anthropic_sdk:AnthropicEngine",
        "embedded": "synthlab.lm.embedded:EmbeddedEngine",
        "fake": "synthlab.lm.fake:FakeEngine",
        "openai": "synthlab.lm.openai_sdk:OpenAIEngine",
    },
    "generator": {
        "attributes": "synthlab.generators.attributes:Attributes",
        "direct": "synthlab.generators.direct:Direct",
        "few_shot": "synthlab.generators.few_shot:FewShot",
    },
    "curation": {
        "duplicates": "synthlab.curation.duplicates:Duplicates",
        "format": "synthlab.curation.format:Format",
        "length": "synthlab.curation.length:Length",
        "near_duplicates": "synthlab.curation.duplicates:NearDuplicates",
        "overlap": "synthlab.curation.overlap:Overlap",
        "refusals": "synthlab.curation.refusals:Refusals",
    },
    "model": {
        "hashing-sgd": "synthlab.scoring.models:hashing_sgd",
        "tfidf-linearsvc": "synthlab.scoring.models:tfidf_linearsvc",
        "tfidf-logreg": "synthlab.scoring.models:tfidf_logreg",
    },
    "search": {
        "grid": "synthlab.search.grid:Grid",
    },
}


def resolve(kind: str, ref: str) -> Any:
    """The object that ``ref`` names.

    Args:
        kind: a key of ``TABLE``.
        ref: a short name, ``package.module:Name`` or ``path/to/file.py:Name``.

    Raises:
        ConfigError: the name is not known, or the module cannot be imported or lacks the name.
    """
    target = TABLE[kind].get(ref, ref)
    if ":" in target:
        return _load(kind, target)
    for point in entry_points(group=f"synthlab.{kind}", name=ref):
        return _load(kind, point.value)
    raise ConfigError(_unknown(kind, ref))


def _unknown(kind: str, ref: str) -> str:
    close = difflib.get_close_matches(ref, TABLE[kind], n=1, cutoff=0.5)
    hint = f" Did you mean '{close[0]}'?" if close else ""
    names = ", ".join(sorted(TABLE[kind]))
    return (
        f"unknown {kind} '{ref}'.{hint} Built in: {names}; "
        "or give 'package.module:Class' or 'path/to/file.py:Class'"
    )


def _load(kind: str, target: str) -> Any:
    place, _, name = target.rpartition(":")
    try:
        module = _file_module(place) if place.endswith(".py") else importlib.import_module(place)
    except FileNotFoundError as exc:
        raise ConfigError(f"{kind} '{target}': no such file: {place}") from exc
    except Exception as exc:
        raise ConfigError(f"{kind} '{target}': cannot import {place}: {exc}") from exc
    if not hasattr(module, name):
        public = [n for n in vars(module) if not n.startswith("_")]
        close = difflib.get_close_matches(name, public, n=1)
        hint = f", did you mean '{close[0]}'?" if close else ""
        raise ConfigError(f"{kind} '{target}': {place} has no '{name}'{hint}")
    return getattr(module, name)


def _file_module(place: str) -> Any:
    path = Path(place).resolve()
    if not path.is_file():
        raise FileNotFoundError(place)
    name = f"synthlab_user_{hashlib.sha256(str(path).encode()).hexdigest()[:12]}"
    if name in sys.modules:
        return sys.modules[name]
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{place} is not a Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module
