"""TensorFlow Lite Micro's arena for a model: the measure of ours.

On cores with the DSP extension or Helium TFLM's kernels are CMSIS-NN's, which want scratch memory of their own.  Sizes are those of the
`..._get_buffer_size` functions of CMSIS-NN 4.1 (arm_convolve_wrapper_s8, arm_depthwise_conv_wrapper_s8, arm_avgpool_s8,
arm_convolve_wrapper_s16, arm_depthwise_conv_wrapper_s16).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from mcu_toolkit.model import DType, Graph
from mcu_toolkit.runtimes.aot.ir.lowered_operator import LoweredOperator
from mcu_toolkit.runtimes.aot.ir.operator_view import OpView
from mcu_toolkit.runtimes.aot.memory.planner import plan_arena
from mcu_toolkit.runtimes.aot.ops.convolution.windows import axes

# Bytes of TFLM's own records in its arena, on a core with 32-bit pointers.  Fitted from below to its arenas on a Cortex-M4
# (Chirale_TensorFLowLite 2.0.0): hello_world 820 (3 layers, 10 tensors), ad01 2,596 (10 layers, 31 tensors).  A 64-bit host takes more.
_INTERPRETER_BYTES = 300
_TENSOR_BYTES = 12
_LAYER_BYTES = 48
_DENSE_BYTES = 60
_CHANNEL_BYTES = 8
"""A multiplier and a shift for each channel of a convolution."""

_HELIUM_COLUMNS = 4
"""im2col columns of arm_convolve_s8 with Helium; each is rounded up to 8 bytes."""
_HELIUM_CHANNELS = 124
"""CH_IN_BLOCK_MVE of arm_nnsupportfunctions.h."""


def tflm_arena_bytes(graph: Graph, instruction_set: str = "portable") -> int:
    """TFLM's arena for `graph` in bytes, rather too small than too large: tensors that share memory by lifetime, scratch memory of
    CMSIS-NN where `instruction_set` is one that it has kernels for, and TFLM's records."""
    # Handles of variables take no room among the tensors.
    plain = [
        LoweredOperator(
            op,
            op.inputs,
            tuple(i for i in op.outputs if graph.tensors[i].dtype is not DType.RESOURCE),
            scratch_bytes=cmsis_nn_scratch_bytes(OpView(graph, op), instruction_set),
        )
        for op in graph.ops
    ]
    tensors = plan_arena(graph, plain).peak_bytes
    dense = sum(op.name == "FULLY_CONNECTED" for op in graph.ops)
    records = _TENSOR_BYTES * len(graph.tensors) + _LAYER_BYTES * len(graph.ops) + _DENSE_BYTES * dense
    return tensors + _INTERPRETER_BYTES + records + _CHANNEL_BYTES * _channels(graph)


def cmsis_nn_scratch_bytes(view: OpView, instruction_set: str) -> int:
    """What CMSIS-NN's kernel of an operator asks TFLM for, in bytes; 0 where it has none."""
    formula = _FORMULAS.get((view.op.name, view.input(0).dtype if view.op.inputs and view.op.inputs[0] >= 0 else DType.FLOAT32))
    return 0 if formula is None or instruction_set == "portable" else formula(view, instruction_set == "mve")


def _convolution(view: OpView, helium: bool) -> int:
    rows, columns = axes(view)
    depth = view.input(0).shape[3] * rows.kernel * columns.kernel
    plain = all((axis.kernel, axis.stride, axis.dilation) == (1, 1, 1) for axis in (rows, columns))
    if plain:
        return 0
    one_row = rows.input == rows.kernel == 1 and columns.output % 4 == 0 and columns.dilation == 1
    if helium:
        return 0 if one_row else _HELIUM_COLUMNS * -(-depth // 8) * 8
    return 4 * depth


def _depthwise(view: OpView, helium: bool) -> int:
    rows, columns = axes(view)
    batches, _, _, channels = view.input(0).shape
    if channels != view.output.shape[3] or batches != 1 or (rows.dilation, columns.dilation) != (1, 1):
        return 0
    taps = rows.kernel * columns.kernel
    return 4 * _HELIUM_CHANNELS * taps if helium else 2 * channels * taps


def _convolution_int16(view: OpView, helium: bool) -> int:
    rows, columns = axes(view)
    depth = view.input(0).shape[3] * rows.kernel * columns.kernel
    return 4 * depth if not helium and depth < _SHORT_DEPTH and rows.dilation == columns.dilation == 1 else 0


_SHORT_DEPTH = 512
"""arm_convolve_fast_s16 sums fewer products than this in 32 bits."""


def _average_pool(view: OpView, helium: bool) -> int:
    return 0 if helium else 4 * view.input(0).shape[3]


_FORMULAS: Mapping[tuple[str, DType], Callable[[OpView, bool], int]] = MappingProxyType(
    {
        ("CONV_2D", DType.INT8): _convolution,
        ("CONV_2D", DType.INT16): _convolution_int16,
        ("DEPTHWISE_CONV_2D", DType.INT8): _depthwise,
        ("AVERAGE_POOL_2D", DType.INT8): _average_pool,
    }
)


def _channels(graph: Graph) -> int:
    weights = (graph.tensors[op.inputs[1]] for op in graph.ops if op.name in ("CONV_2D", "DEPTHWISE_CONV_2D"))
    return sum(len(tensor.quantization.scales) for tensor in weights if tensor.quantization is not None)
