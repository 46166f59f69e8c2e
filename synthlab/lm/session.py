"""An open LM: the one place where a ``dspy.LM`` is built.

A session owns the engine and the ledger. Programs run inside ``session.scope(...)``, from any
thread. dspy's own cache, retries and history are off: ``metered.py`` does that work, and counts it.
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
from synthlab.lm.ledger import Ledger
from synthlab.lm.metered import Metered
from synthlab.lm.prices import price_of
from synthlab.lm.scope import CURRENT, Scope

ADAPTERS = {"plain": PlainAdapter, "json": SchemaAdapter}


def _quiet_dspy() -> None:
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

    Attributes:
        identity: the backend, as its engine names it.
        lm_id: ``settings.model``.
        ledger: every answered call.

    Raises:
        EngineError: weights, key or runtime are missing, or the model cannot be loaded.
        ConfigError: ``settings.adapter`` is none of auto, plain and json.
    """

    def __init__(
        self,
        settings: LMSettings,
        guard: Callable[[str], None] | None = None,
        *,
        sleep: Callable[[float], object] | None = None,
    ) -> None:
        _quiet_dspy()
        kind = engine_class(settings)
        self.settings = settings
        self.lm_id = settings.model
        self.ledger = Ledger()
        self._adapter = _adapter(settings, kind.adapter)
        self.identity = kind.check(settings)
        price = price_of(settings)
        self._engine = Metered(
            kind(settings), settings, self.identity, price, self.ledger, guard, sleep
        )
        # Sampling is filled in by Metered: dspy.LM would refuse temperatures and lengths for
        # model names that it takes for reasoning models.
        self._lm = dspy.LM(settings.model, engine=self._engine, cache=False, num_retries=0)

    @contextmanager
    def scope(self, purpose: str = "generate", seed: int = 0) -> Iterator[Scope]:
        """Run dspy programs on this LM; the scope collects what they did.

        Leaving raises a call's failure even where the program swallowed it, unless a later call
        in the scope was answered.

        Raises:
            SynthlabError: what the engine or the guard raised, not dspy's wrapper of it.
            Unparsable: an answer that the adapter could not read.
        """
        scope = Scope(purpose=purpose, seed=seed)
        token = CURRENT.set(scope)
        try:
            with dspy.context(lm=self._lm, adapter=self._adapter, disable_history=True, trace=None):
                yield scope
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
        if scope.failure is not None:
            raise scope.failure

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
