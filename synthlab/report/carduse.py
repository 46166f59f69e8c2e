"""The fixed words of the dataset card: what rows are for, and what they are not."""

from __future__ import annotations

USE = (
    "## Intended use",
    "",
    "Training or augmenting a text classifier for the classes above, where real rows are few or "
    "may not leave their room; prototyping; teaching. Judge what was trained on real rows: a score "
    "on these says nothing, as model and rows share one source.",
    "",
    "## Limits",
    "",
    "- Rows follow the language model's idea of the classes, with its errors and its bias. Some "
    "labels are wrong.",
    "- Names, figures and events in them may be made up, or real and false.",
    "- They are less varied than real rows, and say nothing of how often a class occurs.",
    "- They are no source of facts, and must not pass as texts of real people.",
    "- No license is chosen yet. Check that of the language model before sharing these rows: some "
    "forbid training others on what it wrote.",
    "",
)

ALONE = (
    "## Limits",
    "",
    "Rows hold only words that stood in real rows or in the templates. Judge a model that is "
    "trained on them on real rows.",
    "",
)
