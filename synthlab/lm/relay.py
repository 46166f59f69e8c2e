"""What DSPy's optimizers need of an LM: one that is asked call by call, and an adapter for them.

An optimizer keeps its LM for hours, asks it for many answers at once and copies it with sampling
of its own. ``relay`` gives it one whose every call is made in a scope of the LM behind it, with the
sampling that the config gives that LM. What an answer is worth is not judged here.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import dspy
from dspy.lm15 import Response

from synthlab.errors import UnansweredError
from synthlab.lm.adapters import clean, json_object
from synthlab.lm.answers import answer
from synthlab.lm.session import quiet_dspy

if TYPE_CHECKING:
    from dspy.lm15 import Request

MODEL = "synthlab/relay"
NOTHING = " "
"""DSPy takes an answer without any text for a broken call, and gives up the others beside it."""
MARKER = re.compile(r"\[\[ ## \w+ ## \]\]")


class Relay:
    """An engine that passes each request on to the LM of a scope of its own.

    Args:
        scope: enters a scope of an LM (``Session.scope``); gets the number of the call, from 0.
    """

    def __init__(self, scope: Callable[[int], AbstractContextManager[object]]) -> None:
        self.scope = scope
        self.calls = 0

    def complete(self, request: Request) -> Response:
        """The answer of the LM; without any text where it could not answer this request.

        Raises:
            SynthlabError: the LM failed.
        """
        number, self.calls = self.calls, self.calls + 1
        # An optimizer's temperature may be one that the LM does not take.
        config = replace(request.config, temperature=None, top_p=None, max_tokens=None)
        try:
            with self.scope(number):
                lm = dspy.settings.lm
                given = lm.engine.complete(replace(request, model=lm.model, config=config))
        except UnansweredError:
            return answer(MODEL, NOTHING, "stop", 0, 0)
        usage = given.usage
        text = given.message.text or NOTHING
        return answer(MODEL, text, given.finish_reason, usage.input_tokens, usage.output_tokens)

    def __deepcopy__(self, memo: dict[int, Any]) -> Relay:
        # Copies of a program must go on counting together.
        return self


def relay(scope: Callable[[int], AbstractContextManager[object]]) -> dspy.LM:
    """A ``dspy.LM`` for an optimizer; see ``Relay``."""
    quiet_dspy()
    return dspy.LM(MODEL, engine=Relay(scope), cache=False, num_retries=0)


class ProposalAdapter(dspy.ChatAdapter):  # type: ignore[misc]
    """DSPy's chat format, read leniently: a small model's plain answer is its first field.

    Fields that are not in the answer are empty; whether an empty proposal can be used is for the
    optimizer's caller. A second call with another format is never made.
    """

    def __init__(self) -> None:
        super().__init__(use_json_adapter_fallback=False)

    def parse(self, signature: Any, completion: str) -> dict[str, Any]:
        """Every output field: by its marker, as a key of a JSON object, or as the whole answer."""
        names = list(signature.output_fields)
        try:
            found: dict[str, Any] = super().parse(signature, completion)
        except dspy.AdapterParseError as exc:
            found = dict(exc.parsed_result or {})
        if not found:
            read = json_object(completion) or {}
            found = {name: read[name] for name in names if isinstance(read.get(name), str)}
        if not found:
            found = {names[0]: clean(MARKER.sub("", completion), names[0])}
        return {name: found.get(name, "") for name in names}
