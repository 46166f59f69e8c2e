"""Every YAML in the repository compiles as it stands, and names the command that runs it."""

from __future__ import annotations

from pathlib import Path

import pytest

from synthlab.workflow.lab import compile_file

ROOT = Path(__file__).parent.parent
CONFIGS = sorted((ROOT / "configs").glob("*.yaml"))


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_config_compiles(path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(ROOT)
    for name in ("OPENAI_API_KEY", "ANTHROPIC_API_KEY"):
        monkeypatch.setenv(name, "only-its-presence-is-checked")
    plan = compile_file(path)
    assert plan.members
    assert all(member.prompts for member in plan.members)
    first = path.read_text(encoding="utf-8").splitlines()[0]
    assert first == f"# synthlab run {path.relative_to(ROOT)}"
