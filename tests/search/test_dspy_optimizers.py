"""DSPy's optimizers as searches: what they try, what they must not hide, and how they end."""

import sys
import threading

import pytest
from rich.console import Console

from synthlab.errors import (
    BudgetError,
    ConfigError,
    ContextError,
    EngineError,
    LeakError,
    SynthlabError,
    UnansweredError,
)
from synthlab.registry import resolve
from tests.search.jobs import LABELS, PLAIN, Jobs

BETTER = "Write a {document} about {label} =0.7"
BEST = "Write one {document} about {label} =0.9"
PARAMS = {
    "miprov2": {"candidates": 5, "trials": 12},
    "copro": {"breadth": 3, "depth": 2},
    "dspy-gepa": {"proposals": 4},
    "bootstrap": {"sets": 2},
}
PROPOSERS = ["miprov2", "copro", "dspy-gepa"]
every = pytest.mark.parametrize("name", PARAMS)
proposers = pytest.mark.parametrize("name", PROPOSERS)


def search(name, **params):
    made = resolve("search", name)
    return made(made.Params(**{**PARAMS[name], **params}))


def run(name, jobs, **params):
    """The search, its trials, and what it raised."""
    made, trials = search(name, **params), []
    try:
        for trial in made.run(jobs.start, jobs):
            trials.append(trial)
    except BaseException as exc:
        return made, trials, exc
    return made, trials, None


def marked(text):
    return f"[[ ## proposed_instruction ## ]]\n{text}\n[[ ## completed ## ]]"


class TestWhatIsTried:
    @proposers
    def test_each_proposal_is_a_candidate_and_the_best_one_is_found(self, name):
        jobs = Jobs(["Write =0.4", BETTER, BEST, "Write =0.3"])
        made, trials, error = run(name, jobs)
        assert error is None
        best = max(trials, key=lambda trial: trial.score.f1)
        assert best.candidate.texts["row"] == BEST
        assert best.candidate.parent == "direct"
        assert best.candidate.name.startswith(f"{name} ")
        assert best.candidate.why == f"rewritten by {name}"
        assert made.finish == "improved"
        assert f"{best.candidate.name} reaches 0.900, direct 0.500" in made.ending

    @every
    def test_nothing_is_run_twice_however_often_dspy_asks(self, name):
        jobs = Jobs([BETTER, BETTER, PLAIN, f"  {BETTER}\n", BEST])
        _, trials, _ = run(name, jobs)
        assert len(set(jobs.asked)) == len(jobs.asked) == len(trials)

    @every
    def test_the_same_seed_and_answers_give_the_same_candidates(self, name):
        def tried():
            jobs = Jobs(["Write =0.4", BETTER, BEST, "Write =0.3"])
            trials = run(name, jobs)[1]
            return jobs.asked, jobs.reflected, [trial.candidate for trial in trials]

        assert tried() == tried()

    @every
    def test_the_objective_runs_in_the_main_thread_where_ctrl_c_arrives(self, name):
        jobs, threads = Jobs([BETTER, BEST]), set()
        jobs.seen = lambda: threads.add(threading.current_thread())
        run(name, jobs)
        assert threads == {threading.main_thread()}

    def test_prompts_that_differ_in_a_prefix_alone_are_one_candidate(self):
        prefix = "[[ ## proposed_prefix_for_output_field ## ]]\n{}:"
        replies = [f"{marked(BETTER)}\n{prefix.format(word)}" for word in ("Text", "Mail", "Row")]
        jobs = Jobs(replies)
        made, trials, _ = run("copro", jobs, breadth=4, depth=1)
        assert [text for text, _ in jobs.asked] == [PLAIN, BETTER]
        assert len(trials) == 2
        assert "1 prompt tried" in made.ending

    @proposers
    def test_an_answer_in_dspys_format_or_as_json_is_read_as_a_plain_one_is(self, name):
        field = "new_instruction" if name == "dspy-gepa" else "proposed_instruction"
        as_json = f'{{"{field}": "{BEST}"}}'
        jobs = Jobs([marked(BETTER).replace("proposed_instruction", field), as_json, "x =0.1"])
        run(name, jobs, **({"candidates": 4, "trials": 30} if name == "miprov2" else {}))
        tried = {text for text, _ in jobs.asked}
        # MIPROv2 asks for a prompt and then puts the first one in its place.
        assert {BEST, *([] if name == "miprov2" else [BETTER])} <= tried

    @proposers
    def test_the_lm_that_proposes_sees_no_source_code(self, name):
        jobs = Jobs([BETTER])
        run(name, jobs)
        assert jobs.reflected
        for prompt in jobs.reflected:
            assert "def forward" not in prompt
            assert "class Rows" not in prompt
            assert "import" not in prompt

    def test_gepa_reads_scores_by_class_and_rows_that_the_prompt_wrote(self):
        jobs = Jobs([BETTER])
        run("dspy-gepa", jobs)
        assert "accounts 0.50, deliverys 0.50, refunds 0.50" in jobs.reflected[0]
        assert "direct account 0" in jobs.reflected[0]

    def test_all_candidates_of_the_config_are_tried_and_the_best_is_rewritten(self):
        jobs = Jobs([BETTER])
        other = jobs.change(jobs.start[0], {"generator.prompts.row": "Write {label} =0.6"}, "other")
        jobs.start.append(other)
        trials = run("copro", jobs)[1]
        assert [trial.candidate.name for trial in trials][:2] == ["direct", "other"]
        assert trials[2].candidate.parent == "other"


