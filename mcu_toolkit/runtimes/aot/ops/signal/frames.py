"""SignalFramer, SignalStacker, SignalDelay and SignalOverlapAdd: what keeps samples from one inference to the next."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from mcu_toolkit.model import DType
from mcu_toolkit.runtimes.aot.ir import records
from mcu_toolkit.runtimes.aot.ir.c_tree import Input, Labelled, Node, Output, Record, State, call, cast_pointer
from mcu_toolkit.runtimes.aot.ir.constraints import COMMON, has_tensors, input_is, shape_finding
from mcu_toolkit.runtimes.aot.ir.lowered_operator import LayerRecord, LoweredOperator, StateSlot
from mcu_toolkit.runtimes.aot.ir.operator import Operator
from mcu_toolkit.runtimes.aot.ir.operator_view import Finding, OpView
from mcu_toolkit.runtimes.aot.ir.target import Target
from mcu_toolkit.runtimes.aot.ops.signal.options import (
    INT32,
    RECONVERT,
    Range,
    element_type_is_that_of_the_tensors,
    has_a_dimension,
    has_options,
    ranks_are,
    read_options,
    types_of,
)

_HEADERS = ("signal_frames.h",)
_COUNT = Range(1, 1 << 20)
"""Of samples or frames: more than any microcontroller holds."""
_FROM_0 = Range(0, 1 << 20)


def frames_fit_the_input(view: OpView) -> Finding | None:
    """frame_step is at most frame_size, and [.., frames * frame_step] samples become [.., frames, frame_size] and a scalar"""
    options, shape = read_options(view), view.input(0).shape
    size, step = options["frame_size"], options["frame_step"]
    if step > size or shape[-1] % step:
        return Finding(f"frames of {size} every {step} of {shape[-1]} samples", RECONVERT, view.input(0))
    return shape_finding(view.outputs[1], ()) or shape_finding(view.output, (*shape[:-1], shape[-1] // step, size))


def stack_fits(view: OpView) -> Finding | None:
    """the input has num_channels elements, the output as many for each frame, and stacker_step is at most the frames of an output"""
    channels, frames, step = _stack(view)
    if step > frames:
        return Finding(f"a step of {step} frames over stacks of {frames}", RECONVERT)
    return shape_finding(view.input(0), (channels,)) or shape_finding(view.output, (channels * frames,))


def output_is_like_the_input(view: OpView) -> Finding | None:
    """the output has the shape of the input"""
    return shape_finding(view.output, view.input(0).shape)


def sums_fit_the_output(view: OpView) -> Finding | None:
    """the input is [.., frames, samples], frame_step at most its samples, and the output [.., frames * frame_step]"""
    shape, step = view.input(0).shape, read_options(view)["frame_step"]
    if len(shape) < 2 or step > shape[-1]:
        return Finding(f"steps of {step} samples over {list(shape)}", RECONVERT, view.input(0))
    return shape_finding(view.output, (*shape[:-2], shape[-2] * step))


def _stack(view: OpView) -> tuple[int, int, int]:
    """Channels, frames of an output, frames from one output to the next."""
    options = read_options(view)
    frames = options["stacker_left_context"] + options["stacker_right_context"] + 1
    return options["num_channels"], frames, options["stacker_step"]


def _lower_framer(view: OpView, _target: Target) -> LoweredOperator:
    """State: the samples before a step that make a frame with it; without `prefill` they are not there at first."""
    options, samples = read_options(view), view.input(0).shape[-1]
    size, step, prefill = options["frame_size"], options["frame_step"], options["prefill"] != 0
    kept = size - step if prefill else (size - 1) // step * step
    rows = view.input(0).elements // samples
    layer = records.record("aot_signal_framer_layer", rows=rows, frames=samples // step, size=size, step=step, kept=kept)
    held = np.array([kept if prefill else 0], np.int32)
    return _with_samples(view, "aot_signal_framer", layer, 2 * rows * kept, held)


def _lower_stacker(view: OpView, _target: Target) -> LoweredOperator:
    """State: the frames before the newest one, and how many there are: -1 before the first."""
    channels, frames, step = _stack(view)
    left = read_options(view)["stacker_left_context"]
    layer = records.record("aot_signal_stacker_layer", channels=channels, left=left, frames=frames, step=step)
    return _with_samples(view, "aot_signal_stacker", layer, 2 * channels * (frames - 1), np.array([-1], np.int32))


def _with_samples(view: OpView, kernel: str, layer: LayerRecord, samples_bytes: int, held: npt.NDArray[np.int32]) -> LoweredOperator:
    """A kernel that keeps samples and a count of them."""
    slots = (_slot(view, samples_bytes), StateSlot(f"count of op {view.op.index}", held.nbytes, held if held.any() else None))
    kept = _samples(), cast_pointer("aot_int32 *", State(1))
    code = call(kernel, Record(), Input(), Output(), Output(1), *kept)
    return LoweredOperator(
        view.op, view.op.inputs, view.op.outputs, (code,), headers=_HEADERS, layer=layer, state=slots, kernel=kernel.removeprefix("aot_")
    )


def _slot(view: OpView, size_bytes: int) -> StateSlot:
    return StateSlot(f"samples of op {view.op.index}", max(size_bytes, 2))


def _samples(c_type: str = "aot_int16 *") -> Node:
    return cast_pointer(c_type, State())


def _lower_delay(view: OpView, _target: Target) -> LoweredOperator:
    """State: the last `delay_length` samples of each row."""
    size, delay = view.input(0).shape[-1], read_options(view)["delay_length"]
    rows = view.input(0).elements // size
    numbers = Labelled("rows", rows), Labelled("size", size), Labelled("delay", delay)
    code = call("aot_signal_delay", Input(), Output(), _samples(), *numbers)
    state = (_slot(view, 2 * rows * delay),)
    return LoweredOperator(view.op, view.op.inputs, view.op.outputs, (code,), headers=_HEADERS, state=state, kernel="signal_delay")


def _lower_overlap_add(view: OpView, _target: Target) -> LoweredOperator:
    """State: the sums that are not given out yet."""
    tensor = view.input(0)
    (*_, frames, size), step, name = tensor.shape, read_options(view)["frame_step"], tensor.dtype.name.lower()
    rows = tensor.elements // (frames * size)
    code = call(f"aot_signal_overlap_add_{name}", Record(), Input(), Output(), _samples(f"aot_{name} *"))
    return LoweredOperator(
        op=view.op,
        inputs=view.op.inputs,
        outputs=view.op.outputs,
        call=(code,),
        headers=_HEADERS,
        layer=records.record("aot_signal_overlap_add_layer", rows=rows, frames=frames, size=size, step=step),
        state=(_slot(view, rows * size * tensor.dtype.itemsize_bytes),),
        kernel=f"signal_overlap_add_{name}",
    )


FRAMER = Operator(
    name="SignalFramer",
    constraints=(
        has_tensors((1,), 2),
        *COMMON,
        types_of((DType.INT16,), (DType.INT16, DType.BOOL)),
        has_options(frame_size=_COUNT, frame_step=_COUNT, prefill=Range(*INT32)),
        has_a_dimension,
        frames_fit_the_input,
    ),
    lower=_lower_framer,
)
"""SignalFramer: overlapping frames of a stream of samples."""

STACKER = Operator(
    name="SignalStacker",
    constraints=(
        has_tensors((1,), 2),
        *COMMON,
        types_of((DType.INT16,), (DType.INT16, DType.BOOL)),
        ranks_are((1,), (1, 0)),
        has_options(num_channels=_COUNT, stacker_left_context=_FROM_0, stacker_right_context=_FROM_0, stacker_step=_COUNT),
        stack_fits,
    ),
    lower=_lower_stacker,
)
"""SignalStacker: the last frames of features as one."""

DELAY = Operator(
    name="SignalDelay",
    constraints=(
        has_tensors((1,)),
        *COMMON,
        types_of((DType.INT16,), (DType.INT16,)),
        has_options(delay_length=_FROM_0),
        has_a_dimension,
        output_is_like_the_input,
    ),
    lower=_lower_delay,
)
"""SignalDelay: the samples of some samples ago."""

OVERLAP_ADD = Operator(
    name="SignalOverlapAdd",
    constraints=(
        has_tensors((1,)),
        *COMMON,
        input_is(0, "input", DType.INT16, DType.FLOAT32),
        has_options(T=Range(*INT32), frame_step=_COUNT),
        element_type_is_that_of_the_tensors,
        sums_fit_the_output,
    ),
    lower=_lower_overlap_add,
)
"""SignalOverlapAdd: a stream of samples from overlapping frames."""

OPERATORS = (FRAMER, STACKER, DELAY, OVERLAP_ADD)
