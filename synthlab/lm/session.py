"""An open LM: the one place where a ``dspy.LM`` is built.

A session owns the engine and the ledger, and may share a journal with others. Programs run inside
``session.scope(...)``, from any thread. dspy's own cache, retries and history are off: the journal,
``attempts.py`` and ``metered.py`` do that work, and count it.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import TracebackType

import dspy

from synthlab.errors import ConfigError, SynthlabError
from synthlab.lm.adapters import PlainAdapter, SchemaAdapter, Unparsable
from synthlab.lm.base import LMSettings, engine_class
from synthlab.lm.batch.desk import Deferred
from synthlab.lm.journal.book import Journal
from synthlab.lm.ledger import Ledger
from synthlab.lm.metered import Metered
from synthlab.lm.prices import price_of
from synthlab.lm.scope import CURRENT, Scope

ADAPTERS = {"plain": PlainAdapter, "json": SchemaAdapter}


def quiet_dspy() -> None:
    """Keep dspy off the network and the disk, and from a warning for each answer cut short."""
    os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "true")
    dspy.configure_cache(enable_disk_cache=False, enable_memory_cache=False)
    logging.getLogger("dspy.clients.lm").setLevel(logging.ERROR)


class Session:
    """One LM, open for many threads.

    Args:
        settings: which LM, and how it samples.
        guard: gets each outgoing prompt; raising stops the request.
        sleep: waits between attempts, in seconds; for tests.
        journal: where calls are reserved, kept and looked up; it is not closed with the session.

    Attributes:
        identity: the backend, as its engine names it.
        lm_id: ``settings.model``.
        ledger: sums over every answered call.

    Raises:
        EngineError: weights, key or runtime are missing, or the model cannot be loaded.
        ConfigError: ``settings.adapter`` is none of auto, plain and json, or batches without a
            journal.
    """

    def __init__(
        self,
        settings: LMSettings,
        guard: Callable[[str], None] | None = None,
        *,
        sleep: Callable[[float], object] | None = None,
        journal: Journal | None = None,
    ) -> None:
        quiet_dspy()
        kind = engine_class(settings)
        if settings.mode == "batch" and journal is None:
            raise ConfigError(
                "lm.mode: batch needs the journal", "give tracking.journal, or write lm.mode: live"
            )
        self.settings = settings
        self.lm_id = settings.model
        self.ledger = Ledger()
        self._adapter = _adapter(settings, kind.adapter)
        self.identity = kind.check(settings)
        price = price_of(settings)
        self._engine = Metered(
            kind(settings), settings, self.identity, price, self.ledger, guard, sleep, journal
        )
        # Sampling is filled in by Metered: dspy.LM would refuse temperatures and lengths for
        # model names that it takes for reasoning models.
        self._lm = dspy.LM(settings.model, engine=self._engine, cache=False, num_retries=0)

    @contextmanager
    def scope(self, purpose: str = "generate", seed: int = 0, rows: int = 1) -> Iterator[Scope]:
        """Run dspy programs on this LM; the scope collects what they did.

        Calls that do not say how long their answer may be get ``rows`` times ``max_tokens``.

        Leaving raises a call's failure even where the program swallowed it, unless a later call
        in the scope was answered.

        Raises:
            SynthlabError: what the engine or the guard raised, not dspy's wrapper of it.
            Unparsable: an answer that the adapter could not read.
            Deferred: in batch mode, a call waits for ``flush``; the whole scope is to be run again,
                with the same seed, after it.
        """
        scope = Scope(purpose, seed, rows)
        try:
            with self._inside(scope):
                yield scope
        except Exception:
            if not scope.deferred:
                raise
        finally:
            if not scope.deferred:
                self._engine.count(scope.calls)
        if scope.deferred:
            # Also where the program has swallowed it, and gone on without its answer.
            raise Deferred
        if scope.failure is not None:
            raise scope.failure

    def flush(self, say: Callable[[str], object] | None = None) -> None:
        """Submit the calls that were deferred, wait for all open batches, and keep the answers.

        Batches of processes that have ended are waited for like those of this one, if a program
        has asked for one of their calls. What a batch did not do is sent live. Ctrl-C at any
        moment loses nothing: the next flush goes on with the same batches. Does nothing in live
        mode.

        Args:
            say: gets a line of text whenever a batch has come further.

        Raises:
            EngineError: a batch was refused as a whole, or the provider cannot be reached.
            BudgetError: the time is over, or there is no money for a call that is sent live.
            StorageError: the journal cannot be written.
        """
        if self._engine.post is not None:
            self._engine.post.flush(say or (lambda text: None))

    @contextmanager
    def _inside(self, scope: Scope) -> Iterator[None]:
        token = CURRENT.set(scope)
        try:
            with dspy.context(lm=self._lm, adapter=self._adapter, disable_history=True, trace=None):
                yield
        except dspy.AdapterParseError as exc:
            raise Unparsable.of(exc, scope.raw[-1] if scope.raw else "") from exc
        except Exception as exc:
            ours = _original(exc)
            if ours is None or ours is exc:
                raise
            # Its own cause (the SDK's exception) says more than dspy's wrapper would.
            raise ours from ours.__cause__
        finally:
            CURRENT.reset(token)

    def close(self) -> None:
        """Free the engine; calls that wait between attempts end with an EngineError."""
        self._engine.close()

    def __enter__(self) -> Session:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def _adapter(settings: LMSettings, suits: str) -> dspy.Adapter:
    name = suits if settings.adapter == "auto" else settings.adapter
    if name not in ADAPTERS:
        raise ConfigError(f"lm.adapter: unknown '{name}'", "write auto, plain or json")
    return ADAPTERS[name]()


def _original(exc: BaseException) -> SynthlabError | None:
    """Our own error behind the exceptions that were raised from it."""
    seen: BaseException | None = exc
    while seen is not None and not isinstance(seen, SynthlabError):
        seen = seen.__cause__
    return seen
