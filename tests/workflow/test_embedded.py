"""The promise behind `promote`: the generator goes on writing rows as good as those it won with."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from synthlab.records import Row
from synthlab.tracking.registry import load_program
from synthlab.workflow.bulk import generate
from synthlab.workflow.lab import compile_file, open_store, run_file
from synthlab.workflow.promote import promote

NEWS = """\
name: news
task:
  use: bbc-news
  document: news article
  names: {sports: sport, tech: technology}
  split: {dev: 400, test: 400}
lm: {model: embedded/smollm2-135m-instruct, max_tokens: 72, concurrency: 16, context: 640}
generator: {use: few_shot, with: {shots: 2, pool: 5}}
scoring: {real_sizes: [5], draws: 2}
budget: {rows_per_class: 20}
"""

# Four generations with other seeds scored 0.773, 0.782, 0.796 and 0.813: their differences have a
# standard deviation of 0.025, and this is three of it.
NOISE = 0.075


@pytest.mark.slow
def test_new_rows_of_the_embedded_model_train_as_good_a_classifier(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "news.yaml").write_text(NEWS, encoding="utf-8")
    run_file(Path("news.yaml"))
    store = open_store()
    verdict = promote(store, "news")
    _, program = load_program(store, "news")
    made = generate(program, 100, tmp_path / "new", "jsonl", seed=1)
    rows = [
        Row(item.id, {"text": item.text}, item.label)
        for item in pd.read_json(made.files[0], lines=True).itertuples()
    ]
    plan = compile_file(Path("news.yaml"))
    assert plan.scorer.score(rows, plan.splits.dev).f1 == pytest.approx(verdict.f1, abs=NOISE)
