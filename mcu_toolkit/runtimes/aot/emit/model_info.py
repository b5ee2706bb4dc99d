"""What is known of a compiled model, as records: its layers, its memory and the digests of its constants."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from mcu_toolkit.artifacts import ArenaBlock, CompiledModelInfo, LayerInfo
from mcu_toolkit.artifacts.compiled_model import constant_digests
from mcu_toolkit.model import Graph
from mcu_toolkit.runtimes.aot.compiler import CompiledModel
from mcu_toolkit.runtimes.aot.emit.model_text import ModelText
from mcu_toolkit.runtimes.aot.ir.lowered_operator import LoweredOperator


def model_info(compiled: CompiledModel, text: ModelText) -> CompiledModelInfo:
    """The record of one model, for reports and manifests."""
    plan = compiled.plan
    stored, before = weights_of_steps(compiled.model.main, compiled.steps)
    return CompiledModelInfo(
        name=compiled.model.name,
        prefix=compiled.prefix,
        macs=compiled.macs,
        folded_operators=compiled.folded_operators,
        weights_bytes=text.weights_bytes,
        repacked_weights_bytes=stored,
        weights_before_bytes=before,
        arena_bytes=plan.peak_bytes,
        arena_lower_bound_bytes=plan.lower_bound_bytes,
        arena_order=plan.order,
        state_bytes=text.state_bytes,
        arena=_blocks(compiled),
        layers=tuple(
            _layer(step, plan.bytes_in(number), runs=layer.call != "")
            for number, (step, layer) in enumerate(zip(compiled.steps, text.layers, strict=True))
        ),
        constants=constant_digests(
            (step.op.index, np.ascontiguousarray(constant.array).tobytes()) for step in compiled.steps for constant in step.constants
        ),
        kept_channels=dict(sorted(compiled.kept_channels.items())),
    )


def _blocks(compiled: CompiledModel) -> tuple[ArenaBlock, ...]:
    tensors = compiled.model.main.tensors
    return tuple(
        ArenaBlock(
            offset_bytes=placed.offset_bytes,
            size_bytes=placed.block.size_bytes,
            first_step=placed.block.first,
            last_step=placed.block.last,
            tensors=tuple(tensors[i].name for i in placed.block.tensors),
            scratch_of=placed.block.scratch_of,
        )
        for placed in compiled.plan.placed
    )


def _layer(step: LoweredOperator, ram_bytes: int, *, runs: bool) -> LayerInfo:
    return LayerInfo(
        index=step.op.index,
        operator=step.op.name,
        merged=tuple(op.index for op in step.merged),
        rows=step.rows,
        kernel=step.kernel,
        variant=step.variant,
        macs=step.macs,
        runs=runs,
        weights_bytes=sum(constant.array.nbytes for constant in step.constants),
        ram_bytes=ram_bytes,
    )


_WEIGHTS_INPUT = {"CONV_2D": 1, "DEPTHWISE_CONV_2D": 1, "FULLY_CONNECTED": 1, "TRANSPOSE_CONV": 1}
"""Operators whose weights are repacked, and which input these are."""


def weights_of_step(graph: Graph, step: LoweredOperator) -> tuple[int, int]:
    """How much larger weights become where they are repacked for a kernel, whose padding is paid for in flash.

    (bytes of weights as the step keeps them, as the model has them), padding included; biases and rescaling are no weights.
    (0, 0) for a step without weights, or with weights that the model computes.
    """
    stored = sum(constant.stored_weights_bytes for constant in step.constants)
    if not stored:
        return 0, 0
    tensors = (graph.tensors[op.inputs[_WEIGHTS_INPUT[op.name]]] for op in (step.op, *step.merged) if op.name in _WEIGHTS_INPUT)
    return stored, sum(tensor.data.nbytes for tensor in tensors if tensor.data is not None)


def weights_of_steps(graph: Graph, steps: Iterable[LoweredOperator]) -> tuple[int, int]:
    """The sums over `steps`, as `weights_of_step`."""
    pairs = [weights_of_step(graph, step) for step in steps]
    return sum(stored for stored, _ in pairs), sum(before for _, before in pairs)
