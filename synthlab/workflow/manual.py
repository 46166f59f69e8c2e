"""The manual's pages about a config, written from the models that check it: they cannot be wrong.

``python -m synthlab.workflow.manual FOLDER`` writes them (``make docs``); a test compares. What a
section is for stands in the docstring of its model, an example in ``examples.yaml`` beside the
pages.
"""

from __future__ import annotations

import inspect
import json
import sys
from collections.abc import Iterator, Mapping
from importlib import resources
from pathlib import Path
from typing import Any

import yaml

from synthlab.config.models import ExperimentConfig
from synthlab.registry import TABLE, resolve

KINDS = {
    "task": ("task",),
    "lm": ("engine",),
    "generator": ("generator",),
    "curation": ("curation",),
    "scoring": ("model",),
    "feedback": ("feedback",),
    "search": ("search", "proposer"),
    "quality": ("quality",),
}
"""Plug-ins that a section may name, by section."""

TITLES = {"model": "classifier", "quality": "part", "feedback": "part", "curation": "step"}
MADE = "<!-- Made by `make docs` from the models of the config; edit those. -->"


def pages() -> dict[str, str]:
    """Markdown by file name: one page for each section of a config, and ``README.md``."""
    schema = ExperimentConfig.model_json_schema()
    examples = _examples()
    made = {
        f"{name}.md": "\n".join(_page(name, field, schema, examples.get(name, ""))) + "\n"
        for name, field in schema["properties"].items()
    }
    return {"README.md": "\n".join(_contents(schema)) + "\n", **made}


def write(folder: Path) -> None:
    """Write the pages into ``folder``, and remove those of sections that are gone."""
    made = pages()
    for old in folder.glob("*.md"):
        if old.name not in made:
            old.unlink()
    for name, text in made.items():
        (folder / name).write_text(text, encoding="utf-8")


def _examples() -> Mapping[str, str]:
    text = resources.files("synthlab").joinpath("docs/config/examples.yaml").read_text("utf-8")
    found: dict[str, str] = yaml.safe_load(text)
    return found


def _contents(schema: Mapping[str, Any]) -> Iterator[str]:
    yield from (MADE, "", "# A config, section by section", "")
    yield "One YAML file is one run. `--set lm.temperature=0.7` sets any key on the command line."
    yield "`synthlab validate FILE` finds all mistakes at once, with their lines, and calls no LM."
    yield from ("", "| section | what it says |", "|---|---|")
    for name, field in schema["properties"].items():
        yield f"| [{name}]({name}.md) | {field['description']} |"


def _page(
    name: str, field: Mapping[str, Any], schema: Mapping[str, Any], example: str
) -> Iterator[str]:
    yield from (MADE, "", f"# {name}", "", f"{_sentence(field['description'])}", "")
    model = _model(field, schema)
    if model and model["title"] != "UseConfig":
        yield from (_sentence(_first(model.get("description", ""))), "")
    if example:
        yield from ("```yaml", example.rstrip(), "```", "")
    if model:
        yield from _tables(model, schema, "")
    else:
        yield from ("| type | default |", "|---|---|", f"| {_type(field)} | {_default(field)} |")
    for kind in KINDS.get(name, ()):
        if TABLE.get(kind):
            yield from _plugins(kind)


def _tables(
    model: Mapping[str, Any], schema: Mapping[str, Any], prefix: str, level: str = "##"
) -> Iterator[str]:
    """The keys of a model, and then those of the models in it."""
    yield from ("| key | type | default | what it says |", "|---|---|---|---|")
    inner: list[tuple[str, Mapping[str, Any]]] = []
    required = model.get("required", ())
    for key, field in model["properties"].items():
        default = "**required**" if key in required else _default(field)
        said = _cell(field.get("description", ""))
        yield f"| `{prefix}{key}` | {_type(field)} | {default} | {said} |"
        deeper = _model(field, schema)
        if deeper and deeper["title"] != "UseConfig":
            named = ".NAME" if "additionalProperties" in field else ""
            inner.append((f"{prefix}{key}{named}", deeper))
    for key, deeper in inner:
        yield from ("", f"{level} {key}", "", _sentence(_first(deeper.get("description", ""))), "")
        yield from _tables(deeper, schema, f"{key}.", level)


