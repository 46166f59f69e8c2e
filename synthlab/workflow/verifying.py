"""Curation steps that ask an LM: which LM that is, and its answers.

Their calls go through the same journal, caps and ledgers as those that write rows, with the purpose
``verify``. The same question has the same seed, so that a run that goes on replays its answer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from synthlab.config.models import LMConfig
from synthlab.curation.base import Answer, Questioning
from synthlab.errors import ContextError, LeakError, UnansweredError
from synthlab.lm.adapters import Unparsable
from synthlab.lm.base import LMSettings
from synthlab.lm.session import Session
from synthlab.lm.texts import complete
from synthlab.records import Usage, draw_seed
from synthlab.workflow.gather import gather
from synthlab.workflow.plan import lm_settings
from synthlab.workflow.uses import Used

VERIFY = "verify"
"""The purpose of calls that ask for a row's class."""


def asks(step: Used) -> bool:
    """Whether a curation step asks an LM (``Questioning``)."""
    return hasattr(step.made, "question")


def own_lm(params: Any) -> LMSettings | None:
    """The LM that an asking step's parameters name; None: the one that writes the rows.

    Raises:
        ValidationError: a section ``lm`` with a mistake.
    """
    section = getattr(params, "lm", None)
    return None if section is None else lm_settings(LMConfig(**section).model_dump())


class Beside:
    """LMs that verify only: opened when they are first asked, and closed together.

    Args:
        make: opens one.
    """

    def __init__(self, make: Callable[[LMSettings], Session]) -> None:
        self._make = make
        self._open: list[Session] = []

    def opened(self, settings: LMSettings) -> Session:
        """The open LM with these settings."""
        for session in self._open:
            if session.settings == settings:
                return session
        self._open.append(self._make(settings))
        return self._open[-1]

    @property
    def paid(self) -> Usage:
        """What they sent themselves; answers that the journal had are not in it."""
        return sum((session.ledger.paid() for session in self._open), Usage())

    def close(self) -> None:
        """Free them; what they paid is still known."""
        for session in self._open:
            session.close()


class Verifier:
    """Answers the questions of curation steps: an ``Ask``.

    Args:
        writer: gives the open LM that writes the rows.
        beside: the other LMs.
        say: gets a line of text for each round of questions.
    """

    def __init__(
        self, writer: Callable[[], Session], beside: Beside, say: Callable[[str], object]
    ) -> None:
        self._writer = writer
        self._beside = beside
        self._say = say

    def __call__(self, step: Questioning, prompts: Sequence[str]) -> list[Answer]:
        """An answer to each question.

        Raises:
            SynthlabError: the LM failed, or a cap was reached.
        """
        settings = own_lm(step)
        session = self._writer() if settings is None else self._beside.opened(settings)
        rows = f"{len(prompts):,} doubtful row{'s' if len(prompts) > 1 else ''}"
        self._say(f"asking {session.lm_id} for the class of {rows}")
        work = partial(_answer, session, step.tokens)
        workers = session.settings.concurrency
        return gather(session, work, prompts, workers, lambda made: None, self._say)


def settings_in(program: Mapping[str, Any]) -> list[LMSettings]:
    """The LMs that the curation steps of a promoted program name."""
    sections = [step["with"].get("lm") for step in program["curation"]]
    return [lm_settings(LMConfig(**section).model_dump()) for section in sections if section]


def _answer(session: Session, tokens: int, prompt: str) -> Answer:
    """The text, empty for a question that has no answer: too long, with real text, or refused."""
    text = ""
    # What does not sample takes no temperature: some models refuse any.
    sampling = {} if session.settings.temperature is None else {"temperature": 0.0}
    try:
        with session.scope(VERIFY, draw_seed(VERIFY, prompt)) as scope:
            text = complete(prompt, max_tokens=tokens, **sampling)
    except (Unparsable, UnansweredError, ContextError, LeakError):
        pass
    return Answer(text, scope.usage)
