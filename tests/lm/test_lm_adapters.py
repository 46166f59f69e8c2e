"""How prompts are rendered and completions read."""

import dspy
import pytest

from synthlab.errors import ConfigError
from synthlab.lm.adapters import PlainAdapter, SchemaAdapter, clean, render
from synthlab.lm.lists import unfinished

ONE = dspy.Signature("label, style -> text", "Write about {label}.")
TWO = dspy.Signature("label -> title, text", "Write about {label}.")


def test_a_template_is_filled_and_the_rest_follows_as_lines():
    assert render("About {a}.", {"a": "sport", "b": "short", "c": "", "d": None}) == (
        "About sport.\nb: short"
    )


def test_braces_are_written_twice():
    assert render('{{"x": {a}}}', {"a": 1}) == '{"x": 1}'


def test_a_value_with_braces_stays_as_it_is():
    assert render("{a}", {"a": "{b} {{c}}"}) == "{b} {{c}}"


@pytest.mark.parametrize("name", ["labl", "label.__class__", "label[0]", "", "label!r", "label:>9"])
def test_only_the_fields_themselves_are_placeholders(name):
    with pytest.raises(ConfigError, match="the fields are label, style"):
        render(f"Write {{{name}}}", {"label": "x", "style": "y"})


def test_a_lone_brace_is_an_error_that_says_how_to_write_it():
    with pytest.raises(ConfigError, match="for braces"):
        render("a } b", {})


def test_the_plain_prompt_is_one_user_message():
    messages = PlainAdapter().format(ONE, [], {"label": "sport", "style": ""})
    assert messages == [{"role": "user", "content": "Write about sport."}]


def test_demos_are_earlier_turns_and_those_without_an_output_are_left_out():
    demos = [{"label": "tech", "text": "A chip."}, {"label": "sport"}]
    messages = PlainAdapter().format(ONE, demos, {"label": "sport", "style": "dry"})
    assert [m["role"] for m in messages] == ["user", "assistant", "user"]
    assert messages[0]["content"] == "Write about tech."
    assert messages[1]["content"] == "A chip."
    assert messages[2]["content"] == "Write about sport.\nstyle: dry"
    assert SchemaAdapter().format(ONE, demos, {"label": "x"})[1]["content"] == '{"text":"A chip."}'


@pytest.mark.parametrize(
    ("completion", "text"),
    [
        ("  A goal.\n", "A goal."),
        ('"A goal."', "A goal."),
        ("\u201cA goal.\u201d", "A goal."),
        ('"A goal," he said, "was all."', '"A goal," he said, "was all."'),
        ('"A goal that was cut', "A goal that was cut"),
        ("Title: A goal\nThe match", "A goal\nThe match"),
        ("text: A goal", "A goal"),
        ("**Title:** A goal\nThe match", "A goal\nThe match"),
        ("## A goal\nThe match", "A goal\nThe match"),
        ("**A goal**\nThe match", "A goal\nThe match"),
        ('**Text:** "A goal"', "A goal"),
        ("Titles were won.", "Titles were won."),
        ("'Tis the season", "'Tis the season"),
        ("", ""),
        ('""', ""),
    ],
)
def test_cleaning_leaves_the_text_alone(completion, text):
    assert clean(completion, "text") == text


def test_the_plain_adapter_refuses_two_outputs():
    with pytest.raises(ConfigError, match="title, text"):
        PlainAdapter().parse(TWO, "x")


@pytest.mark.parametrize(
    "completion",
    [
        '{"title": "A", "text": "B"}',
        'Sure! Here it is:\n```json\n{"title": "A", "text": "B"}\n```\nEnjoy.',
        '{"title": "A", "text": "B"',
        '{title: "A", "text": "B",}',
        '{"title": " A ", "text": "B", "more": [1]}',
    ],
)
def test_json_is_read_from_whatever_surrounds_it(completion):
    assert SchemaAdapter().parse(TWO, completion) == {"title": "A", "text": "B"}


@pytest.mark.parametrize(
    ("completion", "reason"),
    [
        ("Just prose.", "no JSON object"),
        ("Prose with {braces} in it", "no JSON object"),
        ('{"title": "A"}', "text"),
        ('{"title": "A", "text": ""}', "empty field"),
        ('{"title": "A", "text": {"x": 1}}', "text"),
        ("{", "field"),
    ],
)
def test_an_answer_without_the_fields_is_refused_with_the_reason(completion, reason):
    with pytest.raises(dspy.AdapterParseError) as caught:
        SchemaAdapter().parse(TWO, completion)
    assert reason in str(caught.value).split("\n\n")[0]


def test_numbers_stand_for_text_and_types_are_kept():
    signature = dspy.Signature("label -> text: str, score: int", "Score {label}.")
    assert SchemaAdapter().parse(signature, '{"text": 3, "score": "4"}') == {
        "text": "3",
        "score": 4,
    }


