"""The LMs of a run: the one that writes rows, the one that rewrites prompts, those that verify.

Each stays open between candidates with equal settings, as a model takes time to load.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from functools import cached_property

from synthlab.curation.base import Ask
from synthlab.errors import ContextError, LeakError, ProposalError, UnansweredError
from synthlab.lm.adapters import Unparsable
from synthlab.lm.base import NO_LM, LMSettings
from synthlab.lm.journal.book import Journal
from synthlab.lm.scope import Scope
from synthlab.lm.session import Session
from synthlab.lm.texts import complete
from synthlab.records import Usage
from synthlab.tasks.leaks import leak_guard
from synthlab.workflow.plan import Member, Plan
from synthlab.workflow.progress import Progress
from synthlab.workflow.verifying import Beside, Verifier

REFLECT = "reflect"
"""The purpose of calls that rewrite prompts."""


class Sessions:
    """Opens LMs as they are needed.

    Args:
        plan: the run.
        journal: where LM calls are reserved and kept.
        progress: told of each LM that is opened.
    """

    def __init__(self, plan: Plan, journal: Journal, progress: Progress) -> None:
        self.plan = plan
        self.journal = journal
        self.progress = progress
        self._paid = Usage()
        self._writer: Session | None = None
        self._reflector: Session | None = None
        self._none: Session | None = None
        self._beside = Beside(self._opened)

    @property
    def paid(self) -> Usage:
        """What this run itself sent; answers that the journal had are not in it."""
        still = [s.ledger.paid() for s in (self._writer, self._reflector) if s is not None]
        return sum(still, self._paid + self._beside.paid)

    def writer(self, settings: LMSettings) -> Session:
        """The open LM with these settings."""
        if settings.model == NO_LM:  # beside the others: a model takes long to load again
            if self._none is None:
                self._none = Session(settings, self._guard, journal=self.journal)
            return self._none
        if self._writer is None or self._writer.settings != settings:
            self._shut(self._writer)
            self._writer = self._opened(settings)
        return self._writer

    def verifier(self, member: Member) -> Ask:
        """What answers the questions of a candidate's curation steps."""
        return Verifier(lambda: self.writer(member.lm), self._beside, self.progress.say)

    def ask(self, prompt: str, number: int) -> str:
        """What the reflection LM answers to a prompt; the same number gives the same answer.

        Raises:
            ProposalError: this one prompt has no usable answer: none came, it was cut off, it is
                too long, or it would carry real text. Another prompt may have one.
            SynthlabError: the LM failed, or a cap was reached.
        """
        try:
            with self.reflecting(number) as scope:
                answer = complete(prompt)
        except Unparsable as exc:
            raise ProposalError(f"the reflection LM gave no text: {exc.reason}") from exc
        except (UnansweredError, ContextError, LeakError) as exc:
            raise ProposalError(f"the reflection LM could not be asked: {exc.what}") from exc
        if scope.calls and scope.calls[-1].finish_reason == "length":
            raise ProposalError("the reflection LM's answer was cut off by max_tokens")
        return answer

    def reflecting(self, number: int) -> AbstractContextManager[Scope]:
        """DSPy programs inside run on the reflection LM."""
        return self._reflection().scope(REFLECT, number)

    def close(self) -> None:
        """Free the LMs."""
        for session in (self._writer, self._reflector, self._none):
            self._shut(session)
        self._beside.close()
        self._writer = self._reflector = self._none = None

    def _reflection(self) -> Session:
        # One question follows from the last answer: a batch would take hours for each.
        settings = replace(self.plan.reflection, mode="live")
        if self._writer is not None and self._writer.settings == settings:
            return self._writer
        if self._reflector is None:
            self._reflector = self._opened(settings)
        return self._reflector

    def _opened(self, settings: LMSettings) -> Session:
        self.progress.say(f"opening {settings.model}")
        return Session(settings, self._guard, journal=self.journal)

    def _shut(self, session: Session | None) -> None:
        if session is not None:
            self._paid += session.ledger.paid()
            session.close()

    @cached_property
    def _guard(self) -> Callable[[str], None]:
        return leak_guard(self.plan.splits)


def alike(members: Sequence[Member]) -> list[list[Member]]:
    """Groups with equal LM settings, in the order of their first ones."""
    groups: list[list[Member]] = []
    for member in members:
        group = next((group for group in groups if group[0].lm == member.lm), None)
        if group is None:
            groups.append(group := [])
        group.append(member)
    return groups
