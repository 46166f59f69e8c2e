"""A scripted LM for offline tests and quick starts: real model ids that need nothing.

The answers follow from the prompt's text and the seed alone. ``fake/words`` answers with words of
the prompt, so that a classifier can learn the classes from it; the others misbehave on purpose.
"""

from __future__ import annotations

import _thread
import json
import random
import re
import threading
from typing import ClassVar

from dspy.lm15 import Request, Response

from synthlab.errors import ContextError, EngineError, RetryableError
from synthlab.lm.answers import answer, schema_of
from synthlab.lm.base import LMSettings
from synthlab.lm.lists import numbered
from synthlab.lm.scope import prompt_text
from synthlab.records import digest

NAMES = ("words", "refuse", "empty", "error", "flaky", "stop-after-N", "interrupt-after-N")
MANY = re.compile(r"numbered 1 to (\d{1,3})\b")
LONGEST = 30
AFTER = re.compile(r"(stop|interrupt)-after-(\d+)")
REFUSAL = "I'm sorry, but as an AI language model I can't help with that."
STOP_WORDS = (
    "about after also answer article being could does each ever from have into just like make "
    "more most must never nothing only other over please same should some such than that their "
    "them then there these they this those under very were what when where which while will with "
    "without words would write written your json object field fields numbered complete "
    "itself different others list listed below strings"
)
FILLER = (
    "again almost along already although among another around away became began behind below "
    "better between beyond bring called close common course daily deal early earlier end enough "
    "even evening every found further general given good great group half hand hard heard held "
    "help high home hour house however important inside keep kept kind known large last late "
    "later least leave less level line little local long major many matter mean might moment "
    "month morning much near need next night number often once open order part past people "
    "perhaps place plan point possible present quite rather reach ready reason recent report "
    "right round second seen several short show since small soon still strong sure taken third "
    "though three through time today together told took toward turn until used usual week well "
    "whole wide within work world year yesterday"
)


STOP_SET = frozenset(STOP_WORDS.split())
FILLERS = FILLER.split()


class FakeEngine:
    """Scripted answers; see the module's docstring."""

    adapter: ClassVar[str] = "plain"
    local: ClassVar[bool] = True
    seeded: ClassVar[bool] = True

    def __init__(self, settings: LMSettings) -> None:
        self.settings = settings
        self._lock = threading.Lock()
        self._calls = 0
        self._seen: set[str] = set()

    @classmethod
    def check(cls, settings: LMSettings) -> str:
        """The model id, as nothing else stands behind it."""
        if settings.name not in NAMES[:5] and not AFTER.fullmatch(settings.name):
            known = ", ".join(f"fake/{name}" for name in NAMES)
            raise EngineError(f"unknown model '{settings.model}'", f"use one of {known}")
        return f"{settings.model} v1"

    def complete(self, request: Request) -> Response:
        """Answer, or misbehave, as the model's name says.

        Raises:
            EngineError: ``fake/error``, and ``fake/stop-after-N`` after N calls.
            RetryableError: ``fake/flaky``, at the first attempt of each request.
            ContextError: the prompt has more words than ``settings.context``.
        """
        prompt = prompt_text(request)
        self._act(f"{prompt}{request.config.seed}")
        tokens_in = len(prompt.split())
        if tokens_in > self.settings.context:
            raise ContextError(
                f"{self.settings.model}: the prompt has {tokens_in} tokens, "
                f"the context holds {self.settings.context}",
                "raise lm.context, or shorten the prompt",
            )
        texts, finish = self._texts(prompt, request)
        written = sum(len(text.split()) for text in texts)
        return answer(self.settings.model, _shaped(texts, request), finish, tokens_in, written)

    def close(self) -> None:
        """Nothing is held."""

    def _act(self, asked: str) -> None:
        name = self.settings.name
        with self._lock:
            self._calls += 1
            count = self._calls
            first = asked not in self._seen
            if name == "flaky":
                self._seen.add(asked)
        if name == "error":
            raise EngineError(f"{self.settings.model}: scripted failure", "use fake/words")
        if name == "flaky" and first:
            raise RetryableError(f"{self.settings.model}: scripted failure", retry_after=0.0)
        after = AFTER.fullmatch(name)
        if after and after[1] == "stop" and count > int(after[2]):
            raise EngineError(f"{self.settings.model}: server went away", "start it again")
        if after and after[1] == "interrupt" and count == int(after[2]) + 1:
            _thread.interrupt_main()

    def _texts(self, prompt: str, request: Request) -> tuple[list[str], str]:
        """As many texts as the prompt asks for, and the finish reason."""
        many = MANY.search(prompt)
        count = int(many[1]) if many else 1
        seed = request.config.seed or 0
        texts = [self._words(prompt, seed + number) for number in range(count)]
        limit = (request.config.max_tokens or LONGEST * count) // count
        finish = "length" if any(len(words) > limit for words in texts) else "stop"
        return [" ".join(words[:limit]) for words in texts], finish

    def _words(self, prompt: str, seed: int) -> list[str]:
        if self.settings.name == "refuse":
            return REFUSAL.split()
        if self.settings.name == "empty":
            return []
        draw = random.Random(digest([prompt, seed]))
        own = [w.lower() for w in re.findall(r"[^\W\d_]{4,}", prompt)]
        own = [w for w in own if w not in STOP_SET] or FILLERS
        count = draw.randint(12, LONGEST)
        return [draw.choice(own if draw.random() < 0.5 else FILLERS) for _ in range(count)]


def _shaped(texts: list[str], request: Request) -> str:
    """The texts as they are, numbered, or in each field of a JSON object that the schema requires.

    A field that holds a list gets them all, any other the first.
    """
    schema = schema_of(request)
    if not any(texts):
        return ""
    if schema is None:
        return texts[0] if len(texts) == 1 else numbered(texts)
    fields = schema.get("properties", {})
    lists = {name for name, field in fields.items() if field.get("type") == "array"}
    found = {name: texts if name in lists else texts[0] for name in schema.get("required", [])}
    return json.dumps(found, ensure_ascii=False)
