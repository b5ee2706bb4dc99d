"""Generated code on a core whose `int` has 16 bits: an export for a simulated AVR computes what TFLM does, byte for byte."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from mcu_toolkit.model import Model, parse_model
from mcu_toolkit.system import process
from mcu_toolkit.system.resources import templates_dir
from mcu_toolkit.validate import quantize
from tests.ops.avr import FLAGS, WARNINGS, avr_program, expected_bytes, require_avr, run_on_avr
from tests.ops.fixed_sample import fixed_sample
from tests.ops.harness import golden_outputs, samples_for
from tests.runtimes.aot.drawn_shapes import drawn_shape
from tests.small_models import addition

KERNELS = templates_dir() / "runtimes/aot/kernels"
Arrays = Sequence[npt.NDArray[Any]]


def check_on_avr(model: Model, samples: Sequence[Arrays], golden: Sequence[Arrays], what: str, folder: Path) -> bool:
    """Assert equal bytes; False where the program is too large for the core."""
    program = avr_program(model, samples, folder)
    if program is not None:
        assert run_on_avr(program) == expected_bytes(golden), what
    return program is not None


@pytest.mark.slow
@pytest.mark.parametrize("step", [8, pytest.param(1, marks=pytest.mark.nightly)])
def test_operators_compute_what_tflm_does(step: int, tmp_path: Path) -> None:
    require_avr()
    samples = fixed_sample(1)[::step]
    ran = [check_on_avr(one.model, [one.inputs], [one.golden], one.key, tmp_path / str(i)) for i, one in enumerate(samples)]
    assert all(ran), "the fixed sample is small enough for 16 KB"


def full_range(numbers: Iterable[int], folder: Path) -> int:
    """How many layers of these numbers fit and were right at random inputs over the whole range and at both its ends."""
    ran = 0
    for number in numbers:
        shape = drawn_shape(number)
        model = parse_model(shape.content, f"shape_{number}")
        if sum(tensor.size_bytes for tensor in (*model.inputs, *model.outputs)) > 2_000:
            continue
        samples = samples_for(model, count=2, seed=number)
        ran += check_on_avr(model, samples, golden_outputs(model.content, samples, len(model.outputs)), shape.what, folder / str(number))
    return ran


@pytest.mark.slow
@pytest.mark.parametrize(
    ("numbers", "at_least"),
    # 70: windows over the border with a constant bias
    [((*range(30), 70), 11), pytest.param(range(600), 200, marks=pytest.mark.nightly)],
    ids=["some", "all"],
)
def test_layers_of_any_shape_compute_what_tflm_does(numbers: Sequence[int], at_least: int, tmp_path: Path) -> None:
    require_avr()
    assert full_range(numbers, tmp_path) >= at_least


QUANTIZE = """
#include "kernels/real.h"
#include <avr/interrupt.h>
#include <avr/io.h>
#include <avr/sleep.h>
static const float values[] = {%s};
static void put(char letter) { while (!(UCSR0A & _BV(UDRE0))) {} UDR0 = letter; }
int main(void) {
    UCSR0B = _BV(TXEN0);
    for (uint8_t i = 0; i < sizeof values / sizeof *values; ++i) {
        const uint8_t stored = (uint8_t)aot_quantize_real(values[i], %sf, %d, -128, 127);
        put("0123456789abcdef"[stored >> 4]);
        put("0123456789abcdef"[stored & 15]);
    }
    put('\\n'); put('.'); put('\\n');
    cli(); sleep_enable(); sleep_cpu();
    return 0;
}
"""


def test_real_values_far_beyond_the_range_give_its_ends(tmp_path: Path) -> None:
    require_avr()
    tensor = parse_model(addition(), "addition").inputs[0]
    assert tensor.quantization is not None
    values = np.array([30000, -30000, 3276.75, 3276.8, 1e30, -1e30, 0, 0.049, -0.049, 0.051, 12.6, 12.5, -12.9, 100000], np.float32)
    text = ", ".join(f"{value:.9e}f" for value in values)
    source = QUANTIZE % (text, f"{np.float32(tensor.quantization.scale):.9e}", tensor.quantization.zero_point)
    (tmp_path / "main.c").write_text(source)
    command = ["avr-gcc", *FLAGS, *WARNINGS, f"-I{KERNELS.parent}", tmp_path / "main.c", "-o", tmp_path / "main.elf"]
    done = process.run(command)
    assert done.exit_code == 0, done.output
    assert run_on_avr(tmp_path / "main.elf") == quantize(values, tensor).tobytes()


PORTABLE = sorted(KERNELS.glob("*.h"))


@pytest.mark.parametrize("path", PORTABLE, ids=lambda path: path.name)
def test_portable_kernels_shift_no_plain_int(path: Path) -> None:
    """`1 << 20` is no number where int has 16 bits: literals that are shifted say how wide they are."""
    code = re.sub(r"/\*.*?\*/", "", path.read_text(), flags=re.DOTALL)
    assert re.findall(r"(?<![\w.])(?:0x)?[0-9a-fA-F]+[uU]? ?<< ?[^;]*", code) == []


def test_every_portable_kernel_is_looked_at() -> None:
    assert len(PORTABLE) > 50
