"""The leak guard: no prompt may carry text of the dev or test split.

It looks for shared runs of eight words. Rows of fewer words are not looked for, and neither are
runs that also stand in seed rows (boilerplate, which prompts may show). It holds hashes only and
never repeats what it found.
"""

from __future__ import annotations

from collections.abc import Callable

from synthlab.errors import LeakError
from synthlab.features.shared import SharedRuns
from synthlab.tasks.splits import Splits

RUN = 8


def leak_guard(splits: Splits) -> Callable[[str], None]:
    """A function that raises ``LeakError`` for a prompt with a run of a dev or test row."""
    seed = [row.values[splits.field] for row in splits.seed]
    dev = [row.values[splits.field] for row in splits.dev]
    indices = {
        "dev": SharedRuns(dev, RUN, without=seed),
        "test": SharedRuns((), RUN, hashes=splits.test.shingles(RUN), without=seed),
    }

    def check(prompt: str) -> None:
        for name, index in indices.items():
            found, _ = index.count(prompt)
            if found:
                runs = "1 run" if found == 1 else f"{found} runs"
                raise LeakError(
                    f"a prompt carries text of the {name} split ({runs} of {RUN} words)",
                    "show seed rows only, and keep real rows out of prompt files and attributes",
                )

    return check
