"""Running other programs: time limits hold, output arrives, nothing is left running."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import pytest

from mcu_toolkit.errors import ToolError
from mcu_toolkit.process import require_tool, run


def python(code: str) -> list[str]:
    return [sys.executable, "-u", "-c", code]


@pytest.mark.parametrize("with_lines", [False, True])
def test_a_program_that_hangs_is_ended_at_its_time_limit(with_lines: bool, tmp_path: Path) -> None:
    alive = tmp_path / "alive"
    code = f"import time, pathlib\nprint('started')\ntime.sleep(20)\npathlib.Path({str(alive)!r}).touch()"
    begun_s = time.monotonic()
    with pytest.raises(ToolError, match="did not finish within 1 s"):
        run(python(code), timeout_s=1.0, on_line=(lambda line: None) if with_lines else None)
    assert time.monotonic() - begun_s < 15
    assert not alive.exists()


def test_lines_arrive_one_by_one_and_the_output_is_whole() -> None:
    lines: list[str] = []
    completed = run(python("import sys\nprint('one')\nprint('two', file=sys.stderr)\nsys.exit(4)"), on_line=lines.append, timeout_s=60)
    assert lines == ["one", "two"]
    assert (completed.exit_code, completed.output) == (4, "one\ntwo\n")


def test_a_missing_program_is_named_with_what_to_do() -> None:
    with pytest.raises(ToolError, match="program 'no-such-tool' not found on PATH") as missing:
        require_tool("no-such-tool", hint="sudo apt-get install it")
    assert missing.value.exit_code == 3
    assert "sudo apt-get install it" in str(missing.value)


def test_a_program_that_cannot_be_started_is_a_tool_error(tmp_path: Path) -> None:
    with pytest.raises(ToolError, match="cannot be started"):
        run([tmp_path / "nothing"])
