"""Average precision: the area under the precision-recall curve, which judges rare classes."""

from __future__ import annotations

from collections.abc import Mapping
from statistics import fmean
from typing import Any

from numpy.typing import NDArray
from sklearn.metrics import average_precision_score

from synthlab.outcomes import ClassScore


def average_precision(true: NDArray[Any], score: NDArray[Any]) -> float | None:
    """Scikit-learn's ``average_precision_score``; a coin has the share of the class, not 0.5.

    Args:
        true: shape (rows,), bool: whether a row is of the class.
        score: shape (rows,): the higher, the more the model takes it to be.

    Returns:
        0..1; None where no row is of the class.
    """
    return float(average_precision_score(true, score)) if true.any() else None


def uneven(per_class: Mapping[str, ClassScore], rarest: str) -> dict[str, float | None]:
    """What judges a classifier of uneven classes, by metric name.

    ``bal_acc`` is balanced accuracy, the mean recall of the classes that have real rows; ``pr_auc``
    the mean of their average precision; ``rare_recall`` and ``rare_pr_auc`` are the rarest class's.

    Args:
        per_class: scores by label.
        rarest: the class with the fewest real rows to train on; empty where that is not known.
    """
    there = {label: item for label, item in per_class.items() if item.support}
    areas = [item.pr_auc for item in there.values() if item.pr_auc is not None]
    rare = there.get(rarest)
    return {
        "bal_acc": fmean(item.recall for item in there.values()) if there else None,
        "pr_auc": fmean(areas) if areas else None,
        "rare_recall": rare.recall if rare else None,
        "rare_pr_auc": rare.pr_auc if rare else None,
    }
