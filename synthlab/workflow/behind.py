"""Logging behind the work: one candidate is logged while the next one's rows are made and judged.

Nothing depends on it but time. Jobs run one after the other, in the order in which they were given,
and at most one is unfinished: whoever gives the next one waits for it, and gets its error. Rows are
in the spool and calls in the journal before, so that a process that dies meanwhile loses nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait


class Behind:
    """A thread for jobs that the caller need not wait for."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(1, "synthlab-log")
        self._last: Future[None] | None = None

    def put(self, job: Callable[[], None]) -> None:
        """Do ``job`` once the one before has ended.

        Raises:
            Exception: what ended the one before; ``job`` is not done then.
        """
        self.settle()
        self._last = self._pool.submit(job)

    def settle(self) -> None:
        """Wait until all is done.

        Raises:
            Exception: what ended the last job; once.
        """
        self.wait()
        last, self._last = self._last, None
        if last is not None:
            last.result()

    @property
    def busy(self) -> bool:
        """Whether a job is being done."""
        return self._last is not None and not self._last.done()

    def close(self) -> None:
        """Take no more jobs; the thread ends with the last one."""
        self._pool.shutdown(wait=False)

    def wait(self) -> None:
        """Wait until all is done; an error is kept for ``settle``."""
        if self._last is not None:
            wait([self._last])
