"""A promoted generator as an object: what it is, and rows from it."""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from synthlab.api import html
from synthlab.api.listening import listener
from synthlab.errors import ConfigError
from synthlab.tracking.registry import load_program, parse_ref
from synthlab.tracking.store import Store
from synthlab.workflow.lab import generate_ref


class Promoted:
    """A version of a registered generator.

    Args:
        store: where it is.
        ref: ``NAME@ALIAS`` or ``NAME@VERSION``.

    Attributes:
        ref: ``NAME@VERSION``: it stays what it is when an alias moves.
        aliases: that point at it now, such as ``champion``.
        tags: what the promotion wrote down, such as its scores; texts.
        labels: the classes that it writes.
        lm: the model id that it asks.
        program: everything that its rows depend on, as plain data.
    """

    def __init__(self, store: Store, ref: str) -> None:
        self._store = store
        version, program = load_program(store, *parse_ref(ref))
        self.ref = f"{version.name}@{version.version}"
        self.aliases = version.aliases
        self.tags: Mapping[str, str] = version.tags
        self.program: Mapping[str, Any] = program
        self.labels: tuple[str, ...] = tuple(program["brief"]["labels"])
        self.lm: str = program["lm"]["model"]

    def __repr__(self) -> str:
        return f"<synthlab generator {self._said()}>"

    def _repr_html_(self) -> str:
        prompts = pd.DataFrame(self.program["texts"].items(), columns=["prompt", "text"])
        said = f"classes: {', '.join(self.labels)}"
        table = html.table("prompts", prompts, ("prompt", "text"))
        return html.page(self._said(), said, [table])

    def generate(
        self,
        count: int,
        *,
        seed: int = 0,
        usd: float | None = None,
        tokens: int | None = None,
        calls: int | None = None,
        minutes: float | None = None,
        out: str | Path | None = None,
        progress: bool | None = None,
    ) -> pd.DataFrame:
        """Write rows, spread evenly over the classes.

        Args:
            count: rows in all, 1 or more.
            seed: another seed gives other rows; the same one the same, without paying twice.
            usd: a cap, as are the next three: the rows made by then are returned, with a warning
                that says how to go on (also in ``frame.attrs["stopped"]``).
            tokens: input and output.
            calls: to the LM, retries included.
            minutes: wall time.
            out: a new folder that keeps the rows, with a card; nothing is kept when left out.
            progress: as for ``synthlab.run``.

        Returns:
            One line a row: id, label, the fields (such as text), then the lineage: attributes and
            shown (JSON), call, lm, candidate, cost_usd, tokens.

        Raises:
            ConfigError: a cap in USD for a model without a known price, or no row is asked for.
            GenerationError: some class stayed short.
            SynthlabError: what ended it.
        """
        if count < 1:
            raise ConfigError(f"cannot generate {count} rows", "ask for 1 or more")
        caps = {"usd": usd, "tokens": tokens, "calls": calls, "minutes": minutes}
        with tempfile.TemporaryDirectory() as spare, listener(progress) as told:
            folder = Path(spare) / "rows" if out is None else Path(out)
            _, made = generate_ref(
                self._store, self.ref, count, folder, "parquet", seed, told, caps
            )
            shards = sorted(folder.rglob("*.parquet"))
            found = pd.concat([pd.read_parquet(path) for path in shards], ignore_index=True)
        found.attrs["stopped"] = made.stopped
        if made.stopped:
            warnings.warn(made.stopped, stacklevel=2)
        return found

    def _said(self) -> str:
        also = f" ({', '.join(self.aliases)})" if self.aliases else ""
        score = f", macro-F1 {self.tags['f1']} when promoted" if "f1" in self.tags else ""
        return f"{self.ref}{also}: {len(self.labels)} classes, asks {self.lm}{score}"
