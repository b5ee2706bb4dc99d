"""An exported library has what Arduino's specification and the rules of arduino-lint ask for, whatever the models are called."""

from __future__ import annotations

import json
import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mcu_toolkit.artifacts.code_names import code_names
from mcu_toolkit.boards import load_board
from mcu_toolkit.export_formats import LIBRARY
from mcu_toolkit.firmware import export_folder
from mcu_toolkit.model import parse_model
from mcu_toolkit.runtimes import get_runtime
from mcu_toolkit.runtimes.aot.emit.arduino_library import library_name, properties, semantic_version
from mcu_toolkit.runtimes.base import ExportForm
from tests.small_models import fully_connected

SEMVER = r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?(\+[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?"
CATEGORIES = (
    "Display|Communication|Signal Input/Output|Sensors|Device Control|Timing|Data Storage|Data Processing|Other"  # none is "Uncategorized"
)
RULES = {
    # Name, charset, no spaces, length (LP007 to LP016): the strictest level of each.
    "name": r"(?!.*([aA][rR][dD][uU][iI][nN][oO]|[lL][iI][bB][rR][aA][rR][yY]))(?=.*[A-Za-z])[A-Za-z0-9][A-Za-z0-9_.-]{0,31}",
    "version": SEMVER,
    "author": r".+",
    "maintainer": r"(?!.*[aA][rR][dD][uU][iI][nN][oO]).+",
    "sentence": r".+",
    "paragraph": r".+",
    "category": CATEGORIES,
    "url": r"https://\S+",
    "architectures": r"\*|[a-z0-9_]+(,[a-z0-9_]+)*",
    "includes": r"[\w.]+\.h(,[\w.]+\.h)*",
}
FILE_NAME = r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,62}"
"""Of a library's folder, and of a sketch and its folder (LS002, LS003, SS002, SS003)."""
NAMES = ["sine", "Arduino", "my_arduino_library", "LIBRARY", "7up", "", "模型", "x" * 200, "a b", "kws_ref_model"]


def assert_rules(fields: dict[str, str]) -> None:
    assert fields.keys() == RULES.keys()
    for field, rule in RULES.items():
        assert re.fullmatch(rule, fields[field]), f"{field}={fields[field]}"
    assert urlsplit(fields["url"]).hostname
    assert not fields["paragraph"].startswith(fields["sentence"])


# The first call reads every template, and a busy machine draws slowly: neither says anything about the names.
@settings(deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.one_of(st.sampled_from(NAMES), st.text(max_size=80)), min_size=1, max_size=6))
def test_every_name_makes_fields_that_arduino_takes(names: list[str]) -> None:
    called = code_names(names)
    name = library_name(called)
    assert_rules(dict(properties(name, "1.2.0.dev4", [f"{one}.h" for one in called])))
    assert re.fullmatch(FILE_NAME, f"{name}_example")


@pytest.mark.parametrize("names", [[name] for name in NAMES] + [NAMES])
def test_the_files_of_a_library_are_named_and_filled_as_arduino_wants(names: list[str], tmp_path: Path) -> None:
    models = [parse_model(fully_connected(), name) for name in names]
    folder = export_folder(models, load_board("netduinoplus2"), get_runtime("aot"), tmp_path / "lib", ExportForm(LIBRARY)).folder
    lines = (folder / "library.properties").read_text(encoding="ascii").splitlines()
    fields = dict(line.split("=", 1) for line in lines)
    assert len(fields) == len(lines)
    assert_rules(fields)
    assert all((folder / "src" / header).is_file() for header in fields["includes"].split(","))
    [sketch] = (folder / "examples").glob("*/*")
    assert sketch.name == f"{sketch.parent.name}.ino"
    assert re.fullmatch(FILE_NAME, sketch.parent.name)
    assert (folder / "README.md").is_file()
    manifest = json.loads((folder / "library.json").read_text())
    assert (manifest["name"], manifest["version"]) == (fields["name"], fields["version"])


@pytest.mark.parametrize(
    ("version", "semantic"),
    [("0.9.1", "0.9.1"), ("1.2", "1.2.0"), ("1.2.0.dev3", "1.2.0-dev3"), ("1.0rc1", "1.0.0-rc1"), ("1", "1.0.0")],
)
def test_versions_are_semantic(version: str, semantic: str) -> None:
    assert semantic_version(version) == semantic
    assert re.fullmatch(SEMVER, semantic)
