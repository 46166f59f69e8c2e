"""How long a server asks to be left alone, as its response headers say it.

Read are Retry-After (RFC 9110, section 10.2.3), OpenAI's ``x-ratelimit-remaining-*`` with
``x-ratelimit-reset-*`` ("6m0s"), and Anthropic's ``anthropic-ratelimit-*-remaining`` with
``anthropic-ratelimit-*-reset`` (RFC 3339). What cannot be read counts as not said. Nothing waits
here.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
SPAN = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)")
SPANS = re.compile(rf"(?:{SPAN.pattern})+")


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds to wait, from ``retry-after-ms`` or ``Retry-After`` (seconds or a date)."""
    milliseconds = _number(headers.get("retry-after-ms", ""))
    if milliseconds is not None:
        return milliseconds / 1000
    said = headers.get("retry-after", "")
    seconds = _number(said)
    return seconds if seconds is not None else _until(_http_date(said), headers)


def used_up(headers: Mapping[str, str]) -> float:
    """Seconds until an allowance of which nothing is left is filled again; 0 when none is."""
    longest = 0.0
    for name, left in headers.items():
        if left == "0" and "ratelimit" in name.lower() and "remaining" in name.lower():
            reset = headers.get(name.lower().replace("remaining", "reset"), "")
            longest = max(longest, _reset(reset, headers) or 0.0)
    return longest


def _reset(text: str, headers: Mapping[str, str]) -> float | None:
    if SPANS.fullmatch(text):
        return sum(float(number) * UNITS[unit] for number, unit in SPAN.findall(text))
    seconds = _number(text)
    return seconds if seconds is not None else _until(_internet_date(text), headers)


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return max(0.0, number) if math.isfinite(number) else None


def _until(date: datetime | None, headers: Mapping[str, str]) -> float | None:
    """Seconds until a date, by the server's own clock where it shows it."""
    if date is None:
        return None
    now = _http_date(headers.get("date", "")) or datetime.now(UTC)
    return max(0.0, (date - now).total_seconds())


def _http_date(text: str) -> datetime | None:
    try:
        return _aware(parsedate_to_datetime(text))
    except (ValueError, OverflowError):
        return None


def _internet_date(text: str) -> datetime | None:
    try:
        return _aware(datetime.fromisoformat(text))
    except ValueError:
        return None


def _aware(date: datetime) -> datetime:
    return date if date.tzinfo else date.replace(tzinfo=UTC)
