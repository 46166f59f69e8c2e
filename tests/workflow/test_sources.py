"""The code that a run was made with stays with it."""

from pathlib import Path

from synthlab.config.load import load
from synthlab.tracking.files import artifact_names
from synthlab.tracking.read import artifact_text
from synthlab.workflow.lab import open_store, run_file
from synthlab.workflow.sources import sources

GENERATOR = """\
from synthlab.generators.direct import Direct

class Mine(Direct):
    pass
"""
STEP = """\
from synthlab.curation.format import Format

class Mine(Format):
    pass
"""
OWN = [
    "curation=[format, steps/own.py:Mine]",
    "sweep={generator: [direct, own.py:Mine]}",
    "finals.mixture=false",
]


def test_files_of_own_classes_are_artifacts_as_they_were_when_it_ran(workplace, ready_stores):
    Path("own.py").write_text(GENERATOR)
    Path("steps").mkdir()
    Path("steps/own.py").write_text(STEP)
    result, _ = run_file(Path("tickets.yaml"), OWN)
    Path("own.py").write_text("changed since")
    store, folder = open_store(), workplace.name
    assert artifact_text(store, result.run_id, f"code/{folder}/own.py") == GENERATOR
    assert artifact_text(store, result.run_id, "code/steps/own.py") == STEP


def test_a_run_of_built_in_classes_keeps_no_code(workplace, ready_stores):
    result, _ = run_file(Path("tickets.yaml"), ["sweep={}", "generator=direct"])
    assert artifact_names(open_store(), result.run_id, "code") == []


def test_one_file_of_a_name_stands_under_its_name_alone(workplace):
    Path("steps").mkdir()
    Path("steps/own.py").write_text(STEP)
    nested = "sweep={generator: [{use: mixture, with: {parts: [direct, steps/own.py:Mine]}}]}"
    changed = [nested, "quality.parts=[nowhere.py:Gone]"]
    assert sources(load(Path("tickets.yaml"), changed).config) == {"code/own.py": STEP}
