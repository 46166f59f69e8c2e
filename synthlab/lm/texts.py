"""A prompt as it is -> the text that the LM of the current scope answers."""

from __future__ import annotations

import dspy


def complete(prompt: str, **sampling: float) -> str:
    """The answer, without what chat models put around a text.

    Args:
        prompt: as it is sent.
        sampling: ``temperature`` and ``max_tokens`` in place of the session's.

    Raises:
        Unparsable: the LM gave no text; outside a session's scope, as ``dspy.AdapterParseError``.
    """
    fields = {"prompt": (str, dspy.InputField()), "answer": (str, dspy.OutputField())}
    ask = dspy.Predict(dspy.Signature(fields, "{prompt}"), **sampling)
    return str(ask(prompt=prompt).answer)
