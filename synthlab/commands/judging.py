"""What came out, and how sure it is: ``compare`` and ``power``."""

from pathlib import Path
from typing import Annotated, Optional

import typer

from synthlab.options import Json, Name, Set, Uri, print_json, show


def compare(name: Name, store: Uri = None, json: Json = False) -> None:
    """Show the leaderboard of NAME's latest run, with costs and baselines."""
    from synthlab.report.tables import leaderboard
    from synthlab.workflow.lab import board, open_store

    found = board(open_store(store), name)
    print_json(found) if json else show(leaderboard(found))


def power(
    config: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Argument(help="A run's YAML: its splits, classes and generations.", metavar="CONFIG"),
    ] = None,
    test_rows: Annotated[
        Optional[int],  # noqa: UP045
        typer.Option(min=2, help="Real test rows; 1,000 without CONFIG."),
    ] = None,
    replicates: Annotated[
        Optional[int],  # noqa: UP045
        typer.Option(min=1, help="Generations of each prompt; 5 without CONFIG."),
    ] = None,
    classes: Annotated[
        str, typer.Option(help="How many, if equal in rows; else rows of each: 400,250,150.")
    ] = "",
    difference: Annotated[
        float, typer.Option(min=0.001, max=1, help="macro-F1 that must be seen.")
    ] = 0.02,
    noise: Annotated[
        float, typer.Option(min=0, max=1, help="sd of macro-F1 over generations of a prompt.")
    ] = 0.03,
    disagreement: Annotated[
        float, typer.Option(min=0, max=1, help="Share of real rows that one of two gets right.")
    ] = 0.2,
    lasting: Annotated[
        float, typer.Option(min=0, max=1, help="Share of it that all generations repeat.")
    ] = 0.2,
    set_: Set = None,
    json: Json = False,
) -> None:
    """Say which differences a comparison can find, before any money is spent."""
    from synthlab.report.power import power_view
    from synthlab.statistics.power import Noise
    from synthlab.workflow.power import power as look

    known = Noise(noise, 0.0, disagreement, lasting)
    view = look(config, set_ or (), test_rows, replicates, classes, difference, known)
    print_json(view) if json else show(power_view(view))
