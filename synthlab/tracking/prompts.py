"""Prompts in MLflow's registry: a version for each distinct text, linked to the runs that used it.

A version's text is the template of a generator's prompt, its inputs written ``{{so}}`` as MLflow
writes variables, and below it what fills them: the generator's parameters, and rows that are shown
as earlier answers. What differs between two versions is then what somebody changed, not what was
drawn for a row. A generator without templates is known by a prompt as the LM read it.

MLflow keeps prompts and models in one list, and would take a model of the same name for a version
of the prompt. Promoted generators have the names of experiments, which hold no capital letter; a
prompt's name always has one: ``bbc-news.Attributes.row``.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import yaml
from filelock import FileLock

from synthlab.errors import StorageError
from synthlab.outcomes import Candidate
from synthlab.records import digest
from synthlab.tracking.backend import MlflowException, guarded, shown
from synthlab.tracking.store import LOCK_SECONDS, Store

LINKED = "mlflow.linkedPrompts"
RUNS = "mlflow.prompt.run_ids"  # of a version; from it MLflow's prompt page takes its runs
MOST_RUNS = 50
HASH = "sha256"
EXPERIMENTS = "_mlflow_experiment_ids"
LONGEST = 99_000  # MLflow refuses 100,000 characters
PAGE = 100
YAML: dict[str, Any] = {"sort_keys": False, "allow_unicode": True, "width": 1000}

Uses = tuple[tuple[str, str], ...]
"""Prompts that a run used: names, each with its version."""


@dataclass(frozen=True, slots=True)
class Wording:
    """What a candidate says to the LM.

    Attributes:
        texts: templates by prompt name; ``2/row`` is the prompt ``row`` of a mixture's second part.
        demos: ``(label, text)`` of the rows that its prompts show as earlier answers.
    """

    texts: Mapping[str, str]
    demos: Sequence[tuple[str, str]] = ()


class Prompts:
    """The prompts of one run; safe to use from many threads.

    Two machines that register the same new text at the same moment may make two versions of it.

    Args:
        store: where the registry is.
        experiment: its name.
        experiment_id: under whose Prompts tab they are listed.
        run_id: the parent run.
    """

    def __init__(self, store: Store, experiment: str, experiment_id: str, run_id: str) -> None:
        self.store, self.experiment, self.experiment_id = store, experiment, experiment_id
        self.run_id = run_id
        self._linked: set[tuple[str, str]] = set()
        self._known: dict[str, dict[str, str]] = {}
        self._lock = threading.Lock()

    def register(self, candidate: Candidate, wording: Wording) -> tuple[Uses, Uses]:
        """The versions that a candidate uses, made where a text is new, and linked to the run.

        Returns:
            All of them, and those that were made.

        Raises:
            StorageError: the registry cannot be written.
        """
        used, made = {}, {}
        with self._lock, guarded(f"cannot register prompts in {shown(self.store.uri)}"):
            for key, text in sorted(wording.texts.items()):
                name = prompt_name(self.experiment, candidate, key)
                many = key.rpartition("/")[2] == "many"
                params, demos = ({}, ()) if many else (_params(candidate, key), wording.demos)
                full = template(text, params, demos)
                mark = digest(full)
                with FileLock(self.store.root / ".prompts.lock", timeout=LOCK_SECONDS):
                    if mark not in self._versions(name):
                        self._known.pop(name)  # another process may have made it meanwhile
                    if mark not in self._versions(name):
                        made[name] = self._known[name][mark] = self._add(
                            name, full, mark, candidate
                        )
                    used[name] = self._known[name][mark]
                    self._link(name, used[name])
        return tuple(used.items()), tuple(made.items())

    def score(self, versions: Uses, f1: float) -> None:
        """Write beside versions how well the rows of the candidate that brought them trained."""
        with guarded(f"cannot tag prompts in {shown(self.store.uri)}"):
            for name, version in versions:
                self.store.client.set_prompt_version_tag(name, version, "f1", f"{f1:.3f}")

    def point(self, alias: str, versions: Uses) -> None:
        """Let an alias point at versions, one of each prompt."""
        with guarded(f"cannot set aliases of prompts in {shown(self.store.uri)}"):
            for name, version in versions:
                self.store.client.set_prompt_alias(name, alias, int(version))

    def _versions(self, name: str) -> dict[str, str]:
        """Versions by the hash of their texts; of equal ones the first."""
        if name not in self._known:
            found = sorted(self._search(name), key=lambda item: -int(item.version))
            self._known[name] = {item.tags.get(HASH, ""): str(item.version) for item in found}
        return self._known[name]

    def _search(self, name: str) -> list[Any]:
        """Every version of a prompt; none where there is no such prompt."""
        if self.store.client.get_prompt(name) is None:
            return []
        found: list[Any] = []
        token = None
        while True:
            page = self.store.client.search_prompt_versions(name, PAGE, token)
            found += page
            token = page.token
            if not token:
                return found

    def _link(self, name: str, version: str) -> None:
        """List the run on the version's page; candidates link to the version themselves.

        MLflow's page would show the links of a run that has both kinds twice.
        """
        if (name, version) in self._linked:
            return
        client = self.store.client
        known = client.get_prompt_version(name, version).tags.get(RUNS, "").split(",")
        runs = [self.run_id, *(item for item in known if item and item != self.run_id)]
        client.set_prompt_version_tag(name, version, RUNS, ",".join(runs[:MOST_RUNS]))
        self._linked.add((name, version))

    def _add(self, name: str, text: str, mark: str, candidate: Candidate) -> str:
        # Not ``register_prompt``: it starts a thread that writes to MLflow's global store.
        client = self.store.client
        prompt = client.get_prompt(name)
        if prompt is None:
            try:
                client.create_prompt(name, tags={EXPERIMENTS: f",{self.experiment_id},"})
            except MlflowException as exc:
                if exc.error_code != "RESOURCE_ALREADY_EXISTS":  # another machine has just made it
                    raise
            if client.get_prompt(name) is None:
                raise StorageError(
                    f"'{name}' is the name of a model in MLflow's registry",
                    "rename that model: MLflow keeps prompts and models in one list",
                )
        tags = {"candidate": candidate.name, HASH: mark}
        made = client.create_prompt_version(name, text, commit_message(candidate), tags)
        return str(made.version)


def prompt_name(experiment: str, candidate: Candidate, key: str) -> str:
    """``experiment.Class.prompt``, with a capital letter: see the module's docstring."""
    part = _part(candidate, key)
    generator = str(part["use"]) if part else candidate.generator
    words = re.split(r"[^A-Za-z0-9]+", generator.rpartition(":")[2])
    made = "".join(word[:1].upper() + word[1:] for word in words)
    owner = made if re.search("[A-Z]", made) else f"G{made}"
    return f"{experiment}.{owner}.{re.sub(r'[^A-Za-z0-9_-]+', '-', key.rpartition('/')[2])}"


