"""What a run is for: ``promote`` its winner."""

from typing import Annotated

import typer

from synthlab.options import Json, Uri, print_json


def promote(
    name: Annotated[str, typer.Argument(help="The experiment to promote from.")],
    run: Annotated[str, typer.Option(help="A run's id; the latest when left out.")] = "",
    candidate: Annotated[str, typer.Option(help="The winner when left out.")] = "",
    margin: Annotated[
        float, typer.Option(min=0.0, max=1.0, help="macro-F1 that the champion must be beaten by.")
    ] = 0.0,
    store: Uri = None,
    json: Json = False,
) -> None:
    """Let NAME@champion point at a run's winner, if it beats the champion on dev."""
    from synthlab.workflow.lab import open_store
    from synthlab.workflow.promote import promote as decide

    verdict = decide(open_store(store), name, run, candidate, margin)
    if json:
        print_json(verdict.as_dict())
    elif verdict.changed:
        typer.echo(f"promoted {verdict.candidate} to {verdict.ref} (version {verdict.version})")
        typer.echo(f"gate: {verdict.reason}")
    else:
        typer.echo(verdict.reason)
