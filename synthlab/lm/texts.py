"""A prompt as it is -> the text that the LM of the current scope answers."""

from __future__ import annotations

import dspy


def complete(prompt: str) -> str:
    """The answer, without what chat models put around a text.

    Raises:
        Unparsable: the LM gave no text; outside a session's scope, as ``dspy.AdapterParseError``.
    """
    fields = {"prompt": (str, dspy.InputField()), "answer": (str, dspy.OutputField())}
    return str(dspy.Predict(dspy.Signature(fields, "{prompt}"))(prompt=prompt).answer)
