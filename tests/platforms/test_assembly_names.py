"""What assembly names and C defines is marked `used`: with -flto the compiler does not see the assembly, and would drop it."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from mcu_toolkit.system import process
from mcu_toolkit.system.resources import templates_dir
from tests.firmware_c.build import require

NAMED = re.compile(r'"(?:\d: )?(?:ldr \w+, =|la \w+, |j |b |bl |call |tail )([a-z_]\w{3,})')
FUNCTION = r"^(?![\s/#]).*\b{name}\([^;{{]*\{{$"
VARIABLE = r"^(?!extern|static|[\s/#]).*\b{name}(?:\[\w+\])?(?: __attribute__.*)?;$"


def test_names_in_assembly_are_kept() -> None:
    texts = [path.read_text() for path in templates_dir().rglob("*.[ch]*") if "kernels" not in path.parts]
    named = {name for text in texts for name in NAMED.findall(text)}
    definitions = {
        name: [line for form in (FUNCTION, VARIABLE) for text in texts for line in re.findall(form.format(name=name), text, re.MULTILINE)]
        for name in named
    }
    defined = {name for name, lines in definitions.items() if lines}
    assert defined >= {"fault_c", "start_c", "fault_stack", "systick_wraps", "trap_entry", "mcu_fault_c"}
    assert [line for lines in definitions.values() for line in lines if "used" not in line] == []


ARDUINO_MAIN = """
#include "fault.h"
#include "platform.h"
void HardFault_Handler(void);
__attribute__((used)) void (*const table[])(void) = {HardFault_Handler};
int main(void) { const uint8_t *frame; fault_all_is_well(); return fault_start() + (int)fault_pending(&frame); }
"""


@pytest.mark.parametrize("cpu", ["cortex-m0plus", "cortex-m4"])
def test_the_fault_handler_of_arduino_cores_links_with_lto(cpu: str, tmp_path: Path) -> None:
    compiler = require("arm-none-eabi-gcc")
    folders = ("platforms/arduino/src/fault.*", "cores/cortex_m/fault_frame.h", "common/src/platform.h")
    for path in (path for pattern in folders for path in templates_dir().glob(pattern)):
        shutil.copy(path, tmp_path)
    (tmp_path / "main.c").write_text(ARDUINO_MAIN)
    flags = [f"-mcpu={cpu}", "-mthumb", "-O2", "-flto", "-DARDUINO_ARCH_STM32", "--specs=nosys.specs", "-Wl,--no-warnings"]
    done = process.run([compiler, *flags, "main.c", "fault.c", "-o", "program.elf"], cwd=tmp_path)
    assert done.exit_code == 0, done.output
    assert "mcu_fault_c" in process.run(["arm-none-eabi-nm", "program.elf"], cwd=tmp_path).output
