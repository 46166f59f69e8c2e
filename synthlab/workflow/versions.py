"""Which installed packages are not what this package asks for, by its own metadata."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Sequence
from importlib import metadata

from packaging.requirements import Requirement

DISTRIBUTION = "synthlab-framework"


def required(extra: str = "") -> list[Requirement]:
    """What is needed, or what ``extra`` needs on top of it, on this machine.

    Raises:
        PackageNotFoundError: this package itself is not installed.
    """
    found = []
    for text in metadata.requires(DISTRIBUTION) or []:
        need = Requirement(text)
        always = need.marker is None or need.marker.evaluate({"extra": ""})
        wanted = need.marker is None or need.marker.evaluate({"extra": extra})
        if wanted and always == (not extra):
            found.append(need)
    return found


def unmet(needs: Sequence[Requirement]) -> dict[str, str]:
    """The requirements that are not met, each with what is there in its place."""
    found = {}
    for need in needs:
        there = installed(need.name)
        if there is None:
            found[_pip(need)] = f"{need.name} is not installed"
        elif not need.specifier.contains(there, prereleases=True):
            found[_pip(need)] = f"{need.name} {there} is installed, {need.specifier} is needed"
    return found


def installed(name: str) -> str | None:
    """The version of a package; None when it is not there."""
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def pip(needs: Sequence[str]) -> str:
    """The command that installs ``needs`` for this interpreter."""
    return shlex.join([sys.executable, "-m", "pip", "install", *needs])


def _pip(need: Requirement) -> str:
    extras = f"[{','.join(sorted(need.extras))}]" if need.extras else ""
    return f"{need.name}{extras}{need.specifier}"


def made_with() -> dict[str, str]:
    """Versions that a result depends on, by name."""
    named = ("dspy", "scikit-learn", "numpy", "scipy", "mlflow", "xllamacpp", "openai", "anthropic")
    known = {"synthlab": installed(DISTRIBUTION), "python": sys.version.split()[0]}
    known |= {name: installed(name) for name in named}
    return {name: version for name, version in known.items() if version is not None}
