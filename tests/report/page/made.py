"""A small run, by hand: what a store could have logged."""

import numpy as np

from synthlab.report.page.material import Calls, Material, Prompt, Sample, Step

LABELS = ("refund", "delivery")


def entry(name, f1, generator="attributes", **more):
    return {
        "name": name,
        "generator": generator,
        "lm": "fake/words",
        "f1": f1,
        "f1_aug": None,
        "accuracy": f1,
        "rows": 12,
        "dropped": 2,
        "rows_per_class": 6,
        "short": {},
        "out": "",
        "curve": [[3, f1 / 2], [6, f1]],
        "cost_usd": 0.0,
        "tokens": 480,
        "seconds": 1.0,
        "run_id": "c" * 32,
        "per_class": {label: {} for label in LABELS},
        **more,
    }


def board(candidates, **more):
    """As a run of an early version logged it: no ending, no parents, no pool."""
    return {
        "name": "tickets",
        "run_id": "a" * 32,
        "status": "FINISHED",
        "stopped": "",
        "paid_usd": 0.0,
        "paid_calls": 30,
        "estimated": {"est_calls": 40.0},
        "candidates": candidates,
        "failed": [],
        "baselines": [],
        "winner": candidates[0]["name"] if candidates else "",
        "finals": None,
        "digests": {"dev": "d" * 16},
        **more,
    }


def calls(of, right):
    true = np.array([0, 0, 0, 1, 1, 1], dtype=np.int16)
    called = true.copy()
    called[right:] = 1 - called[right:]
    return Calls(of, "dev", LABELS, true, called[None, :])


def material(**more):
    prompts = [
        Prompt("direct", "direct", {"row": "Write a {document}."}, {}, {"LM": "fake/words"}),
        Prompt("attributes", "attributes", {"row": "Write a {document} about {topic}."}),
    ]
    given = {
        "board": board([entry("attributes", 0.9), entry("direct", 0.6, "direct")]),
        "params": {"test_rows": "24", "dev_rows": "24", "task": "table", "seed": "0"},
        "metrics": {"calls": 30.0, "paid_calls": 30.0, "tokens_in": 700.0, "seconds": 2.0},
        "started": 1_795_000_000.0,
        "ended": 1_795_000_010.0,
        "config": "name: tickets\n",
        "before": calls("direct", 3),
        "after": calls("attributes", 5),
        "steps": (Step(*prompts, "", None),),
        "prompt": prompts[1],
        "kept": [Sample(f"id{n}", LABELS[n % 2], f"row {n}", 0.8, 0.0) for n in range(6)],
    }
    return Material(**{**given, **more})
