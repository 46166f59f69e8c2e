"""How far a prompt begins as earlier ones did: what a provider's cache may serve the next time.

Programs need not say what of their prompts stays the same: the engine sees it. Texts are compared,
nothing is marked or sent here.
"""

from __future__ import annotations

import threading
from collections import OrderedDict

# Starts that are remembered; prompts that are not among the last so many have left the cache too.
KNOWN = 256


class Starts:
    """The starts of prompts that were sent lately; safe to use from many threads.

    Args:
        least: letters below which a start is not worth a place in the cache.
    """

    def __init__(self, least: int) -> None:
        self._least = least
        self._lock = threading.Lock()
        self._known: OrderedDict[int, str] = OrderedDict()

    def again(self, prompt: str) -> int:
        """How many letters at the start of ``prompt`` came before, up to the end of a line or word.

        Where one start goes on in several ways, what they all share counts: it soon stays the
        same. 0 for what is new or too short.
        """
        if len(prompt) < self._least:
            return 0
        key = hash(prompt[: self._least])
        with self._lock:
            before = self._known.pop(key, None)
            start = prompt if before is None else prompt[: shared(before, prompt)]
            self._known[key] = start
            if len(self._known) > KNOWN:
                self._known.popitem(last=False)
        if before is None:
            return 0
        if len(start) == len(prompt):
            return len(start)
        ends = (start.rfind(end) + 1 for end in "\n ")
        return next((end for end in ends if end >= self._least), 0)


def shared(a: str, b: str) -> int:
    """How many letters two texts have in common at their start."""
    low, high = 0, min(len(a), len(b))
    while low < high:
        middle = (low + high + 1) // 2
        if a[low:middle] == b[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low
