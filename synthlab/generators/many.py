"""One prompt for several rows: what they share is said once, what differs is listed by number.

The prompt of one row comes first, as it is, then the generator's prompt ``many``. How the answer
is to be written down, and read, is for the LM's adapter.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import dspy

from synthlab.errors import ConfigError

COUNT, EACH, ROWS = "count", "each", "rows"
"""Inputs of the prompt ``many``, and the output: a list of texts."""


def ask(
    write: dspy.Predict, many: str, inputs: Sequence[Mapping[str, str]], shared: Sequence[str] = ()
) -> list[str]:
    """The texts in the answer, in order: maybe fewer or more than asked for; "" where one is not.

    Args:
        write: the predictor of one row.
        many: what follows the prompt of one row.
        inputs: what fills that prompt, for each row.
        shared: inputs of which all rows get the first row's.

    Raises:
        ConfigError: an input has a name that the prompt ``many`` needs.
    """
    first, prompt = inputs[0], str(write.signature.instructions)
    _check_names(first)
    own = [k for k in first if k not in shared and any(row[k] != first[k] for row in inputs)]
    said = {**first, **{name: _listed(name, prompt) for name in own}}
    # The adapter puts what no prompt mentions at the very end, where it would follow the list.
    rest = [f"{k}: {{{k}}}" for k in said if said[k] and _unsaid(k, prompt, many)]
    (output,) = write.signature.output_fields
    found = write(
        signature=_signature("\n".join([prompt, *rest, "", many]), first),
        demos=[{**demo, COUNT: "1", EACH: "", ROWS: [demo[output]]} for demo in write.demos],
        **{**said, COUNT: str(len(inputs)), EACH: _lines(inputs, own)},
    )
    return list(found[ROWS])


def _check_names(inputs: Mapping[str, str]) -> None:
    if taken := {COUNT, EACH, ROWS} & set(inputs):
        raise ConfigError(
            f"generator.rows_per_request: an input is called '{min(taken)}', as the prompt 'many' "
            "calls its own",
            "give it another name",
        )


def _signature(prompt: str, inputs: Mapping[str, str]) -> Any:
    fields: dict[str, Any] = {name: (str, dspy.InputField()) for name in (*inputs, COUNT, EACH)}
    fields[ROWS] = (list[str], dspy.OutputField())
    return dspy.Signature(fields, prompt)


def _listed(name: str, prompt: str) -> str:
    """What stands in the prompt for an input that each row has another value of."""
    return "" if _unsaid(name, prompt) else f"the {name} listed below"


def _unsaid(name: str, *prompts: str) -> bool:
    return not any(f"{{{name}}}" in prompt for prompt in prompts)


def _lines(inputs: Sequence[Mapping[str, str]], own: Sequence[str]) -> str:
    if not own:
        return ""
    rows = (", ".join(f"{name}: {row[name]}" for name in own) for row in inputs)
    return "\n".join(f"{number}. {row}" for number, row in enumerate(rows, 1))
