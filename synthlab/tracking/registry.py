"""Promoted generators: versions of a registered model, and the aliases that point at them.

A version is a folder of plain files (``program.json`` and the code of ``served``, no pickle), so it
can be read, diffed and loaded without trust in its maker. Whether a run may be promoted is decided
in ``workflow/promote.py``; here it is only written down.
"""

from __future__ import annotations

import json
import tempfile
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

from filelock import FileLock

from synthlab.errors import NotFoundError, StorageError
from synthlab.tracking.backend import MlflowException, guarded, mlflow, shown
from synthlab.tracking.read import missing
from synthlab.tracking.store import LOCK_SECONDS, Store

CHAMPION, CHALLENGER, PREVIOUS = "champion", "challenger", "previous"
PROGRAM = "program.json"
DISTRIBUTION = "synthlab-framework"
_ABSENT = {"RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"}


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a registered generator.

    Attributes:
        version: its number, as text.
        run_id: the run that it was promoted from.
        tags: what the promotion wrote down, such as the scores that it passed with.
        aliases: the names that point at it now.
    """

    name: str
    version: str
    run_id: str
    tags: Mapping[str, str]
    aliases: tuple[str, ...]


def parse_ref(ref: str) -> tuple[str, str]:
    """``NAME@ALIAS`` or ``NAME@3`` as two texts; ``NAME`` alone means ``NAME@champion``.

    Raises:
        NotFoundError: the text is neither.
    """
    name, mark, which = ref.partition("@")
    if not name or (mark and not which) or "@" in which:
        raise NotFoundError(
            f"'{ref}' names no generator", "write NAME@champion or NAME@3 (a version's number)"
        )
    return name, which or CHAMPION


def champion(store: Store, name: str, alias: str = CHAMPION) -> Version | None:
    """The version that ``alias`` points at, or None when there is none."""
    with guarded(f"cannot read '{name}@{alias}' in {shown(store.uri)}"):
        try:
            found = store.client.get_model_version_by_alias(name, alias)
        except MlflowException as exc:
            if exc.error_code in _ABSENT:
                return None
            raise
        return _version(store, found)


def register(
    store: Store,
    name: str,
    program: Mapping[str, Any],
    loader: str,
    run_id: str,
    tags: Mapping[str, str],
    description: str = "",
) -> Version:
    """A new version of ``name`` from the run ``run_id``; no alias moves, no LM is called.

    Args:
        store: where to.
        name: the registered model.
        program: everything the loader needs, as JSON.
        loader: ``package.module:function``; see ``served``.
        run_id: the candidate's run; it is linked, and not opened again.
        tags: shown beside the version.
        description: of the version, Markdown.

    Raises:
        StorageError: a prompt is registered under that name (MLflow would mix them up), or the
            store cannot be written.
    """
    with guarded(f"cannot register '{name}' in {shown(store.uri)}"):
        ensure_model(store, name)
        run = store.client.get_run(run_id)
        model = store.client.create_logged_model(
            run.info.experiment_id, _model_name(name), run_id, model_type="generator"
        )
        try:
            with tempfile.TemporaryDirectory() as folder:
                saved = _save(Path(folder), program, loader)
                store.client.log_model_artifacts(model.model_id, str(saved))
        except BaseException:
            store.client.finalize_logged_model(model.model_id, "FAILED")
            raise
        store.client.finalize_logged_model(model.model_id, "READY")
        found = store.client.create_model_version(
            name,
            model.artifact_location,  # a models:/ URI would be looked up in MLflow's global store
            run_id,
            tags={**tags, "synthlab.run": run_id},
            model_id=model.model_id,
            description=description,
        )
        return _version(store, found)


def set_alias(store: Store, name: str, alias: str, version: str) -> None:
    """Let ``alias`` point at ``version``; moving it to an older one is the rollback.

    MLflow cannot compare and set, so a lock keeps two promotions on this folder apart.
    """
    _find(store, name, version)
    with alias_lock(store), guarded(f"cannot set '{name}@{alias}' in {shown(store.uri)}"):
        store.client.set_registered_model_alias(name, alias, version)


def drop_alias(store: Store, name: str, alias: str) -> None:
    """Let ``alias`` point at nothing; the version stays."""
    with alias_lock(store), guarded(f"cannot remove '{name}@{alias}' in {shown(store.uri)}"):
        store.client.delete_registered_model_alias(name, alias)


def tag_version(store: Store, name: str, version: str, tags: Mapping[str, str]) -> None:
    """Set or replace tags of a version."""
    with guarded(f"cannot tag '{name}' version {version} in {shown(store.uri)}"):
        for key, value in tags.items():
            store.client.set_model_version_tag(name, version, key, value)


@contextmanager
def alias_lock(store: Store) -> Iterator[None]:
    """Held while the champion is read, compared and replaced; it may be taken twice in a thread.

    Raises:
        StorageError: another process holds it for longer than a minute, or the folder cannot be
            written.
    """
    lock = FileLock(store.root / ".alias.lock", is_singleton=True)
    with guarded(f"cannot lock the aliases in {store.root}"):
        lock.acquire(timeout=LOCK_SECONDS)
    try:
        yield
    finally:
        lock.release()


def load_program(
    store: Store, name: str, alias_or_version: str = CHAMPION
) -> tuple[Version, dict[str, Any]]:
    """A promoted generator: what is known of it, and its program.

    Raises:
        NotFoundError: no such model, alias or version; the message says what there is.
        StorageError: the store cannot be read.
    """
    version = _find(store, name, alias_or_version)
    with guarded(f"cannot read '{name}@{alias_or_version}' in {shown(store.uri)}"):
        place = store.client.get_model_version_download_uri(name, version.version)
        with tempfile.TemporaryDirectory() as copy:
            local = mlflow.artifacts.download_artifacts(
                f"{place}/artifacts/{PROGRAM}", dst_path=copy, tracking_uri=store.uri
            )
            return version, json.loads(Path(local).read_text(encoding="utf-8"))


def _find(store: Store, name: str, which: str) -> Version:
    if not which.isdigit():
        found = champion(store, name, which)
        if found is not None:
            return found
    with guarded(f"cannot read '{name}' in {shown(store.uri)}"):
        try:
            model = store.client.get_registered_model(name)
            if which.isdigit():
                return _version(store, store.client.get_model_version(name, which))
        except MlflowException as exc:
            if exc.error_code not in _ABSENT:
                raise
            raise _unknown(store, name, which) from exc
        if "mlflow.prompt.is_prompt" in model.tags:
            raise NotFoundError(
                f"'{name}' is a prompt, not a generator", f"see `synthlab list{store.flag}`"
            )
        raise _unknown(store, name, which)


def _unknown(store: Store, name: str, which: str) -> NotFoundError:
    known = {model.name: model for model in store.client.search_registered_models()}
    if name not in known:
        return missing("promoted generator", name, known)
    versions = [v.version for v in store.client.search_model_versions(f"name = '{name}'")]
    kind = "version" if which.isdigit() else "alias"
    there = [*known[name].aliases, *sorted(versions, key=int)]
    return NotFoundError(
        f"'{name}' has no {kind} '{which}'",
        f"there is: {', '.join(f'{name}@{item}' for item in there)}",
    )


def _version(store: Store, found: Any) -> Version:
    # A version that was read by its number does not know its aliases; the model does.
    aliases = store.client.get_registered_model(found.name).aliases
    number = str(found.version)
    return Version(
        found.name,
        number,
        found.run_id or "",
        dict(found.tags),
        tuple(sorted(alias for alias, to in aliases.items() if str(to) == number)),
    )


def ensure_model(store: Store, name: str) -> None:
    """Make the registered model, if it is not there.

    Raises:
        StorageError: a prompt is registered under that name (MLflow would mix them up).
    """
    if store.client.get_prompt(name) is not None:
        raise StorageError(
            f"'{name}' is already the name of a prompt in MLflow's registry",
            "give the run another name: MLflow keeps prompts and models in one list",
        )
    with suppress(MlflowException):  # it exists: this is a further version
        store.client.create_registered_model(name)


def _save(folder: Path, program: Mapping[str, Any], loader: str) -> Path:
    state = folder / PROGRAM
    state.write_text(json.dumps(program, indent=2, ensure_ascii=False), encoding="utf-8")
    saved = folder / "model"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it asks for an input example, which would call the LM
        mlflow.pyfunc.save_model(
            path=str(saved),
            python_model=str(Path(__file__).with_name("served.py")),
            artifacts={"program": str(state)},
            model_config={"loader": loader},
            pip_requirements=[requirement()],
        )
    return saved


def requirement() -> str:
    """What a model that needs this package tells pip to install."""
    try:
        return f"{DISTRIBUTION}=={metadata.version(DISTRIBUTION)}"
    except metadata.PackageNotFoundError:  # run from a source folder
        return DISTRIBUTION


def _model_name(name: str) -> str:
    return "".join("-" if letter in "/:.%\"'" else letter for letter in name)
