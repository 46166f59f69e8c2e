"""``sync``: what was logged here while the tracking server was away."""

from pathlib import Path
from typing import Annotated, Optional

import typer

from synthlab.options import Json, print_json, show


def sync(
    runs: Annotated[
        Optional[list[str]],  # noqa: UP045 - typer reads it at run time
        typer.Argument(
            help="Experiments or runs' ids, also those made for ./mlruns; else all not yet sent.",
            metavar="[NAME-OR-RUN]...",
        ),
    ] = None,
    store: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option("--store", help="Where to; each run's own address when left out."),
    ] = None,
    artifacts: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(help="Where a database's files go, as tracking.artifacts says it."),
    ] = None,
    json: Json = False,
) -> None:
    """Send the runs that a tracking server has missed, once and whole."""
    from synthlab.report.progress import Live
    from synthlab.report.sending import advice, sent
    from synthlab.workflow.sync import FAILED
    from synthlab.workflow.sync import sync as send

    with Live() as live:
        found = send(Path("mlruns"), store, runs or (), artifacts, live)
    items = [item.as_dict() for item in found]
    print_json(items) if json else show(sent(items))
    for line in [] if json else advice(items):
        typer.echo(line)
    if any(item.state == FAILED for item in found):
        raise typer.Exit(2)
