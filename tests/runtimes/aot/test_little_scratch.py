"""Where memory is short a layer first tries the kernel of its instruction set that needs little of it."""

from __future__ import annotations

from mcu_toolkit.model import parse_model
from mcu_toolkit.runtimes.aot.compiler import compile_model
from mcu_toolkit.runtimes.aot.ir.target import Target
from mcu_toolkit.runtimes.aot.passes.tflm_arena import tflm_arena_bytes
from tests.ops.dsp.drawn import case


def test_windows_that_leave_no_room_for_planes_go_by_taps() -> None:
    kernels = []
    for seed in range(20):
        model = parse_model(case(seed, "DEPTHWISE_CONV_2D any window large").content, "m")
        compiled = compile_model(model, Target("dsp"))
        assert compiled.plan.peak_bytes <= tflm_arena_bytes(model.main, "dsp")
        kernels.append(compiled.steps[0].kernel)
    assert sum(kernel.startswith("dsp depthwise_taps") for kernel in kernels) >= 16, kernels
