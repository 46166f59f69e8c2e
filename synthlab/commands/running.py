"""A config and its run: ``run``, ``validate`` and ``estimate``."""

from typing import Annotated

import typer

from synthlab.options import Config, Json, Set, print_json, say, screenful, show


def run(config: Config, set_: Set = None, json: Json = False) -> None:
    """Generate, train, score and log every candidate of CONFIG, and name a winner."""
    from synthlab.report.finals import whole
    from synthlab.report.progress import Live
    from synthlab.report.shown import cut
    from synthlab.report.words import describe, ending
    from synthlab.workflow.lab import run_file

    with Live() as live:
        result, board = run_file(config, set_ or (), live)
    if json:
        print_json(board)
    else:
        show(whole(cut(board, screenful(None))))
        say(f"{describe(result)}\n\n{ending(result)}")
    if result.stopped:
        typer.echo(f"\n{result.stopped}", err=True)
        raise typer.Exit(2)


def validate(config: Config, set_: Set = None, json: Json = False) -> None:
    """Check CONFIG as far as it can be checked without an LM call."""
    from synthlab.report.plans import plan_text
    from synthlab.workflow.lab import compile_file
    from synthlab.workflow.places import check_tracking

    plan = compile_file(config, set_ or ())
    note = check_tracking(plan.config.tracking.uri)
    view = {**plan.overview(), "note": note} if note else plan.overview()
    print_json(view) if json else typer.echo(plan_text(view))
    if note:
        typer.echo(f"\nnote: {note}", err=True)


def estimate(
    config: Config,
    set_: Set = None,
    probe: Annotated[int, typer.Option(min=0, help="Real calls of each LM, to measure.")] = 0,
    json: Json = False,
) -> None:
    """Say what a run of CONFIG will take in calls, USD and minutes."""
    from synthlab.report.estimates import estimate_view
    from synthlab.report.progress import Live
    from synthlab.workflow.lab import estimate_file

    with Live() as live:
        view = estimate_file(config, set_ or (), probe, live).as_dict()
    print_json(view) if json else show(estimate_view(view))
