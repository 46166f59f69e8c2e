"""A ``use:`` section -> the class that it names and its checked parameters.

Mistakes are collected with their place, so that one does not hide the others.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from synthlab.config.dotted import Path
from synthlab.config.problems import Problems
from synthlab.config.uses import UseConfig
from synthlab.errors import SynthlabError
from synthlab.registry import resolve, source_of

Found = TypeVar("Found")
Place = Callable[[Path], Path]


class _NoParams(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


@dataclass(frozen=True)
class Used:
    """A plug-in of the run.

    Attributes:
        ref: how the config names it.
        made: the class, or a factory.
        params: its checked parameters.
        source: the text of its file; None if it was not named by a file.
    """

    ref: str
    made: Any
    params: Any
    source: str | None

    @property
    def identity(self) -> dict[str, Any]:
        """Plain data on which what it does depends: code and parameters."""
        where, name = self.source, self.ref.rpartition(":")[2]
        if where is None:
            where = getattr(self.made, "__module__", "")
            name = getattr(self.made, "__qualname__", self.ref)
        return {"code": [where, name], "params": self.params.model_dump(mode="json")}

    @property
    def learns(self) -> bool:
        """Whether it is a curation step that learns from the real rows (``Lasting``)."""
        return hasattr(self.made, "dump_state") and hasattr(self.made, "from_state")

    @property
    def weighs(self) -> bool:
        """Whether it is a curation step that gives rows weights (``Weighing``)."""
        if not hasattr(self.made, "weigh"):
            return False
        return bool(self.made.weighs(self.params)) if hasattr(self.made, "weighs") else True


def params_model(made: Any) -> type[BaseModel]:
    """The nested ``Params`` of a class, or one without fields."""
    return getattr(made, "Params", _NoParams)


def used(
    kind: str, section: UseConfig, path: Path, problems: Problems, place: Place
) -> Used | None:
    """The class and parameters of ``section``; None where ``problems`` says why.

    Args:
        kind: of the registry.
        section: as the config has it.
        path: of the section in the resolved config.
        problems: gets what is wrong.
        place: says where in the file a path was written.
    """
    try:
        source = source_of(kind, section.use)
        made = resolve(kind, section.use, source)
        model = params_model(made)
        return Used(section.use, made, model(**section.params), source)
    except ValidationError as exc:
        problems.add_validation(exc, model, lambda loc: place((*path, "with", *loc)))
    except SynthlabError as exc:
        problems.add(place((*path, "use")), exc.what, exc.fix)
    except Exception as exc:  # a user's validator may raise anything
        problems.add(place((*path, "with")), f"{type(exc).__name__}: {exc}")
    return None


def caught(problems: Problems, path: Path, call: Callable[[], Found]) -> Found | None:
    """What ``call`` gives; None when it raised, which is a problem at ``path``."""
    try:
        return call()
    except SynthlabError as exc:
        problems.add(path, exc.what, exc.fix)
    except Exception as exc:
        problems.add(path, f"{type(exc).__name__}: {exc}")
    return None
