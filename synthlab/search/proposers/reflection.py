"""``reflection``: an LM reads the prompt, what is wrong with its rows, and writes a better prompt.

It sees the template, the findings and a few synthetic rows that show them; no real row. An answer
that is no template of this generator is a proposal that cannot be run, and is counted as such.
"""

from __future__ import annotations

import re
import string
from collections.abc import Iterator, Mapping, Sequence

from pydantic import BaseModel, ConfigDict, Field

from synthlab.errors import ProposalError
from synthlab.outcomes import Trial
from synthlab.records import draw_seed
from synthlab.search.base import Objective
from synthlab.search.proposers.base import Proposal

ASK = """\
A language model was asked to write {documents} with this prompt; what stands in braces is filled \
in for each one:

<prompt>
{prompt}
</prompt>

A classifier was trained on what it wrote and tested on real ones: macro-F1 {f1:.2f} of 1. \
F1 of each class: {classes}.
What was found, most important first:
{findings}
{samples}
Write a better prompt. Keep every placeholder ({placeholders}) exactly as it is, and use no other. \
Speak to the writer only: no word about classifiers, training or scores. Be specific, and say it \
in at most {words} words. Answer with the prompt and nothing else."""


class Reflection:
    """Rewrites the prompt ``row``."""

    asks = 1

    class Params(BaseModel):
        """How much the LM is shown."""

        model_config = ConfigDict(extra="forbid", frozen=True)

        samples: int = Field(3, ge=0, description="synthetic rows of the worst classes it is shown")
        words: int = Field(120, ge=10, description="words the new prompt may have")

    def __init__(self, params: Params) -> None:
        self.params = params

    def propose(self, trial: Trial, objective: Objective, number: int) -> Proposal | None:
        """None where the generator has no prompt ``row``.

        Raises:
            ProposalError: the answer is no prompt: empty, the same again, or too long.
        """
        prompt = objective.config(trial.candidate)["generator"]["prompts"].get("row")
        if prompt is None:
            return None
        answer = objective.ask(
            self._ask(trial, objective, prompt), draw_seed(objective.seed, "reflect", number)
        )
        text = _template(answer)
        if not text or text == prompt.strip():
            raise ProposalError("the reflection LM gave no new prompt")
        if len(text.split()) > 2 * self.params.words:
            raise ProposalError("the reflection LM's prompt is too long")
        if lost := sorted(set(_placeholders(prompt)) - set(_placeholders(text))):
            raise ProposalError(f"the reflection LM's prompt lost {{{lost[0]}}}")
        return Proposal({"generator.prompts.row": text}, "rewritten from the findings by an LM")

    def _ask(self, trial: Trial, objective: Objective, prompt: str) -> str:
        brief = objective.brief
        scores = {brief.names[label]: one.f1 for label, one in trial.score.per_class.items()}
        return ASK.format(
            documents=f"{brief.document}s",
            prompt=prompt.strip(),
            f1=trial.score.f1,
            classes=", ".join(f"{name} {f1:.2f}" for name, f1 in scores.items()),
            findings=trial.feedback.text or "- nothing in particular",
            samples="\n".join(self._samples(trial, brief.names)),
            placeholders=", ".join(f"{{{name}}}" for name in _placeholders(prompt)) or "none",
            words=self.params.words,
        )

    def _samples(self, trial: Trial, names: Mapping[str, str]) -> Iterator[str]:
        """Rows that findings point at, then rows of the worst classes."""
        worst = sorted(trial.score.per_class, key=lambda label: trial.score.per_class[label].f1)
        pointed = [key for found in trial.feedback.findings for key in found.rows]
        by_id = {row.id: row for row in trial.curated.kept}
        chosen = [by_id[key] for key in dict.fromkeys(pointed) if key in by_id]
        chosen += [next(r for r in trial.curated.kept if r.label == label) for label in worst]
        field = next(iter(trial.curated.kept[0].values))
        for row in chosen[: self.params.samples]:
            yield f'\nIt wrote, as {names[row.label]}: "{row.values[field]}"'


def _template(answer: str) -> str:
    """The answer without the tags and fences that chat models like to put around a text."""
    for around in (r"<prompt>(.*?)</prompt>", r"```[a-z]*\n(.*?)```"):
        if found := re.search(around, answer, re.DOTALL):
            return found[1].strip()
    return answer.strip()


def _placeholders(template: str) -> Sequence[str]:
    """Names in braces, in order, each once.

    Raises:
        ProposalError: the template has a lone brace.
    """
    try:
        names = [name for _, name, _, _ in string.Formatter().parse(template) if name]
    except ValueError as exc:
        raise ProposalError(f"the reflection LM's prompt has a lone brace: {exc}") from exc
    return list(dict.fromkeys(names))
