"""The one way to an engine: guard, journal, caps, attempts, price, ledger.

dspy sees this object as its engine. It builds no prompt and reads no answer's meaning.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

from synthlab.errors import EngineError, RetryableError, SynthlabError
from synthlab.lm.answers import answer, response_format
from synthlab.lm.attempts import Attempts
from synthlab.lm.base import Engine, LMSettings, Price
from synthlab.lm.batch.desk import Deferred
from synthlab.lm.batch.post import Post
from synthlab.lm.costs import Costs
from synthlab.lm.journal.book import Journal
from synthlab.lm.journal.entries import Asked, Batched, Kept
from synthlab.lm.ledger import Ledger
from synthlab.lm.scope import CURRENT, SEEDS, Scope, messages, prompt_text
from synthlab.lm.tokens import bound_tokens
from synthlab.records import Call, digest

if TYPE_CHECKING:
    from dspy.lm15 import Request, Response

    from synthlab.lm.sdk import SDKEngine

KEY_LENGTH = 32


class Metered:
    """An engine whose every call is checked, paid once, retried and recorded.

    Args:
        engine: what sends a request once.
        identity: the backend, as ``Engine.check`` names it; part of each call's key.
        price: USD per million tokens, or None when it is not known.
        guard: gets each outgoing prompt; an exception from it stops the request.
        sleep: waits between attempts; by default ``close`` cuts the wait short.
        journal: where calls are reserved and kept; without one, nothing outlives the session.
    """

    def __init__(
        self,
        engine: Engine,
        settings: LMSettings,
        identity: str,
        price: Price | None,
        ledger: Ledger,
        guard: Callable[[str], None] | None = None,
        sleep: Callable[[float], object] | None = None,
        journal: Journal | None = None,
    ) -> None:
        self.engine, self.settings, self.identity = engine, settings, identity
        self.ledger, self.guard, self.journal = ledger, guard, journal
        self.costs = Costs(price, engine.local)
        self.attempts = Attempts(engine, settings, sleep)
        self.post = None
        if journal is not None and settings.mode == "batch":
            sdk = cast("SDKEngine", engine)
            self.post = Post(sdk, journal, self.costs, self._instead, sleep)

    def complete(self, request: Request) -> Response:
        """Answer one request.

        Raises:
            EngineError: the engine could not answer, after all attempts.
            BudgetError: the request could pass a cap.
            StorageError: the journal cannot be written.
            SynthlabError: what the guard raised.
        """
        scope = CURRENT.get() or Scope(purpose="unscoped")
        if scope.deferred:
            # What a program asks for after it has swallowed a Deferred may not be what it wants.
            raise Deferred
        try:
            return self._complete(request, scope)
        except Deferred:
            scope.deferred = True
            raise
        except SynthlabError as exc:
            scope.failed(exc)
            raise

    def count(self, calls: Iterable[Call]) -> None:
        """Take up the calls of a scope that has ended, and will not be run again."""
        for call in calls:
            self.ledger.add(call)
            if self.post is not None:
                self.post.counted(call.key)

    def close(self) -> None:
        """Wake those who wait between attempts, and free what the engine holds."""
        self.attempts.close()
        if self.post is not None:
            self.post.close()
        self.engine.close()

    def _complete(self, request: Request, scope: Scope) -> Response:
        draw = scope.draw()
        seed = request.config.seed
        seed = (scope.seed + draw) % SEEDS if seed is None else seed
        request = self._filled(request, seed, scope.rows)
        text = prompt_text(request)
        if self.guard is not None:
            self.guard(text)
        scope.sent(text)
        asked = self._asked(request, text, scope.purpose, seed, draw)
        kept = self._kept(request, asked)
        call = Call(
            asked.key,
            self.settings.model,
            scope.purpose,
            kept.usage,
            kept.attempts,
            kept.finish,
            kept.replayed,
        )
        scope.answered(call, kept.text)
        if CURRENT.get() is None:
            self.count([call])
        return self._response(kept)

    def _filled(self, request: Request, seed: int, rows: int) -> Request:
        """The request with the settings' sampling where it has none of its own."""
        asked = request.config
        config = replace(
            asked,
            temperature=_first(asked.temperature, self.settings.temperature),
            top_p=_first(asked.top_p, self.settings.top_p),
            max_tokens=_first(asked.max_tokens, rows * self.settings.max_tokens),
            seed=seed if self.engine.seeded else None,
        )
        return replace(request, config=config)

    def _asked(self, request: Request, text: str, purpose: str, seed: int, draw: int) -> Asked:
        c = request.config
        said = messages(request)
        form = response_format(request)
        sampling = [c.max_tokens, c.temperature, c.top_p, c.top_k, c.stop, form]
        sampling += [c.frequency_penalty, c.presence_penalty, dict(self.settings.extra)]
        model = self.settings.model
        key = digest([self.identity, model, said, sampling, seed, draw], KEY_LENGTH)
        tokens = bound_tokens(said, json.dumps(form) if form else "")
        longest = c.max_tokens or self.settings.max_tokens
        usd = self.costs.most(tokens, longest, batch=self.post is not None)
        return Asked(key, model, self.identity, purpose, text, tokens + longest, usd)

    def _kept(self, request: Request, asked: Asked) -> Kept:
        """The answer: from the journal, or sent for and then kept there."""
        if self.post is not None:
            return self.post.answer(request, asked)
        if self.journal is None:
            made = self.attempts.answer(request, lambda exc: None)
            return self.costs.kept(made, asked.tokens, asked.usd)
        return self._live(self.journal, request, asked)

    def _instead(self, request: Request, asked: Asked) -> Kept:
        """A call that its batch did not do, sent live."""
        assert self.journal is not None
        longest = request.config.max_tokens or self.settings.max_tokens
        usd = self.costs.most(asked.tokens - longest, longest)
        return self._live(self.journal, request, replace(asked, usd=usd))

    def _live(self, journal: Journal, request: Request, asked: Asked) -> Kept:
        found = journal.reserve(asked)
        if isinstance(found, Kept):
            return found
        if isinstance(found, Batched):
            raise EngineError(
                f"{self.settings.model}: this call is part of the batch {found.batch}",
                "run again with lm.mode: batch, which fetches its answer",
            )
        try:
            made = self.attempts.answer(request, lambda exc: journal.renew(asked, exc.maybe_paid))
        except BaseException as exc:
            journal.fail(asked, str(exc), _maybe_paid(exc))
            raise
        kept = self.costs.kept(made, asked.tokens, asked.usd)
        journal.settle(asked, kept)
        return kept

    def _response(self, kept: Kept) -> Response:
        u = kept.usage
        return answer(self.settings.model, kept.text, kept.finish, u.input_tokens, u.output_tokens)


def _maybe_paid(exc: BaseException) -> bool:
    """Whether the last attempt may be on the bill; what nobody can tell counts as paid."""
    seen: BaseException | None = exc
    while seen is not None:
        if isinstance(seen, RetryableError):
            return seen.maybe_paid
        seen = seen.__cause__
    return not isinstance(exc, SynthlabError)


def _first(asked: Any, default: Any) -> Any:
    return default if asked is None else asked