MANY = dspy.Signature("label -> rows: list[str]", "Write 3 about {label}.")


def test_several_texts_are_asked_for_in_each_adapters_own_way():
    (plain,) = PlainAdapter().format(MANY, [], {"label": "sport"})
    (schema,) = SchemaAdapter().format(MANY, [], {"label": "sport"})
    assert plain["content"].endswith("Answer with the numbered list and nothing else.")
    assert 'the field "rows" (a list of strings)' in schema["content"]
    assert "numbered list" not in schema["content"]


def test_a_demo_of_several_texts_is_shown_as_it_should_be_answered():
    demo = {"label": "tech", "rows": ["A chip.", "A disk."]}
    assert PlainAdapter().answer(MANY, demo) == "1. A chip.\n2. A disk."
    assert SchemaAdapter().answer(MANY, demo) == '{"rows":["A chip.","A disk."]}'


@pytest.mark.parametrize(
    ("completion", "texts"),
    [
        ("1. A goal.\n2. A cup.\n3. A race.", ["A goal.", "A cup.", "A race."]),
        ("Here are 3:\n\n1) A goal.\n\n2) A cup.", ["A goal.", "A cup."]),
        ("**1.** A goal\nin time.\n**2.** A cup", ["A goal\nin time.", "A cup"]),
        ("### 1. A goal\nIt fell.\n### 2. A cup", ["A goal\nIt fell.", "A cup"]),
        ("Article 1: A goal\nArticle 2: A cup", ["A goal", "A cup"]),
        ('1. "A goal."\n2. Title: A cup', ["A goal.", "A cup"]),
        ("A goal.\n2. A cup.", ["A goal.", "A cup."]),
        ("1. A goal.\n3. A race.", ["A goal.", "", "A race."]),
        ("1. A goal in\n1999. It fell.\n2. A cup", ["A goal in\n1999. It fell.", "A cup"]),
        ("1. 2.5 goals a game\n2. A cup", ["2.5 goals a game", "A cup"]),
        ('["A goal", "A cup"]', ["A goal", "A cup"]),
        ('```json\n{"rows": ["A goal", "A cup"]}\n```', ["A goal", "A cup"]),
        ("Here they are:\n- A goal\n- A cup", ["A goal", "A cup"]),
        ("A goal\nis one.\n\nA cup\nis two.", ["A goal\nis one.", "A cup\nis two."]),
        ("A goal\nA cup", ["A goal", "A cup"]),
        ("A goal", ["A goal"]),
    ],
)
def test_several_texts_are_read_from_a_list_of_any_form(completion, texts):
    assert PlainAdapter().parse(MANY, completion) == {"rows": texts}


@pytest.mark.parametrize(
    ("completion", "texts"),
    [
        ('{"rows": ["A goal", "A cup"]}', ["A goal", "A cup"]),
        ('Sure:\n{"rows": ["A goal", "A cup"]}\nEnjoy.', ["A goal", "A cup"]),
        ('["A goal", "A cup"]', ["A goal", "A cup"]),
        ('{"articles": ["A goal", "A cup"]}', ["A goal", "A cup"]),
        ('{"rows": [{"text": "A goal"}, {"id": 2, "text": "A cup"}]}', ["A goal", "A cup"]),
        ('{"rows": ["A goal", null, 3, [1], ""]}', ["A goal", "", "3", "", ""]),
        ('{"rows": ["A goal", "A cu', ["A goal", "A cu"]),
        ('{"rows": ["1. A goal", "Text 2: A cup", "7. A race"]}', ["A goal", "A cup", "7. A race"]),
        ("1. A goal\n2. A cup", ["A goal", "A cup"]),
    ],
)
def test_several_texts_are_read_from_json_and_what_is_no_text_leaves_a_gap(completion, texts):
    assert SchemaAdapter().parse(MANY, completion) == {"rows": texts}


@pytest.mark.parametrize("completion", ["I'm sorry, I can't.", "{}", '{"rows": []}', '["", null]'])
def test_an_answer_without_any_text_is_refused(completion):
    with pytest.raises(dspy.AdapterParseError, match="no list of texts"):
        SchemaAdapter().parse(MANY, completion)


@pytest.mark.parametrize(
    ("completion", "finish", "inside"),
    [
        ('{"rows": ["A goal", "A cu', "length", True),
        ('{"rows": ["A goal", "A cu', "stop", True),
        ('{"rows": ["A goal", "He said \\"no\\"', "length", True),
        ('{"rows": ["A goal",', "length", False),
        ('{"rows": ["A goal"', "length", False),
        ('{"rows": ["A goal"]}', "stop", False),
        ('```json\n["A goal"]\n``` That is all.', "stop", False),
        ("1. A goal\n2. A cu", "length", True),
        ("1. A goal\n2. A cup", "stop", False),
    ],
)
def test_it_is_seen_whether_an_answer_ends_inside_a_text(completion, finish, inside):
    assert unfinished(completion, finish) is inside
