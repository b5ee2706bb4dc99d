"""Models on a simulated AVR: a core whose `int` has 16 bits and whose `double` is a float, with 16 KB of RAM."""

from __future__ import annotations

import re
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from mcu_toolkit.boards import load_board
from mcu_toolkit.firmware import export_sources
from mcu_toolkit.model import Model
from mcu_toolkit.runtimes import get_runtime
from mcu_toolkit.system import process

MCU = "atmega1284p"
FLAGS = (f"-mmcu={MCU}", "-std=c99", "-Os", "-ffp-contract=off", "-ffunction-sections", "-fdata-sections")
WARNINGS = ("-Wall", "-Wextra", "-Werror")
RAM_BYTES = 16_384
STACK_BYTES = 1_024
FLASH_BYTES = 131_072

_MAIN = """
#include <avr/interrupt.h>
#include <avr/io.h>
#include <avr/sleep.h>
#include <string.h>

#include "{prefix}.h"

{data}

static void put(char letter) {{
    while (!(UCSR0A & _BV(UDRE0))) {{
    }}
    UDR0 = letter;
}}

static void put_bytes(const void *data, uint32_t size) {{
    const uint8_t *bytes = (const uint8_t *)data;
    for (uint32_t i = 0; i < size; ++i) {{
        put("0123456789abcdef"[bytes[i] >> 4]);
        put("0123456789abcdef"[bytes[i] & 15]);
        if (i % 32 == 31 || i + 1 == size) {{
            put('\\n');
        }}
    }}
}}

int main(void) {{
    UCSR0B = _BV(TXEN0);
    {prefix}_reset_state();
{body}
    put('.');
    put('\\n');
    cli();
    sleep_enable();
    sleep_cpu();
    return 0;
}}
"""


def require_avr() -> None:
    """Skips the test where compiler or simulator are missing."""
    for program in ("avr-gcc", "simavr"):
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not installed")


def avr_program(model: Model, samples: Sequence[Sequence[npt.NDArray[Any]]], folder: Path) -> Path | None:
    """A program that runs `model` on each sample and writes its outputs to the serial port; None where 16 KB are too few."""
    export_sources([model], load_board("host"), get_runtime("aot"), folder)
    (folder / "inference.c").unlink()
    [prefix] = (path.stem for path in folder.glob("*.c") if path.stem != "aot_arena")
    data, body = [], []
    for index, sample in enumerate(samples):
        for number, array in enumerate(sample):
            name = f"sample{index}_input{number}"
            data.append(f"static const uint8_t {name}[] = {{{', '.join(map(str, array.tobytes()))}}};")
            body.append(f"    memcpy({prefix}_input{number}(), {name}, sizeof {name});")
        body.append(f"    {prefix}_invoke();")
        body += [f"    put_bytes({prefix}_output{i}(), {prefix.upper()}_OUTPUT{i}_BYTES);" for i in range(len(model.outputs))]
    (folder / "main.c").write_text(_MAIN.format(prefix=prefix, data="\n".join(data), body="\n".join(body)))
    program = folder / "program.elf"
    done = process.run(["avr-gcc", *FLAGS, *WARNINGS, "-Wl,--gc-sections", "-o", program, *sorted(folder.glob("*.c")), "-lm"], cwd=folder)
    assert done.exit_code == 0, done.output
    sizes = process.run(["avr-size", "-A", program]).output
    of = {name: int(size) for name, size in re.findall(r"^\.(text|data|bss)\s+(\d+)", sizes, re.MULTILINE)}
    fits = of["data"] + of.get("bss", 0) + STACK_BYTES <= RAM_BYTES and of["text"] + of["data"] <= FLASH_BYTES
    return program if fits else None


def run_on_avr(program: Path) -> bytes:
    """The bytes of all outputs, one after the other."""
    done = process.run(["simavr", "-m", MCU, "-f", "16000000", program], timeout_s=300)
    # The simulator writes a control character as a point, and colours around each line.
    lines = re.findall(r"^([0-9a-f]+|\.)\.$", re.sub(r"\x1b\[\d+m", "", done.output), re.MULTILINE)
    assert lines[-1:] == ["."], done.output
    return bytes.fromhex("".join(lines[:-1]))


def expected_bytes(golden: Sequence[Sequence[npt.NDArray[Any]]]) -> bytes:
    """All outputs of the golden interpreter, sample by sample."""
    return b"".join(np.ascontiguousarray(array).tobytes() for outputs in golden for array in outputs)
