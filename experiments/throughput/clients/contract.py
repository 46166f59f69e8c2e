"""What every client does alike: what it is told, which rows it asks for, and what it prints.

A client is a script that hands ``run`` one function. Imports come before the clock starts; all
that the function does, building its client included, is timed. Standard library only, as each
peer runs in an environment of its own.
"""

import argparse
import json
import time
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from pathlib import Path

PROMPT = (
    "Write the opening paragraph of a news article for the sports desk of a regional paper. Keep "
    "to one plain paragraph without a heading, name nobody who is real, and write about this: "
    "{topic}"
)
MODEL = "stub"


@dataclass(frozen=True)
class Job:
    """What one process is told.

    Attributes:
        url: the stub's address, ending in /v1.
        rows: how many to ask for, each with a prompt of its own.
        in_flight: most requests at the same time.
        scratch: an empty folder.
    """

    url: str
    rows: int
    in_flight: int
    scratch: Path

    @staticmethod
    def topic(i: int) -> str:
        """What row ``i`` is about."""
        return f"match {i} of the season, seen from row {i % 40}"

    @property
    def topics(self) -> list[str]:
        """One a row, all different."""
        return [self.topic(i) for i in range(self.rows)]

    @property
    def prompts(self) -> list[str]:
        """The user messages, for clients without a template of their own."""
        return [PROMPT.format(topic=topic) for topic in self.topics]


def run(write_rows: Callable[[Job], Sequence[Hashable]]) -> None:
    """Time ``write_rows`` and print how many different rows it brought."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--url", required=True)
    parser.add_argument("--rows", type=int, required=True)
    parser.add_argument("--in-flight", type=int, required=True)
    parser.add_argument("--scratch", type=Path, required=True)
    job = Job(**vars(parser.parse_args()))
    started = time.perf_counter()
    texts = write_rows(job)
    wall = time.perf_counter() - started
    print(json.dumps({"wall_s": wall, "rows": len(texts), "distinct": len(set(texts))}))
