"""A promoted generator works without its files, and runs what was promoted and nothing else."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from synthlab.curation.base import Known
from synthlab.errors import ConfigError
from synthlab.lm.session import Session
from synthlab.tracking.registry import load_program
from synthlab.workflow.bulk import rows_for
from synthlab.workflow.lab import compile_file, open_store, run_file
from synthlab.workflow.program import dump_program, load_generator, load_settings, load_steps
from synthlab.workflow.promote import promote
from tests.workflow.test_compile import MINE, PLAIN, STEP

LEARNER = """\
class Longest:
    def __init__(self, params, real):
        self.longest = max(len(text) for text, _ in real.labelled)

    @classmethod
    def from_state(cls, params, real, state):
        made = cls.__new__(cls)
        made.longest = state["longest"]
        return made

    def dump_state(self):
        return {"longest": self.longest}

    def check(self, text, label):
        return "longer than real rows" if len(text) > self.longest else None

    def keep(self, text):
        pass
"""
TEXT = PLAIN + "generator: mine.py:Mine\ncuration: [length, {use: step.py:Short}]\n"
SENT = "Write a message about refund."


@pytest.fixture
def program(workplace):
    """Of a generator and a curation step in files of the user's own."""
    (workplace / "mine.txt").write_text("Write a message about {label}.")
    (workplace / "mine.py").write_text(MINE)
    (workplace / "step.py").write_text(STEP)
    (workplace / "x.yaml").write_text(TEXT)
    [member] = compile_file(Path("x.yaml"), ["lm.price={input: 1, output: 2}"]).members
    steps = [step.made(step.params, Known()) for step in member.steps]
    return json.loads(dump_program(member, member.make(), steps))


def sent(program) -> str:
    generator = load_generator(program, 1)
    with Session(load_settings(program)) as session, session.scope() as scope:
        generator(request=generator.plan("refund", 0, 1)[0])
    return scope.prompts[0]


def test_the_program_holds_the_source_and_its_sha256(program):
    assert program["source"]["text"] == MINE
    assert len(program["source"]["sha256"]) == 64
    assert [bool(step["source"]) for step in program["curation"]] == [False, True]


def test_a_generator_comes_back_when_its_files_are_gone(program, workplace):
    for name in ("mine.py", "mine.txt", "step.py"):
        (workplace / name).unlink()
    assert sent(program) == SENT
    assert type(load_generator(program, 1)).__name__ == "Mine"


def test_a_generator_comes_back_as_it_was_promoted_when_its_file_has_changed(program, workplace):
    (workplace / "mine.py").write_text("raise RuntimeError('edited')")
    assert sent(program) == SENT


def test_a_source_that_was_tampered_with_is_not_run(program, workplace):
    text = f"open('run', 'w').close()\n{MINE}"
    with pytest.raises(ConfigError, match="is not the one that was promoted"):
        load_generator({**program, "source": {**program["source"], "text": text}}, 1)
    assert not (workplace / "run").exists()


def test_curation_steps_come_back_with_their_parameters(program, workplace):
    (workplace / "step.py").unlink()
    length, short = load_steps(program, Known(("a real text",)))
    assert length.params.min_words == 5
    assert short.check("any text", "a") is None


def test_steps_of_a_program_from_before_they_had_a_state_come_back(program):
    old = [{k: v for k, v in step.items() if k != "state"} for step in program["curation"]]
    length, short = load_steps({**program, "format": 3, "curation": old}, Known())
    assert length.params.min_words == 5
    assert short.check("any text", "a") is None


def test_a_step_of_ones_own_that_learnt_from_real_rows_comes_back_from_its_state(workplace):
    (workplace / "learner.py").write_text(LEARNER)
    (workplace / "x.yaml").write_text(PLAIN + "curation: [learner.py:Longest]\n")
    plan = compile_file(Path("x.yaml"))
    [member] = plan.members
    steps = [step.made(step.params, plan.known) for step in member.steps]
    program = json.loads(dump_program(member, member.make(), steps))
    (workplace / "learner.py").unlink()
    [back] = load_steps(program, Known())
    assert back.longest == max(len(text) for text, _ in plan.known.labelled)


def test_lm_settings_come_back_as_they_were(program):
    [member] = compile_file(Path("x.yaml"), ["lm.price={input: 1, output: 2}"]).members
    assert load_settings(program) == member.lm


def test_a_program_without_sources_uses_the_file(program):
    old = {key: value for key, value in program.items() if key != "source"} | {"format": 1}
    assert sent(old) == SENT


def test_a_program_of_an_unknown_format_is_refused(program):
    with pytest.raises(ConfigError, match=r"format 99(.|\n)*promote the run again"):
        load_generator({**program, "format": 99}, 1)


def test_a_file_that_was_edited_is_read_again_in_the_same_process(program, workplace):
    (workplace / "mine.py").write_text(MINE + "\n\nclass Other(Mine):\n    pass\n")
    [member] = compile_file(Path("x.yaml"), ["generator.use=mine.py:Other"]).members
    assert member.candidate.generator == "mine.py:Other"


def test_a_promoted_generator_of_ones_own_needs_none_of_its_files(program, workplace):
    run_file(Path("x.yaml"), ["curation=[length]"])
    store = open_store()
    promote(store, "tickets")
    for name in ("mine.py", "mine.txt", "step.py", "rows.csv", "x.yaml"):
        (workplace / name).unlink()
    _, promoted = load_program(store, "tickets", "champion")
    rows = rows_for(promoted, [{"label": "refund", "count": 2}])
    assert [row["label"] for row in rows] == ["refund", "refund"]
