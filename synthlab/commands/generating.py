"""``generate``: rows of a promoted generator in a folder, and whether they are still alike."""

from pathlib import Path
from typing import Annotated, Optional

import typer

from synthlab.options import Cap, Json, Uri, print_json

Out = Annotated[
    Path,
    typer.Option("-o", "--out", help="A new folder, or one to go on with: what it has is kept."),
]
PerClass = Annotated[
    Optional[list[str]],  # noqa: UP045 - typer reads it at run time
    typer.Option(
        "--per-class",
        help="LABEL=300, LABEL=30% (of -n), or one number for every class; may be repeated.",
        metavar="LABEL=N",
    ),
]
Count = Annotated[
    Optional[int],  # noqa: UP045
    typer.Option("-n", min=1, help="Rows in all, those that are there included; 100 at first."),
]
Seed = Annotated[
    Optional[int],  # noqa: UP045
    typer.Option(min=0, help="Another seed gives other rows; 0 when left out."),
]
Quota = Annotated[
    Optional[Path],  # noqa: UP045
    typer.Option(help="A YAML or JSON file of LABEL: rows, or LABEL: 30%."),
]


def generate(
    ref: Annotated[str, typer.Argument(help="NAME@champion, or NAME@3.", metavar="NAME@ALIAS")],
    count: Count = None,
    out: Out = Path("out"),
    per_class: PerClass = None,
    quota: Quota = None,
    format_: Annotated[
        str, typer.Option("--format", help="parquet (the default) or jsonl; datasets loads both.")
    ] = "",
    seed: Seed = None,
    tries: Annotated[
        float, typer.Option(min=0, help="Requests allowed per row; as in the run when left out.")
    ] = 0,
    check: Annotated[
        bool, typer.Option("--check", help="Only compare a folder's rows with the promoted run's.")
    ] = False,
    usd: Cap = None,
    tokens: Cap = None,
    calls: Cap = None,
    minutes: Cap = None,
    store: Uri = None,
    json: Json = False,
) -> None:
    """Write rows from a promoted generator into a folder, with a card.

    The folder is a Hugging Face dataset. After a crash, a cap or Ctrl-C the same command goes on,
    and pays for no answer twice; a larger -n adds rows to a finished folder.
    """
    if check:
        return _check(ref, out, store, json)
    from synthlab.report.volume import Volume, as_json, delivered
    from synthlab.workflow.deliver import Wanted, deliver
    from synthlab.workflow.lab import open_store

    caps = {"usd": usd, "tokens": tokens, "calls": calls, "minutes": minutes}
    wanted = Wanted(out, count, per_class or (), quota, format_, seed, caps, tries)
    with Volume() as told:
        origin, made = deliver(open_store(store), ref, wanted, told)
    if json:
        print_json(as_json(origin, made))
    else:
        typer.echo(delivered(origin, made))
    for item in made.drift.concerns if made.drift else ():
        typer.echo(f"warning: drifted: {item.said}", err=True)
    if made.stopped:
        typer.echo(f"\n{made.stopped}", err=True)
        raise typer.Exit(2)
    return None


def _check(ref: str, out: Path, store: Uri, json: Json) -> None:
    from synthlab.options import show
    from synthlab.report.volume import drift_view
    from synthlab.workflow.deliver import check
    from synthlab.workflow.lab import open_store

    origin, found = check(open_store(store), ref, out)
    if json:
        print_json({"ref": origin.ref, "version": origin.version, **found.as_dict()})
    else:
        show(drift_view(origin, found))
    if found.concerns:
        raise typer.Exit(1)
