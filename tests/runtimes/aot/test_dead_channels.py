"""Channels whose output does not depend on the input lose their weights in a pass of their own."""

from __future__ import annotations

import numpy as np
import pytest

from mcu_toolkit.model import Model, parse_model
from mcu_toolkit.runtimes.aot.compiler import after_each_pass
from mcu_toolkit.runtimes.aot.ir.target import Target
from mcu_toolkit.runtimes.aot.passes.dump import program_text
from mcu_toolkit.runtimes.aot.passes.program import Program
from tests.model_builder import ModelBuilder
from tests.ops.harness import Case, check_batch

CHANNELS = 6
DEAD = (1, 4)


def layer(kind: str, *, shared: bool = False) -> Model:
    """A RELU layer of 6 channels, two of which a bias keeps far below zero; `shared`: another layer reads the same weights."""
    random, builder = np.random.default_rng(3), ModelBuilder()
    shapes = {
        "CONV_2D": ([1, 5, 5, 3], [CHANNELS, 3, 3, 3]),
        "DEPTHWISE_CONV_2D": ([1, 5, 5, CHANNELS], [1, 3, 3, CHANNELS]),
        "FULLY_CONNECTED": ([1, 8], [CHANNELS, 8]),
    }
    shape, weight_shape = shapes[kind]
    x = builder.tensor(shape, "int8", 0.02, 5)
    axis = 3 if kind == "DEPTHWISE_CONV_2D" else 0
    w = builder.tensor(
        weight_shape, "int8", scales=[0.01] * CHANNELS, axis=axis, data=random.integers(-90, 90, weight_shape).astype(np.int8)
    )
    options: dict[str, object] = {"fused_activation_function": "RELU"}
    if kind != "FULLY_CONNECTED":
        options |= {"padding": "SAME", "stride_h": 1, "stride_w": 1} | ({"depth_multiplier": 1} if axis else {})
    outputs = []
    for dead in (DEAD, ()) if shared else (DEAD,):
        bias = np.where(np.isin(np.arange(CHANNELS), dead), -(1 << 20), 40).astype(np.int32)
        b = builder.tensor([CHANNELS], "int32", scales=[0.0002] * CHANNELS, data=bias)
        outputs.append(builder.tensor([*shape[:-1], CHANNELS], "int8", 0.05, -128))
        builder.op(kind, [x, w, b], [outputs[-1]], **options, version=4 if kind == "FULLY_CONNECTED" else 3)
    return parse_model(builder.build([x], outputs), "layer")


def folded(model: Model) -> Program:
    return next(program for one, program in after_each_pass(model, Target("dsp")) if one.__name__ == "fold_dead_channels")


@pytest.mark.parametrize("kind", ["CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED"])
def test_dead_channels_and_no_others_lose_their_weights(kind: str) -> None:
    model = layer(kind)
    program = folded(model)
    before, after = (graph.tensors[model.main.ops[0].inputs[1]].data for graph in (model.main, program.graph))
    assert before is not None
    assert after is not None
    axis = 3 if kind == "DEPTHWISE_CONV_2D" else 0
    first_before, first_after = np.moveaxis(before, axis, 0), np.moveaxis(after, axis, 0)
    for channel in range(CHANNELS):
        expected = np.zeros_like(first_before[channel]) if channel in DEAD else first_before[channel]
        assert np.array_equal(first_after[channel], expected), channel
    assert program.dead_channels == {0: len(DEAD)}


def test_weights_that_two_layers_read_stay() -> None:
    program = folded(layer("CONV_2D", shared=True))
    assert program.dead_channels == {}


def test_a_dump_says_how_many_channels_are_dead() -> None:
    program = folded(layer("CONV_2D"))
    assert "channels whose output does not depend on the input: layer 0: 2" in program_text(program, "fold_dead_channels")


def test_outputs_equal_tflm() -> None:
    models = [layer(kind) for kind in ("CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED")] + [layer("CONV_2D", shared=True)]
    check_batch([Case(model.content, model.name) for model in models])
