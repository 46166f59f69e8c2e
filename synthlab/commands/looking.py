"""Looking around: ``list``, ``calls``, ``report``, ``audit``, ``ui`` and ``doctor``."""

from pathlib import Path
from typing import Annotated, Optional

import typer

from synthlab.options import Json, Uri, print_json, quick, screenful, show


@quick
def list_(
    plugins: Annotated[bool, typer.Option("--plugins", help="The names a YAML may use.")] = False,
    most: Annotated[
        Optional[int],  # noqa: UP045
        typer.Option("-n", min=0, help="Newest runs shown; 0: all. In a terminal, 20 if left out."),
    ] = None,
    store: Uri = None,
    json: Json = False,
) -> None:
    """List the runs and their winners, or the names that a YAML may use."""
    from synthlab.registry import TABLE
    from synthlab.report import tables

    if plugins:
        print_json(TABLE) if json else show(tables.plugins(TABLE))
        return
    from synthlab.tracking.read import list_runs
    from synthlab.workflow.looking import open_store

    place = open_store(store)
    found = list_runs(place)
    most = screenful(most)
    shown = found[:most] if most else found
    print_json(shown) if json else show(tables.runs(found, most, place.flag))


@quick
def calls(
    name: Annotated[
        str, typer.Argument(help="An experiment or a run's id; else all.", metavar="NAME")
    ] = "",
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
    print_json(sums) if json else show(view(sums, groups, names))


def ui(
    port: Annotated[int, typer.Option(help="Port on this machine.")] = 5000,
    store: Uri = None,
) -> None:
    """Open the MLflow UI on this store, with the candidates' view as the start page."""
    from synthlab.workflow.looking import serve_ui

    server, pages = serve_ui(store, port)
    for title, url in pages:
        typer.echo(f"{title}: {url}")
    typer.echo("Ctrl-C ends it.")
    raise typer.Exit(server.wait())


def doctor(store: Uri = None, json: Json = False) -> None:
    """Say what is missing on this machine, and the command that mends it."""
    from synthlab.report.tables import checks
    from synthlab.workflow.doctor import doctor as look

    found = look(store)
    print_json(found) if json else show(checks(found))
    if any(item["state"] == "bad" for item in found):
        raise typer.Exit(2)


@quick
def report(
    name: Annotated[str, typer.Argument(help="An experiment or a run's id.", metavar="NAME")],
    out: Annotated[Path, typer.Option("-o", "--out", help="The HTML file to write.")],
    log: Annotated[
        bool, typer.Option("--log", help="Keep it with the run too, as report.html.")
    ] = False,
    store: Uri = None,
    json: Json = False,
) -> None:
    """Write one HTML page that explains a run, from what it logged."""
    from synthlab.workflow.looking import open_store
    from synthlab.workflow.reporting import write_report

    made = write_report(open_store(store), name, out, log)
    print_json(made.as_dict()) if json else typer.echo(made.said)


@quick
def audit(
    name: Annotated[str, typer.Argument(help="An experiment or a run's id.", metavar="NAME")],
    out: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option("-o", "--out", help="The HTML file to write."),
    ] = None,
    store: Uri = None,
    json: Json = False,
) -> None:
    """Write one HTML page on groups of people: quotas and parity."""
    from synthlab.workflow.audit import audit as read
    from synthlab.workflow.audit import write_audit
    from synthlab.workflow.looking import open_store

    place = open_store(store)
    if json or out is None:
        print_json(read(place, name))
    if out is not None:
        typer.echo(write_audit(place, name, out), err=json)
