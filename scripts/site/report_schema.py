"""The page of a report's fields, from docs/report-schema.json."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from scripts.site.markdown import code, prose, table
from scripts.site.repository_links import ROOT

_REFERENCE = "#/$defs/"


def page() -> str:
    """The fields of a report, then those of each record in it."""
    schema = json.loads((ROOT / "docs/report-schema.json").read_text(encoding="utf-8"))
    introduction = (
        "# Fields of a report\n\nMade from [report-schema.json](../report-schema.json), which describes what commands write with `--json`; "
        f"[reports](reports.md) says what the figures mean.\n\n{prose(schema['description'])}\n"
    )
    parts = [introduction, "## report\n", *_fields(schema)]
    for name, record in schema["$defs"].items():
        parts += [f"## {name}\n", *_record(record)]
    return "\n".join(parts)


def _record(record: Mapping[str, Any]) -> Iterator[str]:
    if "description" in record:
        yield prose(record["description"]) + "\n"
    if "properties" in record:
        yield from _fields(record)
    else:
        yield f"{_type(record)}\n"


def _fields(record: Mapping[str, Any]) -> Iterator[str]:
    required = record.get("required", ())
    rows = []
    for name, field in record["properties"].items():
        for path, one in _flat(name, field):
            always = "yes" if path == name and name in required else ""
            rows.append((code(path), _type(one), always, prose(one.get("description", ""))))
    yield table(("field", "type", "always there", "what"), rows)


def _flat(name: str, field: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """A field and, where it is a record without a name, the fields of that."""
    yield name, field
    for inner, one in field.get("properties", {}).items():
        yield from _flat(f"{name}.{inner}", one)
    items = field.get("items", {})
    for inner, one in (items.get("properties", {}) if isinstance(items, dict) else {}).items():
        yield from _flat(f"{name}[].{inner}", one)


def _type(field: Mapping[str, Any]) -> str:
    if "$ref" in field:
        name = field["$ref"].removeprefix(_REFERENCE)
        return f"[{prose(name)}](#{name.lower()})"
    if "enum" in field or "const" in field:
        return ", ".join(code(json.dumps(value)) for value in field.get("enum", [field.get("const")]))
    for several in ("oneOf", "anyOf"):
        if several in field:
            return " or ".join(map(_type, field[several]))
    given = field.get("type", "any")
    names = [given] if isinstance(given, str) else given
    shown = " or ".join(names)
    if "array" in names and isinstance(field.get("items"), dict):
        return f"{shown} of {_type(field['items'])}"
    if "object" in names and isinstance(field.get("additionalProperties"), dict):
        return f"{shown}; each value: {_type(field['additionalProperties'])}"
    return shown
