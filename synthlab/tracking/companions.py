"""What belongs to a run and is no part of it, from one store to another, each once.

Prompts: a version for each distinct text, found by its text, with the run's own numbers rewritten.
Traces keep their ids. Logged models carry the id of the one that they are copies of; generators
that were registered by a promotion are left out, as promotions are not sent.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

from synthlab.tracking.backend import LoggedModelOutput, MlflowException, TracingClient
from synthlab.tracking.names import LOCAL
from synthlab.tracking.store import Store

LINKED = "mlflow.linkedPrompts"
RUNS = "mlflow.prompt.run_ids"  # of a prompt's version: the runs that its page lists
EXPERIMENTS = "_mlflow_experiment_ids"  # of a prompt: where its tab lists it
MOST_RUNS = 50
PAGE = 100
PART = 50  # traces in one request: MLflow links at most 100 at once
GENERATOR = "generator"
ALIAS = "winner"

_log = logging.getLogger(__name__)


class Prompts:
    """Prompts of the local registry in the far one."""

    def __init__(self, local: Store, far: Store, experiment: str) -> None:
        self.local, self.far, self.experiment = local, far, experiment
        self._there: dict[str, dict[str, str]] = {}

    def of(self, run: Any, ids: Mapping[str, str]) -> dict[str, str]:
        """The tag that links a run's copy to its prompts; empty when it used none."""
        text = run.data.tags.get(LINKED)
        if not text:
            return {}
        copied = [
            {**item, "version": self._copied(item["name"], str(item["version"]), ids)}
            for item in json.loads(text)
        ]
        return {LINKED: json.dumps(copied)}

    def point(self, run: Any) -> None:
        """Let the winner's alias point at the run's prompts, where it does so here."""
        for item in json.loads(run.data.tags.get(LINKED, "[]")):
            name, version = item["name"], str(item["version"])
            with suppress(MlflowException):
                found = self.local.client.get_prompt_version_by_alias(name, ALIAS)
                there = self._versions(name).get(found.template)
                if str(found.version) == version and there:
                    self.far.client.set_prompt_alias(name, ALIAS, int(there))

    def _copied(self, name: str, version: str, ids: Mapping[str, str]) -> str:
        """The number that a version has in the far registry."""
        client = self.far.client
        mine = self.local.client.get_prompt_version(name, version)
        known = self._versions(name)
        tags = {key: text for key, text in mine.tags.items() if not key.startswith("mlflow.")}
        if mine.template not in known:
            if client.get_prompt(name) is None:
                client.create_prompt(name, tags={EXPERIMENTS: f",{self.experiment},"})
            made = client.create_prompt_version(name, mine.template, mine.commit_message, tags)
            known[mine.template] = str(made.version)
        there = client.get_prompt_version(name, known[mine.template])
        runs = [ids[item] for item in mine.tags.get(RUNS, "").split(",") if item in ids]
        runs += [item for item in there.tags.get(RUNS, "").split(",") if item]
        tags[RUNS] = ",".join(list(dict.fromkeys(runs))[:MOST_RUNS])
        for key, text in tags.items():
            if text and there.tags.get(key) != text:
                client.set_prompt_version_tag(name, known[mine.template], key, text)
        return known[mine.template]

    def _versions(self, name: str) -> dict[str, str]:
        """Far versions by their text; of equal ones the first."""
        if name not in self._there:
            client, token = self.far.client, None
            found: list[Any] = []
            while client.get_prompt(name) is not None:
                page = client.search_prompt_versions(name, PAGE, token)
                found += page
                token = page.token
                if not token:
                    break
            found.sort(key=lambda item: -int(item.version))
            self._there[name] = {str(item.template): str(item.version) for item in found}
        return self._there[name]


def copy_traces(local: Store, far: Store, run: Any, experiment: str, copy_id: str) -> None:
    """The traces of ``run``, linked to its copy; not to servers that cannot take them."""
    for traces in _pages(local, run):
        spans = [span for trace in traces for span in trace.data.spans]
        try:
            TracingClient(far.uri).log_spans(experiment, spans)
        except NotImplementedError as exc:  # a server of MLflow before 3.4
            _log.warning("traces were not sent: %s", exc)
            return
        far.client.link_traces_to_run([trace.info.trace_id for trace in traces], copy_id)


def _pages(local: Store, run: Any) -> Iterator[list[Any]]:
    token = None
    while True:
        page = local.client.search_traces(
            locations=[run.info.experiment_id],
            run_id=run.info.run_id,
            max_results=PART,
            page_token=token,
        )
        if page:
            yield list(page)
        token = page.token
        if not token:
            return


def copy_models(local: Store, far: Store, run: Any, experiment: str, copy_id: str) -> None:
    """The logged models of ``run``, but no promoted generator."""
    query = f"source_run_id = '{run.info.run_id}'"
    models = [
        model
        for model in local.client.search_logged_models([run.info.experiment_id], query)
        if model.model_type != GENERATOR and str(model.status).endswith("READY")
    ]
    if not models:
        return
    for model in models:
        _copy_model(far, model, experiment, copy_id)
    there = _models(far, experiment, copy_id)
    linked = {item.model_id for item in _outputs(far.client.get_run(copy_id))}
    outputs = [
        LoggedModelOutput(there[item.model_id], item.step)
        for item in _outputs(run)
        if item.model_id in there and there[item.model_id] not in linked
    ]
    if outputs:  # MLflow refuses one that is linked
        far.client.log_outputs(copy_id, outputs)


def _outputs(run: Any) -> list[Any]:
    return list(run.outputs.model_outputs) if run.outputs else []


def _models(far: Store, experiment: str, copy_id: str, whole: bool = True) -> dict[str, str]:
    """Copies by the local model's id."""
    found = far.client.search_logged_models([experiment], f"source_run_id = '{copy_id}'")
    return {
        model.tags[LOCAL]: model.model_id
        for model in found
        if LOCAL in model.tags and (not whole or str(model.status).endswith("READY"))
    }


def _copy_model(far: Store, model: Any, experiment: str, copy_id: str) -> None:
    if model.model_id in _models(far, experiment, copy_id):
        return
    there = _models(far, experiment, copy_id, whole=False).get(model.model_id)
    if there is None:
        made = far.client.create_logged_model(
            experiment,
            model.name,
            copy_id,
            tags={LOCAL: model.model_id},
            params=dict(model.params),
            model_type=model.model_type,
        )
        there = made.model_id
    # The local store's files are files of this machine.
    far.client.log_model_artifacts(there, model.artifact_location.removeprefix("file://"))
    far.client.finalize_logged_model(there, "READY")
