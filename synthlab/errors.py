"""Every error that synthlab raises on purpose, and the exit code each one means.

Other libraries' exceptions are wrapped once, at the boundary where they appear, with ``from exc``.
A bad row is not an error: it is data with a reason (``records.Dropped``).

    SynthlabError                    exit 1: the run failed
    ├── UserError                    exit 2: the user can fix it
    │   ├── ConfigError              the YAML, ``--set`` or a name in it
    │   ├── DataError                the real rows
    │   ├── EngineError              the LM: weights, key, server, context
    │   │   ├── RetryableError       the same request may succeed later
    │   │   ├── UnansweredError      this request got no answer; others did
    │   │   └── ContextError         a prompt longer than the model's context
    │   ├── StorageError             disk full, read-only, a store of another version
    │   │   └── UnreachableError     a server that does not answer now, and may later
    │   ├── NotFoundError            no such run, model or alias
    │   └── BudgetError              a cap was reached; what was paid for is kept
    ├── GenerationError              a generator could not keep enough rows
    ├── ProposalError                a search proposed what cannot be a candidate
    ├── LeakError                    a prompt that carries dev or test text
    ├── SealedError                  the test split was read outside the finals
    └── GateError                    a promotion gate said no
"""

from __future__ import annotations

from typing import Any


class SynthlabError(Exception):
    """Root of the tree.

    Args:
        what: what is wrong and where, in one sentence.
        fix: what to try, in one sentence; printed on a line of its own.
    """

    exit_code = 1

    def __init__(self, what: str, fix: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.fix = fix

    def __str__(self) -> str:
        return f"{self.what}\n  try: {self.fix}" if self.fix else self.what


class UserError(SynthlabError):
    """Something outside the code that the user can put right."""

    exit_code = 2


class ConfigError(UserError):
    """One or more mistakes in a config; ``what`` holds a line for each."""


class DataError(UserError):
    """Real rows that cannot be read or split."""


class EngineError(UserError):
    """An LM that cannot be reached, loaded or paid."""


class RetryableError(EngineError):
    """An answer that may come when the same request is sent again.

    Args:
        retry_after: seconds that the server asked to wait, if it said so.
        maybe_paid: the server may have done the work and may ask money for it (no answer in time,
            a broken answer), unlike a request that it turned away.
    """

    def __init__(
        self,
        what: str,
        fix: str = "",
        retry_after: float | None = None,
        maybe_paid: bool = False,
    ) -> None:
        super().__init__(what, fix)
        self.retry_after = retry_after
        self.maybe_paid = maybe_paid


class UnansweredError(EngineError):
    """One request got no answer after all attempts, from an endpoint that answers others.

    The row that asked for it is dropped, and the run goes on.
    """


class ContextError(EngineError):
    """A prompt and its answer do not fit the model's context."""


class StorageError(UserError):
    """A disk or a store that cannot be written or read."""


class UnreachableError(StorageError):
    """A server or database that does not answer; what it should hold can be sent later."""


class NotFoundError(UserError):
    """A run, registered model or alias that does not exist."""


class BudgetError(UserError):
    """The next request could pass a cap of the budget; nothing that was paid for is lost.

    Args:
        cap: which one: usd, tokens, calls or minutes.
    """

    def __init__(self, what: str, fix: str = "", cap: str = "") -> None:
        super().__init__(what, fix)
        self.cap = cap


class GenerationError(SynthlabError):
    """A generator did not give enough rows within its tries."""


class ProposalError(SynthlabError):
    """A search proposed what cannot be a candidate: it was never run, and cost no row."""


class LeakError(SynthlabError):
    """A prompt carries text of the dev or test split."""


class SealedError(SynthlabError):
    """The sealed test split was read outside the finals."""


class GateError(SynthlabError):
    """A promotion gate refused the run; ``what`` holds the figures.

    Args:
        verdict: all gates with their figures, where all were asked.
    """

    def __init__(self, what: str, fix: str = "", verdict: Any = None) -> None:
        super().__init__(what, fix)
        self.verdict = verdict
