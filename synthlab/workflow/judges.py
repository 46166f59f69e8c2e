"""The ``scoring`` section -> the classifier that judges candidates, and those beside it."""

from __future__ import annotations

from typing import Any

from synthlab.config.dotted import Path
from synthlab.config.load import Loaded
from synthlab.config.models import ScoringConfig
from synthlab.config.uses import UseConfig
from synthlab.scoring.models import build, check_fit
from synthlab.workflow.uses import caught


def make_model(loaded: Loaded, labels: tuple[str, ...]) -> Any:
    """The classifier; None where ``loaded.problems`` says why."""
    return _checked(loaded, loaded.config.scoring, ("scoring",), labels)


def make_others(loaded: Loaded, labels: tuple[str, ...]) -> dict[str, Any]:
    """The classifiers of ``scoring.also`` by name; what is wrong goes to ``loaded.problems``."""
    scoring = loaded.config.scoring
    found: dict[str, Any] = {}
    for place, section in enumerate(families(scoring)):
        path: Path = ("scoring", "also", place)
        name = family_name(section)
        if name in found or name == family_name(scoring):
            loaded.problems.add(path, f"'{name}' is there already", "list each family once")
            continue
        found[name] = _checked(loaded, section, path, labels)
    return found


def families(scoring: ScoringConfig) -> tuple[UseConfig, ...]:
    """What ``also`` lists, or a family that looks at the same texts in another way."""
    if scoring.also is not None:
        return scoring.also
    return (UseConfig(use="tfidf-logreg" if scoring.use.startswith("lsa-") else "lsa-logreg"),)


def family_name(section: UseConfig) -> str:
    """The name, with parameters where there are any: ``lsa-knn(k=5)``."""
    given = ", ".join(f"{key}={value}" for key, value in sorted(section.params.items()))
    return f"{section.use}({given})" if given else section.use


def _checked(loaded: Loaded, section: UseConfig, path: Path, labels: tuple[str, ...]) -> Any:
    rows = min(variant.config.budget.rows_per_class for variant in loaded.variants)
    where = (*path, "with") if section.params else (*path, "use")
    model = caught(loaded.problems, path, lambda: build(section.use, section.params))
    if model is not None:
        caught(loaded.problems, where, lambda: check_fit(model, labels, rows))
    return model
