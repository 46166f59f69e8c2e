"""The command line: which commands there are, in the order of ``--help``, and how they end.

Results go to stdout, progress to stderr. Exit codes: 0 fine, 1 the run failed or a gate refused,
2 the user can fix it, 130 Ctrl-C after saving what there is. Only typer, pathlib and typing are
imported when this module loads, so that ``--help`` is instant.
"""

from typing import Annotated, Any

import typer

from synthlab.commands import delivering, generating, judging, looking, running, sending

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


def _version(asked: bool) -> None:
    """Print the version, and end."""
    if asked:
        from importlib import metadata

        try:
            typer.echo(f"synthlab {metadata.version('synthlab-framework')}")
        except metadata.PackageNotFoundError:
            typer.echo("synthlab, run from a source folder: it has no version")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version and exit.", callback=_version)
    ] = False,
    debug: Annotated[
        bool, typer.Option("--debug", help="Raise errors with their traceback.")
    ] = False,
) -> None:
    """What holds for every command."""
    import os

    if debug:
        os.environ[DEBUG] = "1"


COMMANDS: dict[str, Any] = {
    "run": running.run,
    "validate": running.validate,
    "estimate": running.estimate,
    "power": judging.power,
    "compare": judging.compare,
    "score": judging.score,
    "promote": delivering.promote,
    "generate": generating.generate,
    "sync": sending.sync,
    "list": looking.list_,
    "calls": looking.calls,
    "report": looking.report,
    "audit": looking.audit,
    "ui": looking.ui,
    "doctor": looking.doctor,
}
for _name, _command in COMMANDS.items():
    app.command(_name)(_command)


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
        typer.echo("interrupted: what was finished is saved; the same command goes on", err=True)
        # Threads may sit in calls that last as long as their timeout; nothing is left to save.
        os._exit(code)
    raise SystemExit(code)


if __name__ == "__main__":
    main()
