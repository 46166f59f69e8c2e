"""The connections of an engine over HTTP: enough of them, and no attempt longer than its time.

It knows no protocol, and no SDK but by the functions that it is given.
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import httpx2

# Each request walks through the whole pool that it uses, twice and under a lock: with 512
# connections in one pool that takes more time than all the rest of a call.
CONNECTIONS_A_POOL = 16
# Longer than the default of 5 s, as a new connection costs a TLS handshake; a connection that the
# server has closed is seen before it is used.
KEEP_ALIVE_S = 60.0
CONNECT_S = 10.0


def pools(
    make: Callable[..., Any],
    size: int,
    seconds: float,
    seen: Callable[[Mapping[str, str]], None],
) -> list[Any]:
    """HTTP clients for many requests at the same time, to be used in turn.

    Redirects are not followed: they would take the key, or the prompt, to another address.

    Args:
        make: the SDK's maker of an ``httpx2.Client``.
        size: requests at the same time.
        seconds: the longest an attempt may take, from its first byte to its last.
        seen: gets the headers of each response.
    """
    hooks = {
        "request": [lambda request: _start(request, seconds)],
        "response": [_bound, lambda response: seen(response.headers)],
    }
    limits = httpx2.Limits(
        max_connections=None, max_keepalive_connections=None, keepalive_expiry=KEEP_ALIVE_S
    )
    context: ssl.SSLContext = httpx2.create_ssl_context()
    count = -(-size // CONNECTIONS_A_POOL)
    return [
        make(limits=limits, event_hooks=hooks, verify=context, follow_redirects=False)
        for _ in range(count)
    ]


def _start(request: httpx2.Request, seconds: float) -> None:
    request.extensions["synthlab_until"] = time.monotonic() + seconds


def _bound(response: httpx2.Response) -> None:
    # httpx2 counts its timeout from one piece of an answer to the next: a server that sends a
    # space now and then, as some do to keep a connection, would never time out.
    until = response.request.extensions["synthlab_until"]
    response.stream = _Bounded(response.stream, until)  # type: ignore[arg-type]


class _Bounded(httpx2.SyncByteStream):
    """A body that must be complete in time."""

    def __init__(self, stream: httpx2.SyncByteStream, until: float) -> None:
        self._stream, self._until = stream, until

    def __iter__(self) -> Iterator[bytes]:
        for piece in self._stream:
            if time.monotonic() > self._until:
                raise httpx2.ReadTimeout("the answer is not complete")
            yield piece

    def close(self) -> None:
        self._stream.close()
