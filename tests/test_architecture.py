"""Arrows point down; what is public is what is promised."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import synthlab

ROOT = Path(__file__).parent.parent
SOURCES = sorted((ROOT / "synthlab").rglob("*.py"))


def test_imports_only_point_down():
    linter = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run(
        [linter, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


def test_every_public_name_resolves():
    assert len(synthlab.__all__) <= 15
    for name in synthlab.__all__:
        assert getattr(synthlab, name) is not None


def test_every_short_name_resolves_to_a_class_or_factory():
    from synthlab.registry import TABLE, resolve

    for kind, names in TABLE.items():
        for name in names:
            assert callable(resolve(kind, name)), (kind, name)


def test_every_module_says_what_it_is():
    for path in SOURCES:
        if path.stat().st_size:
            assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))), path


def test_no_file_and_no_function_outgrows_its_idea():
    for path in SOURCES:
        text = path.read_text(encoding="utf-8")
        assert text.count("\n") <= 300, path
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef) and node.end_lineno:
                assert node.end_lineno - node.lineno <= 60, (path, node.name)
