"""What firmware with TensorFlow Lite Micro will take: from images that were linked and run, for libraries of any version a guess.

The figures: docs/how-to/tflm.md and docs/performance.md, measured on 2026-11-22 on a Cortex-M4 with Chirale_TensorFLowLite 2.0.0 (TFLM of
January 2023, CMSIS-NN kernels), gcc 12.2 -O2.  Another core, or a library of another year, is some per cent away.
"""

from __future__ import annotations

from collections.abc import Sequence

from mcu_toolkit.boards import Board
from mcu_toolkit.errors import UnsupportedModelError
from mcu_toolkit.model import Graph, Model
from mcu_toolkit.runtimes.base import Prediction
from mcu_toolkit.runtimes.tflm.arena import MARGIN_BYTES, round_up, tensor_bytes

MEASURED = "2026-11-22"
_FIRMWARE_BYTES = 40_900
"""Interpreter, planner, our firmware, one FULLY_CONNECTED: hello_world and ad without their models."""
_KERNEL_BYTES = {
    "FULLY_CONNECTED": 0,
    "RESHAPE": 600,
    "SOFTMAX": 3_800,
    "DEPTHWISE_CONV_2D": 5_400,
    "CONV_2D": 5_100,
    "AVERAGE_POOL_2D": 1_900,
    "MAX_POOL_2D": 1_900,
    "ADD": 2_900,
    "QUANTIZE": 3_000,
    "DEQUANTIZE": 2_000,
}
"""Differences between hello_world, micro_speech, kws and ic; QUANTIZE, DEQUANTIZE and MAX_POOL_2D are guesses beside them."""
_WINDOWS_BYTES = 9_000
"""What CONV_2D and DEPTHWISE_CONV_2D share."""
_UNKNOWN_KERNEL_BYTES = 5_000
_INT16_BYTES = 6_000
"""Kernels for 16-bit activations beside those for 8 bits."""
_LEAST_ERROR_BYTES, _ERROR = 4_096, 0.10
_RAM_BYTES = 1_600
"""Of TFLM's objects and the C library; buffers of the link come on top."""
_STACK_BYTES, _CONVOLUTION_STACK_BYTES = 710, 1_100
_RECORDS_BYTES, _TENSOR_BYTES, _OPERATOR_BYTES, _CHANNEL_BYTES = 400, 12, 60, 8
_ARENA_ERROR = 0.35
"""Kernels' scratch memory and the gaps of the library's greedy planner: vww took 1.26 times what its tensors need at once."""


_REFUSED_CORES = {"cortex-m55": "GCC 12's assembler refuses an instruction of the library's CMSIS-NN kernels for Cortex-M55"}
"""Tried with the library of docs/how-to/tflm.md."""


def predict(models: Sequence[Model], board: Board) -> Prediction:
    """The firmware with `models`; raises UnsupportedModelError for a core that the library cannot be compiled for."""
    _refuse_core(board)
    graphs = [graph for model in models for graph in model.graphs]
    names = {op.name for graph in graphs for op in graph.ops}
    unknown = sorted(names - set(_KERNEL_BYTES))
    has_windows = bool(names & {"CONV_2D", "DEPTHWISE_CONV_2D"})
    kernels = sum(_KERNEL_BYTES.get(name, _UNKNOWN_KERNEL_BYTES) for name in names) + (_WINDOWS_BYTES if has_windows else 0)
    is_16_bit = any(tensor.dtype.name == "INT16" for graph in graphs for tensor in graph.tensors)
    contents_bytes = sum(len(model.content) for model in models)
    flash_bytes = _FIRMWARE_BYTES + kernels + contents_bytes + (_INT16_BYTES if is_16_bit else 0)
    arena_bytes = round_up(max(arena_estimate([model.main for model in models]) + MARGIN_BYTES, 1_248))
    link_bytes = (board.link.window_frames + 1) * (board.link.max_payload_bytes + 16)
    stack_bytes = _CONVOLUTION_STACK_BYTES if has_windows else _STACK_BYTES
    return Prediction(
        flash_bytes=flash_bytes,
        flash_error_bytes=max(_LEAST_ERROR_BYTES, round(_ERROR * flash_bytes)) + _UNKNOWN_KERNEL_BYTES * len(unknown),
        ram_bytes=arena_bytes + _RAM_BYTES + link_bytes,
        ram_error_bytes=round(_ARENA_ERROR * arena_bytes) + 1_024,
        arena_bytes=arena_bytes,
        stack_bytes=stack_bytes,
        stack_error_bytes=max(256, stack_bytes // 4),
        weights_bytes=contents_bytes,
        cycles=None,
        notes=tuple(_notes(unknown)),
    )


def _refuse_core(board: Board) -> None:
    compiler = board.core_facts.compiler
    if board.platformio.framework or compiler is None or board.core_facts.is_host:
        return  # a vendor's framework brings its own
    if not compiler.cpp_packages:
        raise UnsupportedModelError(f"the library needs the C++ standard library, and Debian has none for {board.core}", on=board.id)
    if board.core in _REFUSED_CORES:
        raise UnsupportedModelError(_REFUSED_CORES[board.core], on=board.id)


def arena_estimate(graphs: Sequence[Graph]) -> int:
    """The most that tensors need at one time, and the interpreters' records; what the library's planner leaves unused is not in it.

    Models of one firmware share the memory of tensors, since one runs at a time; records stay.
    """
    return max(map(_tensors_at_once, graphs)) + sum(map(_records_bytes, graphs))


def _tensors_at_once(graph: Graph) -> int:
    last = {index: number for number, op in enumerate(graph.ops) for index in op.inputs if index >= 0}
    last.update(dict.fromkeys(graph.outputs, len(graph.ops)))
    first = dict.fromkeys(graph.inputs, -1)
    for number, op in enumerate(graph.ops):
        for index in op.outputs:
            first.setdefault(index, number)
    changes = [0] * (len(graph.ops) + 3)
    for index, begin in first.items():
        size_bytes = tensor_bytes(graph.tensors[index])
        changes[begin + 1] += size_bytes
        changes[max(last.get(index, begin), begin) + 2] -= size_bytes
    at_once = most = 0
    for change in changes:
        at_once += change
        most = max(most, at_once)
    return most


def _records_bytes(graph: Graph) -> int:
    weights = [graph.tensors[op.inputs[1]] for op in graph.ops if op.name in ("CONV_2D", "DEPTHWISE_CONV_2D")]
    channels = sum(len(tensor.quantization.scales) for tensor in weights if tensor.quantization is not None)
    return _TENSOR_BYTES * len(graph.tensors) + _OPERATOR_BYTES * len(graph.ops) + _CHANNEL_BYTES * channels + _RECORDS_BYTES


def _notes(unknown: list[str]) -> list[str]:
    found = [f"the interpreter's figures are of {MEASURED}, a Cortex-M4 and one library; its arena shows on the board"]
    return [*found, f"kernels that were not measured: {', '.join(unknown[:4])}"] if unknown else found
