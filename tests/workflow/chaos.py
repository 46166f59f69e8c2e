"""An engine that fails by a schedule, and keeps its own bill of what a provider would ask for."""

import random
import threading
import time
from typing import ClassVar

from synthlab.errors import ContextError, EngineError, RetryableError
from synthlab.lm.answers import answer
from synthlab.lm.base import Overloaded, Unreachable
from synthlab.lm.scope import prompt_text

FAULTS = (
    "limit",  # 429 with a wait
    "busy",  # 503
    "late",  # no answer in time; the provider did the work all the same, or not
    "cut",  # the connection broke in the middle of a paid answer
    "gone",  # nothing listens for a moment
    "empty",  # an answer without text
    "refusal",
    "length",  # cut by max_tokens
    "silent",  # an answer that tells no usage
    "long",  # the prompt does not fit
    "fatal",  # the key is refused
)
RARE = {"long", "fatal"}
WORDS = ["apple", "tree", "pear", "cake", "boat", "river", "ship", "sail", "orchard", "harbour"]


def schedule(draw):
    """Faults by request number; most requests are answered."""
    kinds = [draw.choice(FAULTS) for _ in range(draw.randint(0, 3))]
    share = draw.uniform(0, 0.7)
    return [draw.choice(kinds) if kinds and draw.random() < share else "fine" for _ in range(400)]


class ChaosEngine:
    """``lm.extra`` holds ``{"plan": [...], "seed": n}``; ``bill`` sums tokens truly used."""

    adapter: ClassVar[str] = "plain"
    local: ClassVar[bool] = False
    seeded: ClassVar[bool] = True
    latest: ClassVar[object] = None

    def __init__(self, settings):
        self.plan = list(settings.extra["plan"])
        self.draw = random.Random(settings.extra["seed"])
        self.settings = settings
        self.lock = threading.Lock()
        self.sent = 0
        self.tokens_in = self.tokens_out = 0
        type(self).latest = self

    @classmethod
    def check(cls, settings):
        return "chaos v1"

    def close(self):
        pass

    def complete(self, request):
        with self.lock:
            fault = self.plan[self.sent % len(self.plan)]
            self.sent += 1
            pause = self.draw.random() * 0.0005
            paid = self.draw.random() < 0.5
            text = " ".join(self.draw.choice(WORDS) for _ in range(12))
        time.sleep(pause)
        if fault == "limit":
            raise Overloaded("429", "wait", 0.0)
        if fault == "busy":
            raise RetryableError("503", "wait")
        if fault == "gone":
            raise Unreachable("no one there", "start it")
        if fault == "long":
            raise ContextError("too long", "shorten it")
        if fault == "fatal":
            raise EngineError("401", "check the key")
        tokens_in = len(prompt_text(request).split())
        tokens_out = min(request.config.max_tokens, 12)
        if fault == "late" and not paid:
            raise RetryableError("no answer in time", "wait", maybe_paid=True)
        self._charge(tokens_in, tokens_out)
        if fault in ("late", "cut"):
            raise RetryableError(fault, "wait", maybe_paid=True)
        said = {"empty": "", "refusal": "I'm sorry, but as an AI language model I cannot."}
        finish = {"refusal": "content_filter", "length": "length"}.get(fault, "stop")
        known = fault != "silent"
        return answer(
            self.settings.model,
            said.get(fault, text),
            finish,
            tokens_in if known else None,
            tokens_out if known else None,
        )

    def _charge(self, tokens_in, tokens_out):
        with self.lock:
            self.tokens_in += tokens_in
            self.tokens_out += tokens_out
