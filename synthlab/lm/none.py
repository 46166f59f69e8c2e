"""The LM of a generator that asks none: it opens at once, costs nothing and answers nothing."""

from __future__ import annotations

from typing import ClassVar, NoReturn

from dspy.lm15 import Request

from synthlab.errors import EngineError
from synthlab.lm.base import NO_LM, LMSettings


class NoEngine:
    """Stands where an LM would; a call is an error of the generator."""

    adapter: ClassVar[str] = "plain"
    local: ClassVar[bool] = True
    seeded: ClassVar[bool] = True

    def __init__(self, settings: LMSettings) -> None:
        self.settings = settings

    @classmethod
    def check(cls, settings: LMSettings) -> str:
        """The model id, of which there is one.

        Raises:
            EngineError: another name.
        """
        if settings.model != NO_LM:
            raise EngineError(f"unknown model '{settings.model}'", f"write lm.model: {NO_LM}")
        return settings.model

    def complete(self, request: Request) -> NoReturn:
        """No answer.

        Raises:
            EngineError: always.
        """
        raise EngineError(
            f"lm.model is {NO_LM}, and a prompt was sent to it",
            "give lm.model an LM, or use generators that ask none: augment, ngram, templates",
        )

    def close(self) -> None:
        """Nothing is held."""