def _plugins(kind: str) -> Iterator[str]:
    """What a section may name in ``use``, with the parameters of each."""
    title = TITLES.get(kind, kind)
    yield from ("", f"## Each {title}", "")
    if kind == "engine":
        yield "`model:` is one of these, a slash and the name of a model: `openai/gpt-4o-mini`."
    else:
        yield "`use:` takes one of these names, `package.module:Name` or `path/to/file.py:Name`."
    for name in TABLE[kind]:
        made = resolve(kind, name)
        yield from ("", f"### {name}", "", _sentence(_about(name, made)))
        params = getattr(made, "Params", None)
        fields = params.model_json_schema() if params else {"properties": {}}
        if fields["properties"]:
            yield ""
            yield from _tables(fields, {"$defs": fields.get("$defs", {})}, "", "####")


def _about(name: str, made: Any) -> str:
    """What a plug-in is: its module's first sentence where that is about it alone."""
    module = _first(inspect.getdoc(sys.modules[made.__module__]) or "")
    own, mark, said = module.partition(": ")
    return said if mark and own == f"`{name}`" else _first(inspect.getdoc(made) or module)


def _model(field: Mapping[str, Any], schema: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The model of a field, of its items, or of what it is when it is not null."""
    named = field.get("additionalProperties", {})
    places = (
        field,
        field.get("items", {}),
        named,
        *field.get("anyOf", ()),
        *field.get("allOf", ()),
    )
    for place in places:
        if isinstance(place, Mapping) and "$ref" in place:
            found: Mapping[str, Any] = schema["$defs"][place["$ref"].rpartition("/")[2]]
            return found if "properties" in found else None
    return None


def _type(field: Mapping[str, Any]) -> str:
    if "anyOf" in field:
        return " or ".join(_type(one) for one in field["anyOf"])
    if "enum" in field or "const" in field:
        values = field.get("enum", [field.get("const")])
        return ", ".join(f"`{value}`" for value in values)
    if "$ref" in field or "allOf" in field:
        return "see below" if "Use" not in str(field) else "name"
    kinds = {"string": "text", "integer": "whole number", "boolean": "true or false"}
    kind = field.get("type", "any value")
    if kind == "array":
        return f"list of {_type(field.get('items', {}))}"
    if kind == "object":
        return "mapping"
    return f"{kinds.get(kind, kind)}{_bounds(field)}"


def _bounds(field: Mapping[str, Any]) -> str:
    words = {
        "minimum": "from",
        "exclusiveMinimum": "above",
        "maximum": "to",
        "exclusiveMaximum": "below",
    }
    said = [f"{word} {field[key]:g}" for key, word in words.items() if key in field]
    return f" {' '.join(said)}" if said else ""


def _default(field: Mapping[str, Any]) -> str:
    if "default" not in field:
        return ""
    value = field["default"]
    if isinstance(value, list) and value and all(isinstance(v, dict) and "use" in v for v in value):
        value = [item["use"] for item in value]
    if isinstance(value, dict) and value:
        value = value.get("use", "as below")
    return f"`{json.dumps(value, ensure_ascii=False)}`".replace('"', "").replace("|", "\\|")


def _first(doc: str) -> str:
    """The first paragraph, on one line."""
    return " ".join(doc.split("\n\n")[0].split()).replace("``", "`")


def _sentence(text: str) -> str:
    text = text[:1].upper() + text[1:]
    return text if text.endswith((".", ":")) or not text else f"{text}."


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|").replace("``", "`")


if __name__ == "__main__":
    write(Path(sys.argv[1]))
