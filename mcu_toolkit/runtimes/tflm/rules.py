"""Which TFLM runs what right: features of models that older copies of the library run wrong, refuse or round differently.

TFLM does not check operators' versions and its old kernels ignore what they do not know, so a model that is too new for them
gives wrong numbers without a word.  Each rule names the change of tensorflow/tflite-micro that made the feature work.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from mcu_toolkit.artifacts import Incompatibility
from mcu_toolkit.model import DType, Graph, Model, Op
from mcu_toolkit.runtimes.tflm import facts as f
from mcu_toolkit.runtimes.tflm.facts import LibraryFacts
from mcu_toolkit.runtimes.tflm.operators import entry_of, name_of

Effect = Literal["wrong", "refused", "stops", "rounds"]
"""What an older library does: computes wrong numbers, refuses the model at start-up, hits an assertion, or differs by rounding only."""
_DOES: Mapping[Effect, str] = MappingProxyType(
    {"wrong": "computes wrong without saying so", "refused": "refuses at start-up", "stops": "stops at, in an assertion"}
)

NEWER_LIBRARY = "give a newer library with --tflm-library"
PER_TENSOR_DENSE = (
    "convert again with per-tensor dense layers (mcu quantize --per-tensor-dense; in TensorFlow: "
    "converter._experimental_disable_per_channel_quantization_for_dense_layers = True)"
)


@dataclass(frozen=True)
class Rule:
    """One feature and the library it needs."""

    feature: str
    """As in `FEATURE came with TFLM of MONTH`."""
    capability: str
    month: str
    source: str
    """The change of tensorflow/tflite-micro: a pull request or a commit."""
    effect: Effect
    applies: Callable[[Graph, Op], bool]
    remedy: str = NEWER_LIBRARY


def _per_channel_dense(graph: Graph, op: Op) -> bool:
    if op.name != "FULLY_CONNECTED" or len(op.inputs) < 2:
        return False
    quantization = graph.tensors[op.inputs[1]].quantization
    return quantization is not None and quantization.per_channel


def _transpose_conv_activation(graph: Graph, op: Op) -> bool:
    if op.name != "TRANSPOSE_CONV" or not op.outputs:
        return False
    is_float = graph.tensors[op.outputs[0]].dtype == DType.FLOAT32
    return not is_float and op.options.get("fused_activation_function", "NONE") != "NONE"


def _mean_of_one_scale(graph: Graph, op: Op) -> bool:
    if op.name != "MEAN" or not op.inputs or not op.outputs:
        return False
    before, after = graph.tensors[op.inputs[0]], graph.tensors[op.outputs[0]]
    return before.dtype != DType.FLOAT32 and before.quantization == after.quantization


def _int32_bias_beside_int16(graph: Graph, op: Op) -> bool:
    if op.name != "CONV_2D" or len(op.inputs) < 3 or op.inputs[2] < 0:
        return False
    return graph.tensors[op.inputs[0]].dtype == DType.INT16 and graph.tensors[op.inputs[2]].dtype == DType.INT32


def _without_bias(name: str) -> Callable[[Graph, Op], bool]:
    """True for the operators `name` whose bias is left out."""
    return lambda _, op: op.name == name and (len(op.inputs) < 3 or op.inputs[2] < 0)


def _typed(names: Sequence[str], dtype: DType, position: int) -> Callable[[Graph, Op], bool]:
    """True for the operators `names` whose input `position` has the type."""

    def applies(graph: Graph, op: Op) -> bool:
        return op.name in names and len(op.inputs) > position and graph.tensors[op.inputs[position]].dtype == dtype

    return applies


def _type_rule(kernel: str, names: Sequence[str], dtype: DType, came: tuple[str, str], effect: Effect) -> Rule:
    """`came`: the month and the change that brought it."""
    is_int16 = dtype == DType.INT16
    return Rule(
        f"{'16-bit activations' if is_int16 else '4-bit weights'} in {' and '.join(names)}",
        f.type_support(kernel, "Int16" if is_int16 else "Int4"),
        *came,
        effect,
        _typed(names, dtype, 0 if is_int16 else 1),
    )


_COMPARISONS = ("EQUAL", "NOT_EQUAL", "GREATER", "GREATER_EQUAL", "LESS", "LESS_EQUAL")

RULES: tuple[Rule, ...] = (
    Rule(
        "a dense layer with one weight scale a channel",
        f.PER_CHANNEL_DENSE,
        "2024-09",
        "#2673",
        "wrong",  # silently, before 2024-05 (pull request 2602); since then refused at start-up
        _per_channel_dense,
        f"{PER_TENSOR_DENSE}; or {NEWER_LIBRARY}",
    ),
    Rule("an activation fused into TRANSPOSE_CONV", f.TRANSPOSE_CONV_ACTIVATION, "2026-02", "#3278", "wrong", _transpose_conv_activation),
    Rule("MEAN between tensors of one scale", f.MEAN_ROUNDS, "2023-04", "#1908", "rounds", _mean_of_one_scale),
    Rule("a 32-bit bias beside 16-bit activations in CONV_2D", f.CONV_INT32_BIAS, "2023-08", "#1911", "wrong", _int32_bias_beside_int16),
    Rule("CONV_2D without a bias", f.no_bias_support("conv"), "2023-08", "#1911", "stops", _without_bias("CONV_2D")),
    Rule(
        "DEPTHWISE_CONV_2D without a bias",
        f.no_bias_support("depthwise_conv"),
        "2024-12",
        "#3017",
        "stops",
        _without_bias("DEPTHWISE_CONV_2D"),
    ),
    _type_rule("fully_connected", ("FULLY_CONNECTED",), DType.INT4, ("2022-11", "4f253e217"), "wrong"),
    _type_rule("depthwise_conv", ("DEPTHWISE_CONV_2D",), DType.INT4, ("2022-11", "4f253e217"), "wrong"),
    _type_rule("conv", ("CONV_2D",), DType.INT4, ("2022-10", "df704e135"), "wrong"),
    _type_rule("depthwise_conv", ("DEPTHWISE_CONV_2D",), DType.INT16, ("2023-08", "#2140"), "refused"),
    _type_rule("conv", ("CONV_2D",), DType.INT16, ("2021-06", "#207"), "refused"),
    _type_rule("fully_connected", ("FULLY_CONNECTED",), DType.INT16, ("2022-05", "#1026"), "refused"),
    _type_rule("mul", ("MUL",), DType.INT16, ("2022-12", "3e7d66cc8"), "refused"),
    _type_rule("pooling", ("AVERAGE_POOL_2D", "MAX_POOL_2D"), DType.INT16, ("2023-01", "#1591"), "refused"),
    _type_rule("unpack", ("UNPACK",), DType.INT16, ("2025-03", "#3028"), "refused"),
    _type_rule("transpose", ("TRANSPOSE",), DType.INT16, ("2025-03", "#3028"), "refused"),
    _type_rule("comparisons", _COMPARISONS, DType.INT16, ("2025-03", "#3028"), "refused"),
)


def breaks(rule: Rule, library: LibraryFacts, graph: Graph, op: Op) -> bool:
    """True if `op` needs what `rule` is about and the library does not have it."""
    return rule.applies(graph, op) and rule.capability not in library.capabilities


def check_library(model: Model, library: LibraryFacts, called: str) -> list[Incompatibility]:
    """Every operator that the library (`called` so in messages) lacks, refuses or would run wrong."""
    return [finding for graph in model.graphs for op in graph.ops for finding in _check_op(graph, op, library, called)]


def _check_op(graph: Graph, op: Op, library: LibraryFacts, called: str) -> Iterator[Incompatibility]:
    where = place(graph, op)
    entry = entry_of(op)
    if entry is not None and entry.method not in library.methods:
        yield Incompatibility(where, f"library {called} has no {entry.method}", "a library with this operator", NEWER_LIBRARY)
    for rule in RULES:
        if rule.effect != "rounds" and breaks(rule, library, graph, op):
            yield Incompatibility(where, _found(rule, library, called), f"TFLM of {rule.month} or later", rule.remedy)


def _found(rule: Rule, library: LibraryFacts, called: str) -> str:
    knows = rule.capability == f.PER_CHANNEL_DENSE and f.PER_CHANNEL_DENSE_REFUSED in library.capabilities
    return f"{rule.feature}, which library {called} ({library.age}) {_DOES['refused' if knows else rule.effect]}"


def rounding_notes(model: Model, library: LibraryFacts, called: str) -> list[str]:
    """Operators whose results in this library may differ from today's TFLM in the last place, for the user to know."""
    notes = [
        f"{place(graph, op)}: {rule.feature} is rounded differently by library {called} than by TFLM of {rule.month} or later"
        for graph in model.graphs
        for op in graph.ops
        for rule in RULES
        if rule.effect == "rounds" and breaks(rule, library, graph, op)
    ]
    if library.kernels == "CMSIS-NN" and f.OPTIMIZED_LSTM in library.capabilities:
        # Measured with CMSIS-NN of 2026 against the reference kernel: up to 60 LSB.
        lstms = [op for graph in model.graphs for op in graph.ops if op.name == "UNIDIRECTIONAL_SEQUENCE_LSTM"]
        notes += [f"{place(model.main, op)}: CMSIS-NN's LSTM differs from the reference kernel" for op in lstms]
    return notes


def place(graph: Graph, op: Op) -> str:
    """`op 3 CONV_2D 'name of its output'`."""
    label = f" '{graph.tensors[op.outputs[0]].name}'" if op.outputs else ""
    return f"op {op.index} {name_of(op)}{label}"
