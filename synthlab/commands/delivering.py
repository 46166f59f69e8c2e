"""What a run is for: ``promote`` its winner, and ``generate`` rows from it."""

from pathlib import Path
from typing import Annotated

import typer

from synthlab.options import Cap, Json, Uri, print_json


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


def generate(
    ref: Annotated[str, typer.Argument(help="NAME@champion, or NAME@3.", metavar="NAME@ALIAS")],
    count: Annotated[int, typer.Option("-n", min=1, help="Rows in all.")] = 100,
    out: Annotated[Path, typer.Option("-o", help="A new folder.")] = Path("out"),
    format_: Annotated[str, typer.Option("--format", help="parquet or jsonl.")] = "parquet",
    seed: Annotated[int, typer.Option(min=0, help="Another seed gives other rows.")] = 0,
    usd: Cap = None,
    tokens: Cap = None,
    calls: Cap = None,
    minutes: Cap = None,
    store: Uri = None,
    json: Json = False,
) -> None:
    """Write rows from a promoted generator into a folder, with a card."""
    from synthlab.report.card import delivered
    from synthlab.report.progress import Live
    from synthlab.workflow.lab import generate_ref, open_store

    caps = {"usd": usd, "tokens": tokens, "calls": calls, "minutes": minutes}
    with Live() as live:
        version, made = generate_ref(open_store(store), ref, count, out, format_, seed, live, caps)
    files = [str(path) for path in made.files]
    if json:
        print_json({"ref": ref, "version": version.version, "rows": made.rows, "files": files})
    else:
        typer.echo(delivered(f"{ref} (version {version.version})", made.rows, made.folder, files))
    if made.stopped:
        typer.echo(f"\n{made.stopped}", err=True)
        raise typer.Exit(2)