def template(
    text: str, params: Mapping[str, Any] | None = None, demos: Sequence[tuple[str, str]] = ()
) -> str:
    """A template with MLflow's ``{{variables}}``, and below it what fills them; Markdown."""
    full = re.sub(r"(?<!\{)\{([A-Za-z_]\w*)\}(?!\})", r"{{\1}}", text).strip() or "(empty)"
    if params:
        values = yaml.safe_dump(_plain(params), **YAML)
        full += f"\n\n```yaml\n{values}```"
    if demos:
        shown = "\n\n".join(f"[{label}] {row}" for label, row in demos)
        full += f"\n\n--- shown as earlier answers ---\n\n{shown}"
    return full if len(full) <= LONGEST else f"{full[:LONGEST]}\n... (cut here)"


def commit_message(candidate: Candidate) -> str:
    """Which candidate brought the text, and why."""
    if candidate.parent:
        why = candidate.why.rstrip(".") or "changed by the search"
        return f"{candidate.name}, made from {candidate.parent}: {why}."[:2000]
    return f"{candidate.name}, as the config has it."


def linked(used: Uses) -> str:
    """The run tag from which MLflow's run page takes its prompts."""
    return json.dumps([{"name": name, "version": version} for name, version in used])


def _plain(value: Any) -> Any:
    """What YAML can write; weights as a person would write them."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, float):
        return float(f"{value:.3g}")
    return value if value is None or isinstance(value, str | int) else str(value)


def _part(candidate: Candidate, key: str) -> Mapping[str, Any]:
    """The part of a mixture that a prompt ``2/row`` belongs to; empty elsewhere."""
    number, slash, _ = key.rpartition("/")
    parts = candidate.params.get("parts")
    return parts[int(number) - 1] if slash and parts else {}


def _params(candidate: Candidate, key: str) -> Mapping[str, Any]:
    part = _part(candidate, key)
    return (part.get("params") or part.get("with") or {}) if part else candidate.params
