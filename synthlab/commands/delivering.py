"""What a run is for: ``promote`` its winner."""

from typing import Annotated, Any, Optional

import typer

from synthlab.options import Json, Uri, print_json, say, show

Margin = Annotated[
    Optional[float],  # noqa: UP045 - typer reads it at run time
    typer.Option(min=-1, max=1, help="In place of the config's promotion.margin."),
]
Challenger = Annotated[
    bool, typer.Option("--challenger", help="If the champion is as good, be NAME@challenger.")
]
Rescore = Annotated[
    bool, typer.Option("--rescore", help="Score the champion's logged rows as this run's; no LM.")
]
Force = Annotated[
    Optional[str],  # noqa: UP045
    typer.Option(
        help="Promote against the gates, or undo a --rollback; the reason is recorded.",
        metavar="REASON",
    ),
]
Rollback = Annotated[
    bool, typer.Option("--rollback", help="Let the champion be NAME@previous again.")
]


def promote(
    name: Annotated[str, typer.Argument(help="An experiment or a run's id.", metavar="NAME")],
    run: Annotated[str, typer.Option(help="A run's id; the latest when left out.")] = "",
    candidate: Annotated[str, typer.Option(help="The winner when left out.")] = "",
    margin: Margin = None,
    challenger: Challenger = False,
    rescore: Rescore = False,
    force: Force = None,
    rollback: Rollback = False,
    why: Annotated[str, typer.Option(help="Reason of a rollback; recorded.")] = "",
    store: Uri = None,
    json: Json = False,
) -> None:
    """Let NAME@champion point at a run's winner, if it beats the champion and passes all gates.

    The gates stand in the run's config, in its section `promotion`.

    Exit code 1: a gate refused, and no alias moved.
    """
    from shlex import quote

    from synthlab.errors import GateError
    from synthlab.report.promotion import promotion, rolled_back
    from synthlab.workflow.lab import open_store
    from synthlab.workflow.promote import promote as decide
    from synthlab.workflow.rollback import refuse_mixed
    from synthlab.workflow.rollback import rollback as back

    if rollback:
        refuse_mixed(run, candidate, margin, challenger, rescore)
        done = back(open_store(store), name, why, force)
        print_json(done) if json else say(rolled_back(done))
        return
    asked = " " if force == "" else force or ""  # an empty reason is one that is missing
    options: Any = {"force": asked, "challenger": challenger, "rescore": rescore}
    fix, code = "", 0
    try:
        verdict = decide(open_store(store), name, run, candidate, margin, **options)
    except GateError as exc:
        verdict, fix, code = exc.verdict, exc.fix, exc.exit_code
    print_json(verdict.as_dict()) if json else show(promotion(verdict.as_dict()))
    if code:
        typer.echo(f"try: {fix}", err=True)
        raise typer.Exit(code)
    if verdict.changed:
        flag = open_store(store).flag
        typer.echo(f"next: synthlab generate {quote(verdict.ref)} -n 1000 -o rows{flag}", err=True)
