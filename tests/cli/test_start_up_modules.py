"""What a command imports, counted: the time that it takes to start depends on the machine, the number of modules does not."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from scripts.structure import imported_modules
from tests import small_models

HEAVY = {"tensorflow", "keras", "scipy", "sklearn", "ai_edge_litert", "tflite_micro", "pydantic", "PIL", "SCons"}
"""Seconds, or tenths of one, of work that none of these commands has any use for."""


@pytest.mark.parametrize(
    ("words", "most", "without"),
    [
        # Measured 77, 346 and 434 with the commands of 2026-11-30 (one module each), of packages: versions of Python split the
        # standard library differently.
        (("--help",), 80, {"numpy", "rich", "jinja2", "serial", "platformio"}),
        (("header", "tiny.tflite", "-o", "h"), 350, {"serial", "platformio", "mcu_toolkit.runtimes.aot", "mcu_toolkit.device"}),
        (
            ("inspect", "tiny.tflite"),
            440,
            {"rich", "jinja2", "serial", "platformio", "filelock", "mcu_toolkit.device", "mcu_toolkit.runtimes.aot.cascade.search"},
        ),
    ],
    ids=["--help", "header", "inspect"],
)
def test_a_command_imports_no_more_than_it_needs(words: tuple[str, ...], most: int, without: set[str], here: Path) -> None:
    (here / "tiny.tflite").write_bytes(small_models.fully_connected())
    found = imported_modules(*words, folder=here)
    assert not (HEAVY | without) & set(found)
    assert len([module for module in found if module.split(".")[0] not in sys.stdlib_module_names]) <= most
