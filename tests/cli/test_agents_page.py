"""docs/how-to/agents.md: its commands run in their order, end as it says, and leave JSON with the fields that it names."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest

from tests.cli.in_process import mcu_here
from tests.test_repository import ROOT

PAGE = (ROOT / "docs/how-to/agents.md").read_text(encoding="utf-8")
_BLOCK = re.compile(r"^```(sh|json)\n(.*?)^```", re.MULTILINE | re.DOTALL)
_NAMED = re.compile(r"^\| `(\w+\.json)` \| (.+?) \|", re.MULTILINE)
_FIELD = re.compile(r"`([\w.\[\]]+)`")


def steps() -> list[tuple[str, str, set[int], Any]]:
    """(the line, the command, the exit codes it may end with, the JSON that the page shows below it or None)."""
    found: list[tuple[str, str, set[int], Any]] = []
    for kind, text in _BLOCK.findall(PAGE):
        if kind == "json":
            found[-1] = (*found[-1][:3], json.loads(text))
            continue
        for line in text.splitlines():
            command, _, remark = line.partition("#")
            found.append((line, command.strip(), {int(code) for code in re.findall(r"\d+", remark)} or {0}, None))
    return found


def values_at(path: str, value: Any) -> list[Any]:
    """What is at `rows[].why` in some JSON: one value for each row; raises KeyError where there is none."""
    for part in path.split("."):
        name, is_list = part.removesuffix("[]"), part.endswith("[]")
        several = [one[name] for one in (value if isinstance(value, list) else [value])]
        value = [item for one in several for item in one] if is_list else several
    return list(value)


def test_the_page_names_commands_and_fields() -> None:
    assert len(steps()) >= 15
    assert len([field for _, cell in _NAMED.findall(PAGE) for field in _FIELD.findall(cell)]) >= 15
    assert all("--json" in command for _, command, _, _ in steps()), "it says so itself"


@pytest.mark.slow
def test_its_commands_run_and_leave_what_it_says(tiny: Path, here: Path) -> None:
    tiny.rename(here / "model.tflite")
    for line, command, codes, shown in steps():
        outcome = mcu_here(*shlex.split(command)[1:])
        assert outcome.exit_code in codes, f"{line}\n{outcome.stdout}{outcome.stderr}"
        if shown is not None:
            said = json.loads(outcome.stdout)
            assert {key: said[key] for key in shown} == shown
    for file, cell in _NAMED.findall(PAGE):
        written = json.loads((here / file).read_text(encoding="utf-8"))
        for path in _FIELD.findall(cell):
            assert values_at(path, written), f"{file}: {path}"
    assert json.loads((here / "limited.json").read_text())["reasons"][0].startswith("flash is ")
    assert json.loads((here / "compare.json").read_text())["regressions"] == []
    assert "properties" in json.loads((here / "schema.json").read_text())["schema"]
    assert "checks" in json.loads((here / "doctor.json").read_text())


def test_a_field_that_is_not_there_would_be_noticed() -> None:
    assert values_at("rows[].why", {"rows": [{"why": []}, {"why": ["a"]}]}) == [[], ["a"]]
    with pytest.raises(KeyError):
        values_at("rows[].because", {"rows": [{"why": []}]})
