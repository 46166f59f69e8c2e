"""What a run is for: ``promote`` its winner, and ``generate`` rows from it."""

from pathlib import Path
from typing import Annotated, Optional

import typer

from synthlab.options import Cap, Json, Uri, print_json, show


def promote(
    name: Annotated[str, typer.Argument(help="The experiment to promote from.")],
    run: Annotated[str, typer.Option(help="A run's id; the latest when left out.")] = "",
    candidate: Annotated[str, typer.Option(help="The winner when left out.")] = "",
    margin: Annotated[
        Optional[float],  # noqa: UP045
        typer.Option(min=-1, max=1, help="In place of the config's promotion.margin."),
    ] = None,
    challenger: Annotated[
        bool,
        typer.Option("--challenger", help="If the champion is as good, be NAME@challenger."),
    ] = False,
    rescore: Annotated[
        bool,
        typer.Option("--rescore", help="Score the champion's logged rows as this run's; no LM."),
    ] = False,
    force: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(help="Promote against the gates; the reason is recorded.", metavar="REASON"),
    ] = None,
    rollback: Annotated[
        bool, typer.Option("--rollback", help="Let the champion be NAME@previous again.")
    ] = False,
    why: Annotated[str, typer.Option(help="Reason of a rollback; recorded.")] = "",
    store: Uri = None,
    json: Json = False,
) -> None:
    """Let NAME@champion point at a run's winner, if it passes the gates of its config.

    Exit code 1: a gate refused, and no alias moved.
    """
    from synthlab.errors import GateError
    from synthlab.report.promotion import promotion, rolled_back
    from synthlab.workflow.lab import open_store
    from synthlab.workflow.promote import promote as decide
    from synthlab.workflow.rollback import refuse_mixed
    from synthlab.workflow.rollback import rollback as back

    if rollback:
        refuse_mixed(run, candidate, margin, challenger, rescore, force)
        done = back(open_store(store), name, why)
        print_json(done) if json else typer.echo(rolled_back(done))
        return
    refused = None
    try:
        asked = " " if force == "" else force or ""  # an empty reason is one that is missing
        verdict = decide(
            open_store(store),
            name,
            run,
            candidate,
            margin,
            force=asked,
            challenger=challenger,
            rescore=rescore,
        )
    except GateError as exc:
        verdict, refused = exc.verdict, exc
    found = verdict.as_dict()
    print_json(found) if json else show(promotion(found))
    if refused is not None:
        if refused.fix and not json:
            typer.echo(f"try: {refused.fix}", err=True)
        raise typer.Exit(1)


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
