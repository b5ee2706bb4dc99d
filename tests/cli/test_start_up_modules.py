"""What a command imports, counted: the time that it takes to start depends on the machine, the number of modules does not."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests import small_models

COUNT = """
import json, sys
sys.argv = ["mcu", *{words!r}]
from mcu_toolkit.cli import main
try:
    main()
except SystemExit as end:
    assert not end.code, end.code
print(json.dumps(sorted(sys.modules)), file=sys.__stderr__)
"""
HEAVY = {"tensorflow", "keras", "scipy", "sklearn", "ai_edge_litert", "tflite_micro", "pydantic", "PIL", "SCons"}
"""Seconds, or tenths of one, of work that none of these commands has any use for."""


def imported(words: tuple[str, ...]) -> list[str]:
    done = subprocess.run([sys.executable, "-c", COUNT.format(words=words)], capture_output=True, text=True, check=False, timeout=200)
    assert done.returncode == 0, done.stderr
    modules: list[str] = json.loads(done.stderr.splitlines()[-1])
    return modules


@pytest.mark.parametrize(
    ("words", "most", "without"),
    [
        # Measured 67, 317 and 393, of packages: versions of Python split the standard library differently.
        (("--help",), 75, {"numpy", "rich", "jinja2", "serial", "platformio"}),
        (("header", "tiny.tflite", "-o", "h"), 345, {"serial", "platformio", "mcu_toolkit.runtimes.aot", "mcu_toolkit.device"}),
        (("inspect", "tiny.tflite"), 420, {"rich", "jinja2", "serial", "platformio", "filelock", "mcu_toolkit.device"}),
    ],
    ids=["--help", "header", "inspect"],
)
def test_a_command_imports_no_more_than_it_needs(words: tuple[str, ...], most: int, without: set[str], here: Path) -> None:
    (here / "tiny.tflite").write_bytes(small_models.fully_connected())
    found = imported(words)
    assert not (HEAVY | without) & set(found)
    assert len([module for module in found if module.split(".")[0] not in sys.stdlib_module_names]) <= most
