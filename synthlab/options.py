"""What commands share: the types of their options, and how they print.

Only what typer loads anyway is imported when this module loads, so that ``--help`` is instant.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Optional, TypeVar

import typer

Config = Annotated[Path, typer.Argument(help="The YAML of the run.", metavar="CONFIG")]
Set = Annotated[
    Optional[list[str]],  # noqa: UP045 - typer reads it at run time
    typer.Option("--set", help="Override a key: --set budget.rows_per_class=10.", metavar="A.B=C"),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Cap = Annotated[
    Optional[float],  # noqa: UP045
    typer.Option(min=0, help="The most it may take, as in a config's budget."),
]
Uri = Annotated[
    Optional[str],  # noqa: UP045
    typer.Option("--store", help="An MLflow tracking URI; ./mlruns when left out."),
]

Most = Annotated[
    Optional[int],  # noqa: UP045
    typer.Option(
        "-n", "--top", min=0, help="Candidates shown; 0: all. In a terminal, 20 if left out."
    ),
]

SCREEN = 20
"""Lines of a table in a terminal, where more would push the first ones off the screen."""

Command = TypeVar("Command", bound=Callable[..., Any])

SELDOM = (100_000, 50, 100)


def quick(command: Command) -> Command:
    """For a command that ends within seconds: garbage is collected seldom meanwhile.

    Loading MLflow makes more objects than a short command ever frees; looking through them again
    and again takes a third of its time.
    """
    import functools
    import gc

    @functools.wraps(command)
    def quickly(*args: Any, **given: Any) -> Any:
        before = gc.get_threshold()
        gc.set_threshold(*SELDOM)
        try:
            return command(*args, **given)
        finally:
            gc.set_threshold(*before)

    return quickly  # type: ignore[return-value]


def screenful(most: int | None) -> int:
    """How many lines are shown; 0: all, as of what goes to a file or to another program."""
    import sys

    return most if most is not None else (SCREEN if sys.stdout.isatty() else 0)


def print_json(value: Any) -> None:
    """One JSON object on stdout."""
    import json

    typer.echo(json.dumps(value, ensure_ascii=False, indent=2, default=str))


def show(view: Any) -> None:
    """A table or another view of rich on stdout."""
    from rich.console import Console

    console = Console()
    if not console.is_terminal:
        console.width = 160  # nobody folds a file
    console.print(view)


def say(text: str) -> None:
    """Text on stdout; a terminal gets it broken between words, a file as it is."""
    from rich.console import Console

    console = Console()
    console.print(text, markup=False, highlight=False, soft_wrap=not console.is_terminal)
