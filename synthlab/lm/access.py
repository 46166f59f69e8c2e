"""Where an HTTP engine goes, and with which key: from the environment, and from nowhere else.

Nothing is sent here.
"""

from __future__ import annotations

import os
from urllib.parse import urlsplit

from synthlab.errors import EngineError
from synthlab.lm.base import LMSettings

# Servers of one's own seldom ask for a key, but the SDKs insist on one.
PLACEHOLDER = "none"


def key_env(settings: LMSettings, default: str) -> str:
    """The name of the variable that holds the key."""
    return settings.api_key_env or default


def find_key(settings: LMSettings, default: str) -> str:
    """The key, or a placeholder for a server of the user's own.

    A provider's own key never goes to another address: with ``base_url``, only a variable that
    ``api_key_env`` names is read.

    Raises:
        EngineError: the variable that is needed is not set, or what it holds is no key.
    """
    if settings.base_url and not settings.api_key_env:
        return PLACEHOLDER
    variable = key_env(settings, default)
    key = os.environ.get(variable, "").strip()
    if not key:
        raise EngineError(
            f"{settings.model}: no key in the environment variable {variable}",
            f"export {variable}=..., or name another variable in lm.api_key_env",
        )
    # Refused here, as the HTTP libraries would print it in their own error.
    if not key.isascii() or not key.isprintable() or " " in key:
        raise EngineError(
            f"{settings.model}: {variable} holds characters that no key has",
            "copy the key again, without line breaks or quotation marks around it",
        )
    return key


# What a request costs at most is worked out from these: they are set in one place.
OWN = ("model", "messages", "system", "max_tokens", "max_completion_tokens", "n", "stream")


def check_extra(settings: LMSettings) -> None:
    """Refuse settings in ``extra`` that would make a request other than the one that is counted.

    Raises:
        EngineError: one of ``OWN`` is among them.
    """
    for key in OWN:
        if key in settings.extra:
            raise EngineError(
                f"{settings.model}: lm.extra may not set '{key}'",
                "use lm.max_tokens, lm.model and the generator's prompts",
            )


def check_access(settings: LMSettings, default: str) -> None:
    """Check key and address.

    Raises:
        EngineError: no key, or an address that is not an http or https URL.
    """
    find_key(settings, default)
    if settings.base_url is None:
        return
    try:
        parts = urlsplit(settings.base_url)
        usable = parts.scheme in ("http", "https") and parts.hostname and (parts.port or 1)
    except ValueError:
        usable = False
    if not usable:
        raise EngineError(
            f"{settings.model}: lm.base_url is not an address",
            "write it as http://127.0.0.1:8080/v1",
        )
