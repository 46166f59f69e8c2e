"""Run the code cells of ``bbc-news.ipynb`` and write their outputs into it; Jupyter is not needed.

python experiments/notebook/execute.py [NOTEBOOK]
"""

from __future__ import annotations

import ast
import contextlib
import io
import json
import sys
from pathlib import Path
from typing import Any

NOTEBOOK = Path(__file__).with_name("bbc-news.ipynb")


def execute(cells: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The same cells with outputs, as a kernel would give them.

    An error in a cell is raised.
    """
    space: dict[str, Any] = {"__name__": "__main__"}
    done, count = [], 0
    for cell in cells:
        if cell["cell_type"] == "code":
            count += 1
            outputs = _outputs("".join(cell["source"]), space, count)
            cell = {**cell, "execution_count": count, "outputs": outputs}
        done.append(cell)
    return done


def _outputs(source: str, space: dict[str, Any], count: int) -> list[dict[str, Any]]:
    tree, printed = ast.parse(source), io.StringIO()
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    with contextlib.redirect_stdout(printed):
        exec(compile(tree, "<cell>", "exec"), space)
        value = eval(compile(ast.Expression(last.value), "<cell>", "eval"), space) if last else None
    outputs: list[dict[str, Any]] = []
    if said := printed.getvalue():
        outputs.append({"output_type": "stream", "name": "stdout", "text": _lines(said)})
    if value is not None:
        data = {"text/plain": _lines(repr(value))}
        if hasattr(value, "_repr_html_"):
            data = {"text/html": _lines(value._repr_html_()), **data}
        outputs.append(
            {
                "output_type": "execute_result",
                "execution_count": count,
                "metadata": {},
                "data": data,
            }
        )
    return outputs


def _lines(text: str) -> list[str]:
    return text.splitlines(keepends=True)


def main() -> None:
    """Execute the notebook in place."""
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else NOTEBOOK
    notebook = json.loads(path.read_text(encoding="utf-8"))
    notebook["cells"] = execute(notebook["cells"])
    text = json.dumps(notebook, indent=1, ensure_ascii=False)
    path.write_text(f"{text}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
