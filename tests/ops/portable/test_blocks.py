"""The portable kernels as they are blocked for each core, compiled for this machine, against TFLM."""

from __future__ import annotations

from collections import Counter

import pytest

from mcu_toolkit.model import parse_model
from mcu_toolkit.runtimes.aot import runtime
from mcu_toolkit.runtimes.aot.compiler import compile_model
from mcu_toolkit.runtimes.aot.ir.target import Target
from mcu_toolkit.runtimes.aot.passes import fit_to_budget
from tests.ops.convolution.test_conv_2d import convolution
from tests.ops.convolution.test_depthwise_conv_2d import depthwise
from tests.ops.dsp.drawn import case
from tests.ops.harness import Case, check_batch, check_draws
from tests.ops.portable.chain import chain

TARGETS = {
    "cortex-m0": Target(core="cortex-m0"),
    "cortex-m3": Target(core="cortex-m3"),
    "rv32imac": Target(core="rv32imac"),
    "one pixel": Target(core="cortex-m3", im2col_pixels=1),
    "no scratch memory": Target(core="cortex-m3", im2col_pixels=0),
}
KINDS = ("CONV_2D", "DEPTHWISE_CONV_2D", "DEPTHWISE_CONV_2D any window")
LAYERS = 12
"""Of each kind."""


@pytest.fixture(params=TARGETS)
def target(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Target:
    """Libraries of the operators' harness are blocked for this one."""
    chosen = TARGETS[request.param]
    monkeypatch.setattr(runtime, "target_of", lambda _board: chosen)
    return chosen


def kernels(cases: list[Case], target: Target) -> Counter[str]:
    """How often each kernel does a layer."""
    steps = [step for one in cases for step in compile_model(parse_model(one.content, "drawn"), target).steps]
    return Counter(step.kernel for step in steps)


def test_layers_like_trained_ones_equal_tflm(target: Target) -> None:
    check_batch([case(seed, kind) for kind in KINDS for seed in range(LAYERS)])


@pytest.mark.nightly
def test_any_layer_equals_tflm(target: Target) -> None:
    check_draws(240, convolution("int8"), depthwise("int8"))


def test_chains_in_place_equal_tflm(target: Target) -> None:
    check_batch([chain(seed) for seed in range(LAYERS)])


@pytest.mark.parametrize(("core", "blocks"), [("cortex-m0", {1}), ("cortex-m3", {1, 2}), ("rv32imac", {1, 2, 4})])
def test_registers_decide_how_many_channels_go_at_a_time(core: str, blocks: set[int]) -> None:
    found = kernels([case(seed, "CONV_2D") for seed in range(40)], Target(core=core))
    assert {int(name.split(" im2col ")[1].split()[0].split("x")[1]) for name in found} == blocks


def test_layers_like_trained_ones_take_the_short_rounding() -> None:
    found = kernels([case(seed, kind) for seed in range(40) for kind in KINDS], TARGETS["cortex-m3"])
    exact = sum(count for name, count in found.items() if "exact" in name)
    assert exact <= 0.1 * found.total(), found
    assert any("signed" in name for name in found), "none needs the sign"
    assert any("clamped" in name for name in found), "none has an activation"


def test_pointwise_and_depthwise_layers_take_their_inputs_memory() -> None:
    compiled = compile_model(parse_model(chain(1).content, "chain"), TARGETS["cortex-m3"])
    taken = [compiled.plan.tensor_offset(step.outputs[0]) == compiled.plan.tensor_offset(step.inputs[0]) for step in compiled.steps]
    assert taken == [True] * 4


def test_where_there_is_no_memory_for_im2col_buffers_they_get_smaller_and_at_last_none(monkeypatch: pytest.MonkeyPatch) -> None:
    model = parse_model(case(7, "CONV_2D").content, "drawn")
    compiled = compile_model(model, TARGETS["cortex-m3"])
    (step,) = compiled.steps
    assert step.scratch_bytes % 4 == 0
    for limit_bytes, words in ((0, "1x4"), (step.scratch_bytes, "")):
        monkeypatch.setattr(fit_to_budget, "tflm_arena_bytes", lambda _graph, _set, less=limit_bytes: compiled.plan.peak_bytes - 1 - less)
        (smaller,) = compile_model(model, TARGETS["cortex-m3"]).steps
        assert ("im2col 1x" in smaller.kernel) == bool(words), smaller.kernel
        assert smaller.scratch_bytes <= step.scratch_bytes // 4
