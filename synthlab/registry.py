"""Every short name that a YAML may use, as text, and the one function that turns text into code.

The table can be read with the eyes: listing or validating names imports nothing. A reference is a
short name (``attributes``), an import path (``package.module:Class``) or a file path
(``experiments/question/generator.py:Class``). A short name that is not in the table is looked for
among the entry points of the group ``synthlab.<kind>``. The built-ins use the same door as a
user's class.

A file's module is built from its source text and named after it, so that an edited file is another
module, and a class can come back from its text when the file is gone.
"""

from __future__ import annotations

import difflib
import hashlib
import importlib
import importlib.util
import sys
import threading
from importlib.metadata import entry_points
from pathlib import Path
from types import ModuleType
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
        "none": "synthlab.lm.none:NoEngine",
        "openai": "synthlab.lm.openai_sdk:OpenAIEngine",
    },
    "generator": {
        "attributes": "synthlab.generators.attributes:Attributes",
        "augment": "synthlab.generators.augment:Augment",
        "direct": "synthlab.generators.direct:Direct",
        "few_shot": "synthlab.generators.few_shot:FewShot",
        "mixture": "synthlab.generators.mixture:Mixture",
        "ngram": "synthlab.generators.ngram:Ngram",
        "templates": "synthlab.generators.templates:Templates",
    },
    "curation": {
        "confirm": "synthlab.curation.confirm:Confirm",
        "downweight": "synthlab.curation.confirm:Downweight",
        "duplicates": "synthlab.curation.duplicates:Duplicates",
        "format": "synthlab.curation.format:Format",
        "group": "synthlab.curation.group:Group",
        "length": "synthlab.curation.length:Length",
        "near_duplicates": "synthlab.curation.duplicates:NearDuplicates",
        "overlap": "synthlab.curation.overlap:Overlap",
        "refusals": "synthlab.curation.refusals:Refusals",
        "relabel": "synthlab.curation.confirm:Relabel",
        "verify": "synthlab.curation.verify:Verify",
    },
    "model": {
        "embedding-knn": "synthlab.scoring.models:embedding_knn",
        "embedding-logreg": "synthlab.scoring.models:embedding_logreg",
        "hashing-sgd": "synthlab.scoring.models:hashing_sgd",
        "lsa-knn": "synthlab.scoring.models:lsa_knn",
        "lsa-logreg": "synthlab.scoring.models:lsa_logreg",
        "lsa-trees": "synthlab.scoring.models:lsa_trees",
        "tfidf-linearsvc": "synthlab.scoring.models:tfidf_linearsvc",
        "tfidf-logreg": "synthlab.scoring.models:tfidf_logreg",
    },
    "feedback": {
        "confusions": "synthlab.feedback.confusions:Confusions",
        "coverage": "synthlab.feedback.coverage:Coverage",
        "credit": "synthlab.feedback.credit:Credit",
        "labels": "synthlab.feedback.labels:Labels",
        "lacking": "synthlab.feedback.lacking:Lacking",
        "tics": "synthlab.feedback.tics:Tics",
    },
    "quality": {
        "copying": "synthlab.quality.copying:Copying",
        "diversity": "synthlab.quality.diversity:Diversity",
        "fairness": "synthlab.quality.fairness:Fairness",
        "fidelity": "synthlab.quality.fidelity:Fidelity",
        "label_quality": "synthlab.quality.labels:LabelQuality",
        "marginals": "synthlab.quality.marginals:Marginals",
        "mauve": "synthlab.quality.mauve:Mauve",
        "pii": "synthlab.quality.pii:Pii",
        "presidio": "synthlab.quality.presidio:Presidio",
        "privacy": "synthlab.quality.privacy:Privacy",
    },
    "proposer": {
        "bandit": "synthlab.search.proposers.bandit:Bandit",
        "hints": "synthlab.search.proposers.hints:Hints",
        "reflection": "synthlab.search.proposers.reflection:Reflection",
    },
    "search": {
        "bootstrap": "synthlab.search.optimizers.bootstrap:Bootstrap",
        "copro": "synthlab.search.optimizers.copro:Copro",
        "dspy-gepa": "synthlab.search.optimizers.gepa:DspyGepa",
        "gepa": "synthlab.search.gepa:Gepa",
        "grid": "synthlab.search.grid:Grid",
        "miprov2": "synthlab.search.optimizers.miprov2:MiproV2",
        "racing": "synthlab.search.racing:Racing",
        "random": "synthlab.search.random:RandomSearch",
        "tpe": "synthlab.search.tpe:Tpe",
    },
}


