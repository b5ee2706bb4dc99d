"""Help is quick: nothing heavy is imported for it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.running import COMMAND, mcu, succeed

HEAVY = ("tensorflow", "keras", "numpy", "jinja2", "serial", "rich.console", "platformio", "sklearn", "ai_edge_litert", "tomllib", "tomli")

COMMANDS = (
    "new", "train", "quantize", "inspect", "validate", "header", "generate", "build", "flash", "verify", "mlperf",
    "monitor", "stream", "make-stream", "record", "deploy", "demo", "bench", "matrix", "compare-kernels", "report", "sbom",
    "runtimes", "doctor", "boards", "frontend", "manifest",
)  # fmt: skip

PROBE = """
import json, sys
from mcu_toolkit.cli import main
try:
    main()
except SystemExit as end:
    print(json.dumps([end.code, [name for name in {heavy!r} if name in sys.modules]]), file=sys.stderr)
"""


def modules_loaded_by(*words: str, cwd: Path) -> tuple[int, list[str]]:
    probe = PROBE.format(heavy=HEAVY)
    done = subprocess.run([sys.executable, "-c", probe, *words], capture_output=True, text=True, cwd=cwd, check=True, timeout=100)
    code, loaded = json.loads(done.stderr.splitlines()[-1])
    return code, loaded


@pytest.mark.parametrize("words", [("--help",), ("train", "--help"), ("deploy", "--help"), ("boards", "--help"), ("--version",)])
def test_help_imports_nothing_heavy(words: tuple[str, ...], here: Path) -> None:
    assert modules_loaded_by(*words, cwd=here) == (0, [])


@pytest.mark.parametrize("words", [("--help",), ("train", "--help")])
def test_help_takes_under_a_quarter_of_a_second_of_processor_time(words: tuple[str, ...], here: Path) -> None:
    """The best of a few: what others run on the machine at the same time makes it more expensive, never cheaper."""
    assert min(processor_time_s(*words) for _ in range(5)) < 0.25


def processor_time_s(*words: str) -> float:
    child = subprocess.Popen([*COMMAND, *words], stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    assert child.returncode == 0
    return used.ru_utime + used.ru_stime


def test_every_command_is_listed_and_has_help_with_json(here: Path) -> None:
    listed = succeed("--help").stdout
    for command in COMMANDS:
        assert f"\n  {command} " in listed
    for command in COMMANDS:
        assert "--json" in succeed(command, "--help").stdout


def test_help_fits_80_columns(here: Path) -> None:
    for words in ((), ("deploy",), ("quantize",), ("monitor",)):
        text = succeed(*words, "--help", env={"COLUMNS": "80"}).stdout
        assert max(map(len, text.splitlines())) <= 80


def test_an_unknown_command_is_a_usage_error(here: Path) -> None:
    outcome = mcu("deplyo")
    assert outcome.exit_code == 2
    assert "No such command 'deplyo'" in outcome.stderr
    assert "Traceback" not in outcome.stderr