class TestBrokenProposals:
    @proposers
    @pytest.mark.parametrize("text", ["About {nonsense} =0.9", "Write {label =0.9", "   "])
    def test_one_that_cannot_be_run_is_no_candidate_and_no_trial(self, name, text):
        jobs = Jobs([text])
        made, trials, error = run(name, jobs)
        assert error is None
        assert [trial.candidate.name for trial in trials] == ["direct"]
        assert jobs.asked == [(PLAIN, ())]
        assert made.finish == "proposals unusable"
        assert "no usable proposal" in made.ending
        if text.strip():
            assert "cannot be used (prompt: " in made.ending

    @proposers
    def test_an_empty_answer_beside_good_ones_costs_no_other(self, name):
        made, trials, error = run(name, Jobs(["", BETTER, "", BEST]))
        assert error is None
        assert made.finish == "improved"
        assert max(trial.score.f1 for trial in trials) == 0.9

    @proposers
    def test_one_that_keeps_no_rows_is_told_as_failed_not_as_unusable(self, name):
        made, trials, error = run(name, Jobs([BETTER], fails={2: None}))
        assert error is None
        assert len(trials) == 1
        assert made.finish == "no improvement"
        assert "1 prompt tried" in made.ending

    @proposers
    def test_a_worse_prompt_is_not_called_an_improvement(self, name):
        made, _, _ = run(name, Jobs(["Write =0.2"]))
        assert made.finish == "no improvement"
        assert "nothing better than direct (0.500)" in made.ending


