"""``--help`` must be instant: a fresh interpreter shows which modules it really loads."""

from __future__ import annotations

import subprocess
import sys

HEAVY = ["mlflow", "dspy", "sklearn", "pandas", "numpy", "litellm", "openai", "anthropic"]
HEAVY += ["pydantic", "matplotlib", "optuna"]


def fresh(code: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    return done.stdout


def test_help_loads_none_of_the_heavy_libraries():
    code = (
        "import sys, synthlab.cli\n"
        "try: synthlab.cli.app(['--help'])\n"
        "except SystemExit: pass\n"
        f"print('LOADED', [m for m in {HEAVY!r} if m in sys.modules])"
    )
    out = fresh(code)
    assert "Usage" in out
    assert "LOADED []" in out


def test_importing_the_package_loads_none_of_them_either():
    code = f"import sys, synthlab; print([m for m in {HEAVY!r} if m in sys.modules])"
    assert fresh(code).strip() == "[]"


def test_commands_that_only_look_load_no_lm_classifier_figure_or_mlflow():
    heavy = ["mlflow", "sqlalchemy", "pandas", "dspy", "sklearn", "matplotlib"]
    heavy += ["scipy.stats", "scipy.optimize"]
    code = (
        "import sys, synthlab.workflow.looking, synthlab.workflow.compare\n"
        "import synthlab.workflow.reporting, synthlab.report.finals, synthlab.report.pairs\n"
        f"print([m for m in {heavy!r} if m in sys.modules])"
    )
    assert fresh(code).strip() == "[]"
