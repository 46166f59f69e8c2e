"""The Markdown of a run's page in MLflow, above and below its leaderboard."""

from __future__ import annotations

from synthlab.outcomes import RunResult
from synthlab.report.tree import tree_of
from synthlab.report.words import describe

ALONE = "a candidate's synthetic rows alone"
TOPPED = "real rows whose rare classes a candidate's rows top up,"
ADDED = " *With real rows*: the same with a few real rows added."
READING = (
    f"How to read the table: a classifier is trained on {ALONE} and "
    "judged on real dev rows; macro-F1 is the mean of the classes' F1, 1 at best."
    f"{ADDED} The last lines are what needs no LM: real rows "
    "alone, so many a class. Each candidate is a child run with its prompt (*Registered prompts*), "
    "its rows (*Artifacts*, `rows/`) and a sample of its LM calls (*Traces*)."
)


def headline(result: RunResult) -> str:
    """The answer: its first sentence, in bold, is what a hurried reader takes away."""
    first, dot, rest = describe(result).partition(". ")
    return f"**{first}{dot.strip()}** {rest}".strip()


def details(result: RunResult, privacy: str = "") -> str:
    """What else was found, which candidate was made from which, and how to read it all.

    ``privacy`` is what holds of what feedback told of dev rows.
    """
    said = [*(result.finals.said if result.finals else ())]
    if result.ending:
        said.append(f"{result.ending}.")
    # MLflow sets what follows a table right under it, and headings as plain text.
    lines = ["&emsp;", ""]
    lines += ["**What else was found**", "", *(f"- {text}" for text in said), ""] if said else []
    if path := tree_of(result.trials):
        lines += ["Which candidate was made from which:", "", "```", *path, "```", ""]
    if privacy:
        lines += [f"**Privacy of the dev rows.** {privacy}", ""]
    reading = READING.replace(ALONE, TOPPED) if result.winner.quota else READING
    if not any(trial.augmented for trial in result.trials):
        reading = reading.replace(ADDED, "")
    return "\n".join([*lines, reading])