class TestFailures:
    @every
    @pytest.mark.parametrize(
        "failure",
        [
            BudgetError("no money", cap="usd"),
            EngineError("gone"),
            LeakError("real"),
            KeyError("bug"),
            KeyboardInterrupt(),
        ],
        ids=lambda failure: type(failure).__name__,
    )
    def test_what_ends_a_trial_comes_out_as_it_is_after_the_trials_before_it(self, name, failure):
        jobs = Jobs([BETTER, BEST, "x =0.3", "x =0.2"], fails={3: failure})
        made, trials, error = run(name, jobs)
        assert error is failure
        assert len(trials) == 2
        assert len(jobs.asked) == 3
        assert made.finish == ("budget" if isinstance(failure, BudgetError) else "failed")

    @every
    def test_so_does_a_failure_of_the_first_candidate(self, name):
        failure = EngineError("gone")
        assert run(name, Jobs(fails={1: failure}))[2] is failure

    @proposers
    @pytest.mark.parametrize("failure", [EngineError("gone"), BudgetError("no money")])
    def test_a_failure_of_the_lm_that_proposes_ends_the_search(self, name, failure):
        jobs = Jobs([failure])
        _, trials, error = run(name, jobs)
        assert error is failure
        assert [trial.candidate.name for trial in trials] == ["direct"]
        assert len(jobs.reflected) == 1

    @proposers
    @pytest.mark.parametrize("failure", [UnansweredError("no answer"), ContextError("too long")])
    def test_a_question_that_it_cannot_answer_is_a_proposal_less(self, name, failure):
        made, trials, error = run(name, Jobs([failure]))
        assert error is None
        assert len(trials) == 1
        assert made.finish == "proposals unusable"
        assert failure.what in made.ending

    def test_a_bug_in_dspy_is_told_as_one_and_is_no_score(self, monkeypatch):
        def broken(self, *args, **kwargs):
            raise ValueError("odd")

        monkeypatch.setattr("dspy.COPRO.compile", broken)
        made, trials, error = run("copro", Jobs())
        assert type(error) is SynthlabError
        assert error.what == "DSPy's COPRO failed: ValueError: odd"
        assert len(trials) == 1
        assert made.finish == "failed"

    def test_without_the_prompt_that_is_to_be_rewritten_nothing_is_run(self):
        jobs = Jobs(prompts={"draft": PLAIN, "check": PLAIN})
        _, _, error = run("copro", jobs)
        assert isinstance(error, ConfigError)
        assert "no candidate has a prompt 'row'; there are: check, draft" in error.what
        assert jobs.asked == []

    def test_another_prompt_can_be_named(self):
        jobs = Jobs([BETTER], prompts={"draft": PLAIN})
        _, trials, error = run("copro", jobs, prompt="draft")
        assert error is None
        assert trials[-1].candidate.texts == {"draft": BETTER}


class TestOutput:
    @every
    def test_nothing_that_dspy_prints_is_seen(self, name, capfd):
        run(name, Jobs([BETTER, BEST]))
        said = capfd.readouterr()
        assert said.out == ""
        assert said.err == ""

    @every
    def test_what_the_objective_says_is_seen(self, name, capsys):
        jobs = Jobs([BETTER, BEST])
        jobs.seen = lambda: [
            print("result"),
            print("warning", file=sys.stderr),
            Console(stderr=True).print("progress"),
        ]
        run(name, jobs)
        said = capsys.readouterr()
        assert said.out.split() == ["result"] * len(jobs.asked)
        assert said.err.split() == ["warning", "progress"] * len(jobs.asked)


class TestDemos:
    def test_rows_of_the_best_set_so_far_are_shown(self):
        jobs = Jobs(scored=lambda text, demos: 0.5 + len(demos) / 10)
        made, trials, error = run("bootstrap", jobs, demos=2, sets=2)
        assert error is None
        assert [len(demos) for _, demos in jobs.asked] == [0, 2, 2]
        assert all(text.startswith("direct ") for text in jobs.asked[1][1])
        assert all(text.startswith("bootstrap 1 ") for text in jobs.asked[2][1])
        assert trials[1].candidate.why == "shows 2 of the rows so far in its prompt"
        assert made.finish == "improved"

    def test_a_set_of_demos_has_rows_of_different_classes(self):
        jobs = Jobs()
        run("bootstrap", jobs, demos=3, sets=1)
        assert {text.split()[1] for text in jobs.asked[1][1]} == set(LABELS)

    def test_classes_that_were_not_learned_show_no_rows(self):
        jobs = Jobs()
        made, trials, _ = run("bootstrap", jobs, threshold=0.6)
        assert len(trials) == 1
        assert made.finish == "no improvement"
        assert "0 prompts tried" in made.ending

    def test_miprov2_tries_prompts_with_and_without_demos(self):
        jobs = Jobs([BETTER, BEST, "x =0.3"])
        _, trials, error = run("miprov2", jobs, demos=2, candidates=4, trials=12)
        assert error is None
        assert {bool(demos) for _, demos in jobs.asked} == {True, False}
        assert len({trial.candidate.name for trial in trials}) == len(trials)

    def test_rows_that_a_config_shows_stay_while_its_prompt_is_rewritten(self):
        jobs = Jobs([BETTER])
        given = {"label": "account", "text": "by hand", "attributes": {}}
        jobs.configs["direct"]["generator"]["demos"] = [given]
        run("copro", jobs)
        assert jobs.asked == [(PLAIN, ("by hand",)), (BETTER, ("by hand",))]
