"""Champion and previous change places: the way back that takes a second and asks no gate."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from synthlab.errors import ConfigError, NotFoundError
from synthlab.tracking.registry import CHAMPION, PREVIOUS, champion, set_alias, tag_version
from synthlab.tracking.store import Store
from synthlab.tracking.turns import turn, who

NO_REASON = "no reason was given"


def rollback(store: Store, name: str, why: str = "") -> dict[str, Any]:
    """Let ``NAME@champion`` point at what was champion before.

    The former champion becomes ``NAME@previous``, so that doing it twice changes nothing. Who,
    when and why stand in the tags of both versions.

    Args:
        store: where the models are.
        name: the promoted generator.
        why: the reason.

    Returns:
        ``{"ref", "outcome": "rolled back", "version", "former", "by", "at", "why"}``.

    Raises:
        NotFoundError: no such generator, or there was no champion before.
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
        by, at = who(), datetime.now(UTC).isoformat(timespec="seconds")
        said = f"by {by}, {at}: {why.strip() or NO_REASON}"[:500]
        held.check()
        # The champion first: what is called must be right, even if this process dies here.
        set_alias(store, name, CHAMPION, before.version)
        set_alias(store, name, PREVIOUS, now.version)
        back = {"rolled_back_to": f"from version {now.version} {said}"}
        away = {"rolled_back": f"to version {before.version} {said}"}
        tag_version(store, name, before.version, back)
        tag_version(store, name, now.version, away)
    return {
        "ref": f"{name}@{CHAMPION}",
        "outcome": "rolled back",
        "version": before.version,
        "former": now.version,
        "by": by,
        "at": at,
        "why": why.strip() or NO_REASON,
    }


def refuse_mixed(*others: object) -> None:
    """Refuse a rollback that is asked for together with a promotion.

    Raises:
        ConfigError: one of the promotion's own options was given.
    """
    if any(item not in ("", None, False) for item in others):
        raise ConfigError(
            "--rollback goes with --why, --store and --json only",
            "roll back first, then promote what you want to promote",
        )
