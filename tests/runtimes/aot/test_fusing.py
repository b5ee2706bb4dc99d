"""Which operators are done in one step, and which must not be."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from mcu_toolkit.model import parse_model
from mcu_toolkit.runtimes.aot.compiler import CompiledModel, compile_model
from mcu_toolkit.runtimes.aot.ir.operator import OpView
from mcu_toolkit.runtimes.aot.ir.target import Target
from mcu_toolkit.runtimes.aot.passes.fuse import find_pairs, plan_merged
from tests.model_builder import ModelBuilder

DSP = Target("dsp")
APART = Target("dsp", merge=False)
Branches = Callable[["Block"], list[int]]


class Block:
    """A model in the making: 8x8x4 images, 3x3 convolutions, sums."""

    def __init__(self) -> None:
        self.builder = ModelBuilder()
        self.x = self.image()

    def image(self) -> int:
        return self.builder.tensor([1, 8, 8, 4], "int8", 0.05, 0)

    def convolution(self, source: int) -> int:
        weights = np.random.default_rng(1).integers(-90, 90, (4, 3, 3, 4)).astype(np.int8)
        w = self.builder.tensor([4, 3, 3, 4], "int8", scales=[0.002] * 4, axis=0, data=weights)
        b = self.builder.tensor([4], "int32", scales=[0.0001] * 4, data=np.zeros(4, np.int32))
        out = self.image()
        self.builder.op(
            "CONV_2D", [source, w, b], [out], padding="SAME", stride_h=1, stride_w=1, fused_activation_function="NONE", version=3
        )
        return out

    def add(self, first: int, second: int) -> int:
        out = self.image()
        self.builder.op("ADD", [first, second], [out], fused_activation_function="NONE", version=2)
        return out

    def compiled(self, outputs: list[int], target: Target = DSP) -> CompiledModel:
        return compile_model(parse_model(self.builder.build([self.x], outputs), "block"), target)


def merged(compiled: CompiledModel) -> list[tuple[int, ...]]:
    return [(*(op.index for op in step.merged), step.op.index) for step in compiled.steps if step.merged]


def residual(block: Block) -> list[int]:
    first = block.convolution(block.x)
    deep = block.convolution(block.convolution(first))
    return [block.convolution(block.add(first, deep))]


def test_the_end_of_a_residual_block_is_one_step_and_saves_an_image() -> None:
    block = Block()
    compiled = block.compiled(residual(block))
    assert merged(compiled) == [(2, 3)]
    step = next(step for step in compiled.steps if step.merged)
    assert compiled.plan.tensor_offset(step.outputs[0]) == compiled.plan.tensor_offset(step.inputs[0])
    block = Block()
    apart = block.compiled(residual(block), APART)
    assert merged(apart) == []
    assert len(apart.steps) == len(compiled.steps) + 1
    assert compiled.plan.peak_bytes <= apart.plan.peak_bytes - 8 * 8 * 4 + 3 * 4 + 16


def read_again_later(block: Block) -> list[int]:
    first = block.convolution(block.x)
    total = block.add(first, block.convolution(block.convolution(first)))
    return [block.add(total, first)]


def convolution_is_an_output(block: Block) -> list[int]:
    first = block.convolution(block.x)
    deep = block.convolution(block.convolution(first))
    return [block.add(first, deep), deep]


def convolution_reads_what_it_would_overwrite(block: Block) -> list[int]:
    first = block.convolution(block.x)
    return [block.add(first, block.convolution(first))]


def convolution_is_read_twice(block: Block) -> list[int]:
    first = block.convolution(block.x)
    deep = block.convolution(block.convolution(first))
    return [block.convolution(block.add(block.add(first, deep), deep))]


def added_to_itself(block: Block) -> list[int]:
    deep = block.convolution(block.x)
    return [block.add(deep, deep)]


def other_input_is_a_view_of_what_is_needed(block: Block) -> list[int]:
    first = block.convolution(block.x)
    view = block.image()
    block.builder.op("RESHAPE", [first], [view], new_shape=[1, 8, 8, 4])
    total = block.add(view, block.convolution(block.convolution(first)))
    return [total, first]


@pytest.mark.parametrize(
    "branches",
    [
        read_again_later,
        convolution_is_an_output,
        convolution_reads_what_it_would_overwrite,
        convolution_is_read_twice,
        added_to_itself,
        other_input_is_a_view_of_what_is_needed,
    ],
)
def test_what_is_still_needed_is_not_overwritten(branches: Branches) -> None:
    block = Block()
    compiled = block.compiled(branches(block), APART)
    graph = compiled.model.main
    views = [OpView(graph, op, compiled.model.graphs) for op in graph.ops]
    pairs = find_pairs(graph, views, compiled.steps, DSP)
    if branches is other_input_is_a_view_of_what_is_needed:  # only the plan of the memory can know
        assert [pair.addition for pair in pairs] == [4]
        assert plan_merged(graph, views, compiled.steps, DSP)[0] == compiled.steps
    else:
        assert pairs == []


def test_other_cores_keep_the_steps_apart() -> None:
    block = Block()
    assert merged(block.compiled(residual(block), Target("portable"))) == []
