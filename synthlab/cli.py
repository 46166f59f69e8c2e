"""The command line: flags in, one call into the workflow, results out.

Results go to stdout, progress to stderr. Exit codes: 0 fine, 1 the run failed or a gate refused,
2 the user can fix it, 130 Ctrl-C after saving what there is. Only typer, pathlib and typing are
imported when this module loads, so that ``--help`` is instant.
"""

from pathlib import Path
from typing import Annotated, Any, Optional

import typer

app = typer.Typer(
    name="synthlab",
    help="Prompt sweeps for synthetic training rows, scored by a classifier on a real holdout.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

INTERRUPTED = 130
DEBUG = "SYNTHLAB_DEBUG"

Config = Annotated[Path, typer.Argument(help="The YAML of the run.", metavar="CONFIG")]
Name = Annotated[str, typer.Argument(help="An experiment's name, or a run's id.", metavar="NAME")]
Set = Annotated[
    Optional[list[str]],  # noqa: UP045 - typer reads it at run time
    typer.Option("--set", help="Override a key: --set budget.rows_per_class=10.", metavar="A.B=C"),
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
Cap = Annotated[
    Optional[float],  # noqa: UP045
    typer.Option(min=0, help="The most it may take, as in a config's budget."),
]
Uri = Annotated[
    Optional[str],  # noqa: UP045
    typer.Option("--store", help="An MLflow tracking URI; ./mlruns when left out."),
]


@app.callback()
def options(
    debug: Annotated[
        bool, typer.Option("--debug", help="Raise errors with their traceback.")
    ] = False,
) -> None:
    """What holds for every command."""
    import os

    if debug:
        os.environ[DEBUG] = "1"


@app.command()
def run(config: Config, set_: Set = None, json: Json = False) -> None:
    """Generate, train, score and log every candidate of CONFIG, and name a winner."""
    from synthlab.report.progress import Live
    from synthlab.report.words import describe, ending
    from synthlab.workflow.lab import run_file

    with Live() as live:
        result, board = run_file(config, set_ or (), live)
    if json:
        _json(board)
    else:
        _board(board)
        typer.echo(f"{describe(result)}\n\n{ending(result)}")
    if result.stopped:
        typer.echo(f"\n{result.stopped}", err=True)
        raise typer.Exit(2)


@app.command()
def validate(config: Config, set_: Set = None, json: Json = False) -> None:
    """Check CONFIG as far as it can be checked without an LM call."""
    from synthlab.report.plans import plan_text
    from synthlab.workflow.lab import compile_file

    view = compile_file(config, set_ or ()).overview()
    _json(view) if json else typer.echo(plan_text(view))


@app.command("list")
def list_(
    plugins: Annotated[bool, typer.Option("--plugins", help="The names a YAML may use.")] = False,
    store: Uri = None,
    json: Json = False,
) -> None:
    """List the runs and their winners, or the names that a YAML may use."""
    from synthlab.registry import TABLE
    from synthlab.report import tables

    if plugins:
        _json(TABLE) if json else _show(tables.plugins(TABLE))
        return
    from synthlab.tracking.read import list_runs
    from synthlab.workflow.lab import open_store

    found = list_runs(open_store(store))
    _json(found) if json else _show(tables.runs(found))


@app.command()
def doctor(store: Uri = None, json: Json = False) -> None:
    """Say what is missing on this machine, and the command that mends it."""
    from synthlab.report.tables import checks
    from synthlab.workflow.doctor import doctor as look

    found = look(store)
    _json(found) if json else _show(checks(found))
    if any(item["state"] == "bad" for item in found):
        raise typer.Exit(2)


@app.command()
def compare(name: Name, store: Uri = None, json: Json = False) -> None:
    """Show the leaderboard of NAME's latest run, with costs and baselines."""
    from synthlab.workflow.lab import board, open_store

    found = board(open_store(store), name)
    _json(found) if json else _board(found)


@app.command()
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
        _json(verdict.as_dict())
    elif verdict.changed:
        typer.echo(f"promoted {verdict.candidate} to {verdict.ref} (version {verdict.version})")
        typer.echo(f"gate: {verdict.reason}")
    else:
        typer.echo(verdict.reason)


@app.command()
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
        _json({"ref": ref, "version": version.version, "rows": made.rows, "files": files})
    else:
        typer.echo(delivered(f"{ref} (version {version.version})", made.rows, made.folder, files))
    if made.stopped:
        typer.echo(f"\n{made.stopped}", err=True)
        raise typer.Exit(2)


@app.command()
def calls(
    name: Annotated[str, typer.Argument(help="An experiment or a run's id; else all.")] = "",
    by: Annotated[
        str, typer.Option(help="Columns to group by: run, model, purpose, state, backend.")
    ] = "run,model,purpose",
    export: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option(help="Write every call to this .jsonl, .csv or .parquet file."),
    ] = None,
    journal: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(help="A journal's database URL; the store's own when left out."),
    ] = None,
    store: Uri = None,
    json: Json = False,
) -> None:
    """Sum the LM calls by run, model and purpose, or export them."""
    from synthlab.report.calls import calls as view
    from synthlab.workflow.callfile import export_calls
    from synthlab.workflow.lab import calls_of, open_store

    found, names = calls_of(open_store(store), name, journal)
    if export is not None:
        typer.echo(f"{export_calls(found, export):,} calls in {export}")
        return
    groups = [part.strip() for part in by.split(",") if part.strip()]
    sums = found.sums(groups)
    _json(sums) if json else _show(view(sums, groups, names))


@app.command()
def ui(
    port: Annotated[int, typer.Option(help="Port on this machine.")] = 5000,
    store: Uri = None,
) -> None:
    """Open the MLflow UI on this store, with the candidates' view as the start page."""
    from synthlab.workflow.lab import serve_ui

    server, pages = serve_ui(store, port)
    for title, url in pages:
        typer.echo(f"{title}: {url}")
    typer.echo("Ctrl-C ends it.")
    raise typer.Exit(server.wait())


@app.command()
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
    _json(view) if json else _show(estimate_view(view))


def main() -> None:
    """The ``synthlab`` command: runs ``app`` and turns errors into messages and exit codes.

    With ``--debug`` or the environment variable SYNTHLAB_DEBUG, errors are raised with their
    traceback.
    """
    import os
    import sys

    from synthlab.errors import SynthlabError

    try:
        code = app(standalone_mode=False, prog_name="synthlab") or 0
    except SynthlabError as exc:
        if os.environ.get(DEBUG):
            raise
        typer.echo(f"error: {exc}", err=True)
        code = exc.exit_code
    except Exception as exc:
        if not hasattr(exc, "show"):
            raise
        exc.show()  # a mistake in the flags; typer's own class for it is private
        code = 2
    sys.stdout.flush()
    sys.stderr.flush()
    if code == INTERRUPTED:
        typer.echo("interrupted: what was finished is saved", err=True)
        # Threads may sit in calls that last as long as their timeout; nothing is left to save.
        os._exit(code)
    raise SystemExit(code)


def _json(value: Any) -> None:
    import json

    typer.echo(json.dumps(value, ensure_ascii=False, indent=2, default=str))


def _show(view: Any) -> None:
    from rich.console import Console

    console = Console()
    if not console.is_terminal:
        console.width = 160  # nobody folds a file
    console.print(view)


def _board(board: dict[str, Any]) -> None:
    from synthlab.report.tables import leaderboard

    _show(leaderboard(board))


if __name__ == "__main__":
    main()
