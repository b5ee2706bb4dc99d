"""What answers the host is compiled for size, the model's own code for what was asked for."""

from __future__ import annotations

import re
from pathlib import Path

from mcu_toolkit.boards import load_board
from mcu_toolkit.build.pio import run_pio
from mcu_toolkit.firmware import generate_project
from mcu_toolkit.model import parse_model
from mcu_toolkit.runtimes import get_runtime
from tests import small_models


def test_the_sources_that_platformio_ini_names_are_compiled_for_size(tmp_path: Path) -> None:
    model = parse_model(small_models.fully_connected(), "dense")
    generate_project([model], load_board("netduinoplus2"), get_runtime("aot"), tmp_path / "project")
    output = run_pio(tmp_path / "project", ["-v"]).output
    levels = {name: re.findall(r"-O\w", line)[-1] for line in output.splitlines() for name in re.findall(r" -c .*src/(\w+)\.c$", line)}
    assert levels["dense"] == "-O2"
    assert {levels[name] for name in ("command_loop", "framing", "inference", "uart_stm32_usart", "ticks_stm32_tim2")} == {"-Os"}
