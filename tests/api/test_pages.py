"""The page on Python and the notebook say what really runs."""

from __future__ import annotations

import importlib.util
import json
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "synthlab" / "docs" / "python.md"
FOLDER = ROOT / "experiments" / "notebook"


def executor():
    spec = importlib.util.spec_from_file_location("execute", FOLDER / "execute.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def outputs(cells):
    return [output for cell in cells for output in cell.get("outputs", ())]


def test_the_examples_of_the_page_run_one_after_the_other(finished, capsys):
    blocks = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.S)
    space: dict = {}
    for block in blocks:
        exec(compile(block, str(PAGE), "exec"), space)
    assert len(blocks) > 5
    assert "did you mean 'bbc-news'" in capsys.readouterr().out
    assert len(space["rows"]) == 30


def test_the_columns_of_the_page_are_those_of_the_tables(finished):
    import synthlab as sl

    run = sl.open_run("bbc-news")
    said = re.findall(
        r"^\| `run\.(\w+)` \|.*\| `([^`]+)` \|$", PAGE.read_text(encoding="utf-8"), re.M
    )
    assert len(said) == 10
    for name, columns in said:
        assert getattr(run, name).columns.tolist() == columns.split(), name


def test_the_cells_of_the_notebook_run(finished):
    notebook = json.loads((FOLDER / "bbc-news.ipynb").read_text(encoding="utf-8"))
    done = executor().execute(notebook["cells"])
    kinds = [output["output_type"] for output in outputs(done)]
    assert kinds == [output["output_type"] for output in outputs(notebook["cells"])]


def test_the_notebook_is_kept_with_outputs_and_names_no_machine():
    text = (FOLDER / "bbc-news.ipynb").read_text(encoding="utf-8")
    cells = json.loads(text)["cells"]
    code = [cell for cell in cells if cell["cell_type"] == "code"]
    assert all(cell["execution_count"] for cell in code)
    assert "macro-F1 on sealed test rows" in text
    assert not re.search(r"/(home|tmp|root|work|Users)/|localhost|127\.0\.0\.1", text)
