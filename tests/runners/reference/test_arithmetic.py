"""The reference's arithmetic over arrays is the scalar arithmetic of TFLM, and its table is the kernels'."""

from __future__ import annotations

import re

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from mcu_toolkit.runners.reference.arithmetic import logistic, requantize, tanh
from mcu_toolkit.runtimes.aot.ir import numerics
from mcu_toolkit.system.resources import templates_dir

EVERY = np.arange(-32768, 32768, dtype=np.int64)


@given(st.integers(-(2**30), 2**30), st.floats(2.0**-20, 1.0))
def test_rescaling_is_that_of_single_numbers(value: int, real: float) -> None:
    assert int(requantize(np.array([value]), real)[0]) == numerics.requantize(value, *numerics.quantize_multiplier(real))


def test_activations_are_near_the_functions_and_saturate() -> None:
    assert np.abs(logistic(EVERY) / 2**15 - 1 / (1 + np.exp(-EVERY / 4096))).max() < 2e-4
    assert np.abs(tanh(EVERY) / 2**15 - np.tanh(EVERY / 4096)).max() < 4e-4
    assert (int(tanh(EVERY).min()), int(tanh(EVERY).max())) == (-32767, 32767)


def test_the_table_is_that_of_the_kernels() -> None:
    text = (templates_dir() / "runtimes/aot/kernels/sigmoid.h").read_text()
    found = re.search(r"aot_sigmoid_table\[256\] = \{([^}]*)\}", text)
    assert found is not None
    entries = np.array([int(entry) for entry in found.group(1).split(",")])
    exact = logistic(np.arange(0, 32768, dtype=np.int64))
    index = (np.arange(0, 32768) * 3) >> 9
    assert np.all(exact >= (entries[index] * 512 + 512) // 1024)
    assert np.all(exact <= (entries[index + 1] * 512 + 512) // 1024)
