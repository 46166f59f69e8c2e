"""What came out, and how sure it is: ``compare``, ``score`` and ``power``."""

from pathlib import Path
from typing import Annotated, Optional

import typer

from synthlab.options import Json, Most, Set, Uri, print_json, quick, say, screenful, show


@quick
def compare(
    name: Annotated[
        str,
        typer.Argument(help="An experiment, a run's id, or RUN:CANDIDATE.", metavar="NAME"),
    ],
    other: Annotated[
        Optional[str],  # noqa: UP045
        typer.Argument(help="What NAME is compared with; :CANDIDATE of the same run.", metavar="B"),
    ] = None,
    most: Most = None,
    panel: Annotated[
        bool, typer.Option("--panel", help="Also show all that was measured of the rows.")
    ] = False,
    store: Uri = None,
    json: Json = False,
) -> None:
    """Show the leaderboard of NAME's latest run, or the paired difference of two."""
    from synthlab.workflow.looking import board, open_store

    if other is None:
        from synthlab.report.finals import whole
        from synthlab.report.panel import SIDES
        from synthlab.report.shown import cut
        from synthlab.report.verdict import verdict

        if json:
            found = board(open_store(store), name, (most or None) if panel else 0)
            print_json({**found, "candidates": found["candidates"][: most or None]})
            return
        found = board(open_store(store), name, SIDES if panel else 0)
        show(whole(cut(found, screenful(most))))
        say(verdict(found))
        return
    from synthlab.report.pairs import pair
    from synthlab.workflow.compare import compare as look

    found = look(open_store(store), name, other)
    print_json(found) if json else show(pair(found, panel))


RowSets = Annotated[
    list[str],
    typer.Argument(
        help="Synthetic rows: csv, tsv, jsonl or parquet, or a folder of `generate`; "
        "NAME=FILE puts one into a set.",
        metavar="ROWS...",
    ),
]
Weight = Annotated[
    Optional[str],  # noqa: UP045
    typer.Option(help="Column of what rows count; else 'weight', if there. '' for none."),
]
RowsPerClass = Annotated[
    Optional[int],  # noqa: UP045
    typer.Option(
        "--rows",
        min=0,
        help="Rows a class of every set; 0: all. Else what all have, 20,000 rows at most.",
    ),
]


def score(
    rows: RowSets,
    real_test: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option(help="Real rows to judge on."),
    ] = None,
    real_train: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option(help="Real rows that may be trained on."),
    ] = None,
    task: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option(help="A run's YAML: its classifiers and sealed test rows judge."),
    ] = None,
    text: Annotated[str, typer.Option(help="Column of the texts.")] = "text",
    label: Annotated[str, typer.Option(help="Column of the classes.")] = "label",
    generation: Annotated[
        str, typer.Option(help="Column that tells the generations in a file apart.")
    ] = "",
    weight: Weight = None,
    per_class: RowsPerClass = None,
    model: Annotated[str, typer.Option(help="The classifier, without --task.")] = "tfidf-logreg",
    panel: Annotated[
        bool, typer.Option("--panel", help="Also measure the rows, as --task's config says.")
    ] = False,
    store: Uri = None,
    json: Json = False,
) -> None:
    """Score files of rows from anywhere on real rows, and compare them.

    Generations of one set are told by their names (direct-seed1.csv, direct-seed2.csv; also gen,
    run, -s1, -g1, -r1), by direct=a.csv direct=b.csv, or by the column of --generation. Other files
    are sets of their own, and a folder with all its files is one. Sets are cut to equal rows a
    class.
    """
    from synthlab.report.progress import Live
    from synthlab.report.scores import scores
    from synthlab.workflow.lab import ROOT
    from synthlab.workflow.places import place
    from synthlab.workflow.rowfiles import Reading
    from synthlab.workflow.score import Asked
    from synthlab.workflow.score import score as judge

    reading = Reading(text=text, label=label, generation=generation, weight=weight)
    asked = Asked(tuple(rows), reading, real_test, real_train, task, per_class, model, panel)
    with Live() as live, place(ROOT, store, progress=live) as there:
        found = judge(asked, there.store, live)
    print_json(found) if json else show(scores(found))


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