_LOADING = threading.RLock()


def resolve(kind: str, ref: str, source: str | None = None) -> Any:
    """The object that ``ref`` names.

    Args:
        kind: a key of ``TABLE``.
        ref: a short name, ``package.module:Name`` or ``path/to/file.py:Name``.
        source: for a file, the text to run in place of what it holds now, if it is there at all.

    Raises:
        ConfigError: the name is not known, or the module cannot be imported or lacks the name.
    """
    target = TABLE[kind].get(ref, ref)
    if ":" in target:
        return _load(kind, target, source)
    for point in entry_points(group=f"synthlab.{kind}", name=ref):
        return _load(kind, point.value, source)
    raise ConfigError(_unknown(kind, ref))


def source_of(kind: str, ref: str) -> str | None:
    """The source text of a ``path/to/file.py:Name``; None for any other reference.

    Raises:
        ConfigError: the file cannot be read.
    """
    place = ref.rpartition(":")[0]
    if not place.endswith(".py"):
        return None
    try:
        return importlib.util.decode_source(Path(place).read_bytes())
    except FileNotFoundError as exc:
        raise ConfigError(f"{kind} '{ref}': no such file: {place}") from exc
    except (OSError, UnicodeDecodeError, SyntaxError) as exc:
        raise ConfigError(f"{kind} '{ref}': cannot read {place}: {exc}") from exc


def _unknown(kind: str, ref: str) -> str:
    close = difflib.get_close_matches(ref, TABLE[kind], n=1, cutoff=0.5)
    hint = f" Did you mean '{close[0]}'?" if close else ""
    names = ", ".join(sorted(TABLE[kind]))
    return (
        f"unknown {kind} '{ref}'.{hint} Built in: {names}; "
        "or give 'package.module:Class' or 'path/to/file.py:Class'"
    )


def _load(kind: str, target: str, source: str | None) -> Any:
    place, _, name = target.rpartition(":")
    is_file = place.endswith(".py")
    text = source if is_file and source is not None else source_of(kind, target)
    try:
        module = importlib.import_module(place) if text is None else _built(place, text)
    except Exception as exc:
        raise ConfigError(f"{kind} '{target}': cannot import {place}: {exc}") from exc
    if not hasattr(module, name):
        public = [n for n in vars(module) if not n.startswith("_")]
        close = difflib.get_close_matches(name, public, n=1)
        hint = f", did you mean '{close[0]}'?" if close else ""
        raise ConfigError(f"{kind} '{target}': {place} has no '{name}'{hint}")
    return getattr(module, name)


def _built(place: str, source: str) -> ModuleType:
    """The module of a source text; the same text from the same place is the same module."""
    path = Path(place).resolve()
    sha = hashlib.sha256(f"{path}\0{source}".encode("utf-8", "replace")).hexdigest()
    name = f"synthlab_user_{sha[:16]}"
    with _LOADING:
        if name in sys.modules:
            return sys.modules[name]
        module = ModuleType(name)
        module.__file__ = str(path)
        sys.modules[name] = module
        try:
            exec(compile(source, path, "exec", dont_inherit=True), module.__dict__)
        except BaseException:
            del sys.modules[name]
            raise
        return module
