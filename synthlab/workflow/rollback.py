"""Champion and previous change places: the way back that takes a second and asks no gate."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from synthlab.errors import ConfigError, NotFoundError
from synthlab.tracking.registry import (
    CHAMPION,
    PREVIOUS,
    Version,
    champion,
    set_alias,
    tag_version,
)
from synthlab.tracking.store import Store
from synthlab.tracking.turns import turn, who

NO_REASON = "no reason was given"
BACK, AWAY, FORWARD = "rolled_back_to", "rolled_back", "rollback_undone"
"""Tags: of the version that is champion again, of the one that was, and after an undoing."""


def rollback(store: Store, name: str, why: str = "", forward: str | None = None) -> dict[str, Any]:
    """Let ``NAME@champion`` point at what was champion before.

    The former champion becomes ``NAME@previous``. A second rollback in a row would bring back the
    version that was rolled back from, so it is refused unless that is asked for. Who, when and why
    stand in the tags of both versions.

    Args:
        store: where the models are.
        name: the promoted generator.
        why: the reason.
        forward: the reason to undo a rollback: the version that it left is champion again.

    Returns:
        ``{"ref", "outcome": "rolled back" or "rollback undone", "version", "former", "by", "at",
        "why"}``.

    Raises:
        NotFoundError: no such generator, or there was no champion before.
        ConfigError: the last move was a rollback and ``forward`` is None, or it was none and
            ``forward`` is not.
        StorageError: the store cannot be written, or others are promoting it.
    """
    if champion(store, name) is None:
        raise NotFoundError(
            f"'{name}' has no champion to roll back from",
            f"promote a run of it first: synthlab promote {name}{store.flag}",
        )
    with turn(store, name) as held:
        now, before = champion(store, name), champion(store, name, PREVIOUS)
        if now is None or before is None or now.version == before.version:
            number = f" (version {now.version})" if now else ""
            raise NotFoundError(
                f"there is no '{name}@{PREVIOUS}': the champion{number} is the first",
                "promote another run, or a candidate of one with --run and --candidate",
            )
        undone = now.tags.get(BACK, "").startswith(f"from version {before.version} ")
        _refuse_wrong_way(name, now, before, undone, forward)
        why = why.strip() or (forward or "").strip() or NO_REASON
        by, at = who(), datetime.now(UTC).isoformat(timespec="seconds")
        said = f"by {by}, {at}: {why}"[:500]
        held.check()
        # The champion first: what is called must be right, even if this process dies here.
        set_alias(store, name, CHAMPION, before.version)
        set_alias(store, name, PREVIOUS, now.version)
        back = {FORWARD if undone else BACK: f"from version {now.version} {said}"}
        away = {AWAY: f"to version {before.version} {said}"}
        if undone:
            away = {BACK: f"undone for version {before.version} {said}"}
        tag_version(store, name, before.version, back)
        tag_version(store, name, now.version, away)
    return {
        "ref": f"{name}@{CHAMPION}",
        "outcome": "rollback undone" if undone else "rolled back",
        "version": before.version,
        "former": now.version,
        "by": by,
        "at": at,
        "why": why,
    }


def _refuse_wrong_way(
    name: str, now: Version, before: Version, undone: bool, forward: str | None
) -> None:
    if undone and not (forward or "").strip():
        raise ConfigError(
            f"{name}@{CHAMPION} is version {now.version} by a rollback already ({now.tags[BACK]}): "
            f"a second one would bring version {before.version} back",
            f"nothing, if version {now.version} is what you want; promote another run to move on; "
            f"or --rollback --force REASON to have version {before.version} again",
        )
    if forward is not None and not undone:
        raise ConfigError(
            "--rollback takes --force only to undo a rollback, and the last move was none",
            "leave --force out, and give the reason with --why",
        )


def refuse_mixed(*others: object) -> None:
    """Refuse a rollback that is asked for together with a promotion.

    Raises:
        ConfigError: one of the promotion's own options was given.
    """
    if any(item not in ("", None, False) for item in others):
        raise ConfigError(
            "--rollback goes with --why, --force, --store and --json only",
            "roll back first, then promote what you want to promote",
        )
