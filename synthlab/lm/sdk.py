"""What the engines on the two SDKs share: key, clients, one attempt, and what its failures mean.

The SDKs' own retries are off. Requests go through their ``post``, and answers come back as parsed
JSON: their typed methods take as long again as sending does. What a protocol's body and answer
look like is for the subclasses.
"""

from __future__ import annotations

import contextlib
import itertools
import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any, ClassVar

from dspy.lm15 import Request, Response

from synthlab.errors import EngineError
from synthlab.lm.access import PLACEHOLDER, check_access, check_extra, find_key, key_env
from synthlab.lm.base import LMSettings, address, place
from synthlab.lm.connections import CONNECT_S, pools
from synthlab.lm.faults import Backend

# Tokens from which the providers keep a prompt in their cache, and letters of a token, about.
CACHED_TOKENS = 1024
LETTERS_A_TOKEN = 4
LONG = CACHED_TOKENS * LETTERS_A_TOKEN

# What the SDKs say of themselves and of this machine in each request; the headers are checked and
# copied five times on their way, and nobody needs these.
UNSAID = (
    "X-Stainless-Arch",
    "X-Stainless-Async",
    "X-Stainless-Lang",
    "X-Stainless-OS",
    "X-Stainless-Package-Version",
    "X-Stainless-Read-Timeout",
    "X-Stainless-Retry-Count",
    "X-Stainless-Runtime",
    "X-Stainless-Runtime-Version",
    "X-Stainless-Timeout",
)


class SDKEngine:
    """Chat over HTTP.

    Attributes:
        home: the provider's own address, and ``path`` what follows any address.
        key: the provider's own environment variable for the key.
        sdk: the SDK's module, with ``failure``, the root of its exceptions.
        place: model and address, as error messages name them.
        observe: gets the headers of each response.
    """

    adapter: ClassVar[str] = "json"
    local: ClassVar[bool] = False
    seeded: ClassVar[bool]
    home: ClassVar[str]
    path: ClassVar[str]
    key: ClassVar[str]
    sdk: ClassVar[Any]
    failure: ClassVar[type[Exception]]

    def __init__(self, settings: LMSettings) -> None:
        key = find_key(settings, self.key)
        sent = key != PLACEHOLDER
        self.settings = settings
        self.place = place(settings, self.home)
        self.observe: Callable[[Mapping[str, str]], None] | None = None
        self._backend = Backend(
            self.place, key_env(settings, self.key) if sent else "", key if sent else ""
        )
        http = pools(self._http_client(), settings.concurrency, settings.timeout_s, self._seen)
        self._clients = [self._client(key, one) for one in http]
        # Whole, and read: the SDK would else put it together and read it for each request.
        url = (settings.base_url or self.home).rstrip("/") + self.path
        self._urls = [type(client.base_url)(url) for client in self._clients]
        # All that has a default: the SDK would else copy each default deeply for each request.
        self._each = {
            "headers": dict.fromkeys(UNSAID, self.sdk.omit),
            "max_retries": 0,
            "timeout": self._clients[0].timeout,
            "params": {},
        }
        self._turn = itertools.count()

    @classmethod
    def check(cls, settings: LMSettings) -> str:
        """Model and address.

        Raises:
            EngineError: no key, an unusable ``base_url``, or an unusable ``extra``.
        """
        check_access(settings, cls.key)
        check_extra(settings)
        return f"{settings.engine} {settings.name} {address(settings, cls.home)}"

    def complete(self, request: Request) -> Response:
        """One attempt; every exception of the SDK comes out as one of ours.

        Raises:
            RetryableError: rate limit, server error, timeout, broken connection or answer.
            ContextError: the prompt is too long for the model.
            EngineError: key, model name or request refused; not an answer.
        """
        place = next(self._turn) % len(self._clients)
        client, url = self._clients[place], self._urls[place]
        with self.failures():
            body = self._body(request)
            found = client.post(url, cast_to=object, body=body, options=self._each)
        return self._read(self._parsed(found))

    @contextlib.contextmanager
    def failures(self) -> Iterator[None]:
        """Every exception of the SDK in here comes out as one of ours."""
        backend, sdk = self._backend, self.sdk
        try:
            yield
        except sdk.APIStatusError as exc:
            error = backend.status(exc.status_code, exc.message, exc.response.headers)
            raise error from backend.cause(exc)
        except sdk.APITimeoutError as exc:
            raise backend.timeout(exc, self.settings.timeout_s) from exc
        except sdk.APIConnectionError as exc:
            raise backend.connection(exc) from backend.cause(exc)
        except (self.failure, json.JSONDecodeError, UnicodeDecodeError) as exc:
            raise backend.unreadable(str(exc)) from backend.cause(exc)
        except (TypeError, ValueError) as exc:
            raise backend.refused(str(exc)) from backend.cause(exc)

    def body(self, request: Request) -> dict[str, Any]:
        """What is sent for a request, to be sent by another way."""
        return self._body(request)

    def read(self, found: Any) -> Response:
        """An answer, in parsed JSON, that came another way.

        Raises:
            EngineError: it is none.
        """
        return self._read(self._parsed(found))

    def meaning(self, code: int, text: str) -> EngineError:
        """What an HTTP status and its text mean."""
        return self._backend.status(code, text, {})

    def client(self, seconds: float) -> Any:
        """Another client of the SDK, for requests that may take ``seconds``."""
        (http,) = pools(self._http_client(), 1, seconds, lambda headers: None)
        client = self._client(find_key(self.settings, self.key), http)
        client.timeout = self.sdk.Timeout(seconds, connect=CONNECT_S)
        return client

    def close(self) -> None:
        """Close the connections."""
        for client in self._clients:
            client.close()

    def _client(self, key: str, http: Any) -> Any:
        """One client of the SDK. Its address is given, else it would take that of a variable."""
        raise NotImplementedError

    def _http_client(self) -> Callable[..., Any]:
        """The SDK's maker of an ``httpx2.Client``."""
        raise NotImplementedError

    def _body(self, request: Request) -> dict[str, Any]:
        raise NotImplementedError

    def _read(self, found: dict[str, Any]) -> Response:
        raise NotImplementedError

    def _options(self, key: str, http: Any) -> dict[str, Any]:
        """What both SDKs' clients are made with."""
        seconds = self.settings.timeout_s
        return {
            "api_key": key,
            "base_url": self.settings.base_url or self.home,
            "max_retries": 0,
            "timeout": self.sdk.Timeout(seconds, connect=min(seconds, CONNECT_S)),
            "http_client": http,
        }

    def _parsed(self, found: Any) -> dict[str, Any]:
        if isinstance(found, str):
            # The SDKs leave a body as it is when its header does not call it JSON.
            with contextlib.suppress(ValueError):
                found = json.loads(found)
        if not isinstance(found, dict):
            raise self._backend.not_an_answer(str(found))
        if isinstance(found.get("error"), dict):
            raise self._backend.inside(found["error"])
        return found

    def _seen(self, headers: Mapping[str, str]) -> None:
        if self.observe is not None:
            self.observe(headers)


def is_long(prompt: str) -> bool:
    """Whether a provider would keep such a prompt in its cache."""
    return len(prompt) >= LONG
