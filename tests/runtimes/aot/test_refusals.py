"""Models that cannot be compiled: each is refused with the layer, the finding, what would be right and what to do."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from mcu_toolkit.boards import load_board
from mcu_toolkit.errors import UnsupportedModelError
from mcu_toolkit.model import Model, parse_model
from mcu_toolkit.runtimes import get_runtime
from mcu_toolkit.runtimes.aot import Target, compile_model
from tests.model_builder import ModelBuilder


def dense(
    *,
    x_type: str = "int8",
    x_scale: float | None = 0.1,
    w_type: str = "int8",
    y_scale: float = 0.2,
    bias: int | None = None,
    activation: str = "NONE",
    y_shape: tuple[int, ...] = (1, 3),
) -> bytes:
    builder = ModelBuilder()
    x = builder.tensor([1, 4], x_type, x_scale, name="x")
    w = builder.tensor([3, 4], w_type, 0.01, data=np.ones((3, 4)), name="w")
    y = builder.tensor(y_shape, "int8", y_scale, name="dense/BiasAdd")
    inputs = [x, w] + ([] if bias is None else [builder.tensor([bias], "int32", 0.001, data=np.zeros(bias))])
    builder.op("FULLY_CONNECTED", inputs, [y], fused_activation_function=activation)
    return builder.build([x], [y])


def int4_dense(*, scales: tuple[float, ...] = (0.1,), data_bytes: int = 6) -> bytes:
    builder = ModelBuilder()
    x, y = builder.tensor([1, 4], "int8", 0.1), builder.tensor([1, 3], "int8", 0.1)
    w = builder.tensor([3, 4], "int4", scales=scales, data=bytes(data_bytes))
    builder.op("FULLY_CONNECTED", [x, w, -1], [y])
    return builder.build([x], [y])


def transposed(*, w_constant: bool = True, x_type: str = "int8", bias_type: str = "int32", channels: int = 2) -> bytes:
    builder = ModelBuilder()
    x, y = builder.tensor([1, 2, 2, 3], x_type, 0.1), builder.tensor([1, 4, 4, channels], x_type, 0.1)
    w = builder.tensor([2, 3, 3, 3], "int8", 0.1, data=np.ones((2, 3, 3, 3)) if w_constant else None)
    shape, bias = builder.tensor([4], "int32", data=[1, 4, 4, 2]), builder.tensor([2], bias_type, 0.01, data=[1, 2])
    builder.op("TRANSPOSE_CONV", [shape, w, x, bias], [y], padding="SAME", stride_h=2, stride_w=2)
    return builder.build([x] if w_constant else [x, w], [y])


def lstm(*, peephole: bool = False, cell_scale: float = 2.0**-11, variable: bool = True) -> bytes:
    builder = ModelBuilder()
    x, y = builder.tensor([1, 3, 2], "int8", 0.1), builder.tensor([1, 3, 4], "int8", 1 / 128)
    kernels = [builder.tensor([4, 2], "int8", 0.01, data=np.ones((4, 2))) for _ in range(4)]
    recurrent = [builder.tensor([4, 4], "int8", 0.01, data=np.ones((4, 4))) for _ in range(4)]
    biases = [builder.tensor([4], "int32", 0.001, data=np.zeros(4)) for _ in range(4)]
    states = [builder.tensor([1, 4], "int8", 1 / 128, is_variable=True), builder.tensor([1, 4], "int16", cell_scale, is_variable=variable)]
    first = builder.tensor([4], "int16", 0.001, data=np.ones(4)) if peephole else -1
    operands = [x, *kernels, *recurrent, first, -1, -1, *biases, -1, -1, *states, -1, -1, -1, -1]
    builder.op("UNIDIRECTIONAL_SEQUENCE_LSTM", operands, [y], fused_activation_function="TANH")
    return builder.build([x] if variable else [x, states[1]], [y])


def variable(*, assigned: str = "float32", start: str = "", late: bool = False) -> bytes:
    """A variable that is read and assigned; `start`: an operator of the graph that CALL_ONCE runs."""
    main, first = ModelBuilder(), ModelBuilder("first")
    handle, x, y = main.tensor([1], "resource"), main.tensor([1, 2], assigned), main.tensor([1, 2], "float32")
    once = [("CALL_ONCE", [], [], {"init_subgraph_index": 1})]
    steps = [("VAR_HANDLE", [], [handle], {"shared_name": "v"}), ("READ_VARIABLE", [handle], [y], {})]
    for name, inputs, outputs, options in [*steps, *once] if late else [*once, *steps]:
        main.op(name, inputs, outputs, **options)
    main.op("ASSIGN_VARIABLE", [handle, x], [])
    if start:
        constant = first.tensor([2], "float32", data=[1, 2])
        first.op(start, [constant], [first.tensor([2], "float32")])
    return main.build([x], [y], others=[(first, [], [])])


def pool(*, y_scale: float = 0.1, y_shape: tuple[int, ...] = (1, 2, 2, 1), stride: int = 2) -> bytes:
    builder = ModelBuilder()
    x, y = builder.tensor([1, 4, 4, 1], "int8", 0.1), builder.tensor(y_shape, "int8", y_scale)
    builder.op("MAX_POOL_2D", [x], [y], padding="VALID", stride_h=stride, stride_w=2, filter_height=2, filter_width=2)
    return builder.build([x], [y])


def convolution(*, depth: int = 3, dilation: int = 1) -> bytes:
    builder = ModelBuilder()
    x = builder.tensor([1, 4, 4, 4], "int8", 0.1)
    w = builder.tensor([2, 1, 1, depth], "int8", 0.1, data=np.ones((2, 1, 1, depth)))
    y = builder.tensor([1, 4, 4, 2], "int8", 0.1)
    builder.op("CONV_2D", [x, w], [y], padding="SAME", stride_h=1, stride_w=1, dilation_h_factor=dilation)
    return builder.build([x], [y])


def softmax(*, depth: int = 5, y_zero: int = -128) -> bytes:
    builder = ModelBuilder()
    x, y = builder.tensor([1, depth], "int8", 0.1), builder.tensor([1, depth], "int8", 1 / 256, y_zero)
    builder.op("SOFTMAX", [x], [y], beta=1.0)
    return builder.build([x], [y])


def sine() -> bytes:
    builder = ModelBuilder()
    x, y = builder.tensor([1, 4], "float32"), builder.tensor([1, 4], "float32", name="waves")
    builder.op("SIN", [x], [y])
    return builder.build([x], [y])


def read_before_made() -> bytes:
    builder = ModelBuilder()
    x, y, z = (builder.tensor([1, 4], "int8", 0.1) for _ in range(3))
    builder.op("ADD", [x, z], [y]).op("ADD", [x, x], [z])
    return builder.build([x], [y])


REFUSED: list[tuple[Callable[[], bytes], str, str]] = [
    (sine, "the operator SIN", "docs/operators.md"),
    (lambda: dense(x_type="float32", x_scale=None), "'w': INT8 beside FLOAT32 inputs", "FLOAT32 constants where the input is FLOAT32"),
    (lambda: dense(x_scale=None), "no usable scale", "one scale above zero"),
    (lambda: dense(w_type="int16"), "the weights is INT16", "the weights is INT8 or INT4"),
    (lambda: int4_dense(scales=(0.1, 0.2, 0.3)), "3 scales", "one scale for all channels"),
    (lambda: int4_dense(data_bytes=5), "5 bytes for 12 elements", "two elements in a byte"),
    (lambda: transposed(w_constant=False), "computed while the model runs", "a constant of the model"),
    (lambda: transposed(x_type="int16"), "an INT32 bias", "INT64 or INT16 beside INT16"),
    (lambda: transposed(channels=3), "[1, 4, 4, 3]", "as many channels as weights"),
    (lambda: lstm(peephole=True), "input 9 in use", "left out"),
    (lambda: lstm(cell_scale=0.001), "a scale of 0.001", "a power of two"),
    (lambda: lstm(variable=False), "no variable", "the two states are variables"),
    (lambda: variable(assigned="int32"), "another type or size", "has the element type and size"),
    (lambda: variable(start="ABS"), "ABS in graph 1", "constants are assigned to variables"),
    (lambda: variable(late=True), "it comes after READ_VARIABLE", "before every READ_VARIABLE"),
    (lambda: dense(bias=2), "2 biases for 3 channels", "one value a channel"),
    (lambda: dense(activation="TANH"), "a fused TANH", "NONE, RELU, RELU_N1_TO_1 or RELU6"),
    (lambda: dense(y_shape=(1, 2)), "[1, 2]", "as many rows"),
    (lambda: dense(y_scale=1e-30), "a factor of 2^", "below 2^31"),
    (lambda: pool(y_scale=0.3), "0.1, 0 in and 0.3, 0 out", "the same scale and zero point"),
    (lambda: pool(y_shape=(1, 2, 3, 1)), "[1, 2, 3, 1] where [1, 2, 2, 1]", "the size that input, window"),
    (lambda: pool(stride=0), "stride_h = 0", "1 or more"),
    (convolution, "4 input channels, 2 filters of depth 3", "divide evenly into groups"),
    (lambda: convolution(depth=4, dilation=0), "dilation_h_factor = 0", "1 or more"),
    (lambda: softmax(depth=5000), "a last dimension of 5000", "at most 4095"),
    (lambda: softmax(y_zero=0), "zero point 0", "1/256"),
    (read_before_made, "is read before it is made", "made first"),
]


@pytest.mark.parametrize(("content", "found", "expected"), REFUSED, ids=[found for _, found, _ in REFUSED])
def test_a_model_is_refused_in_words_a_user_can_act_on(content: Callable[[], bytes], found: str, expected: str) -> None:
    model = parse_model(content(), "refused")
    findings = get_runtime("aot").check(model, load_board("host"))
    assert len(findings) == 1
    assert found in findings[0].found
    assert expected in findings[0].expected
    assert findings[0].remedy
    with pytest.raises(UnsupportedModelError) as error:
        compile_model(model, Target())
    assert findings[0].where in str(error.value)
    assert error.value.hint


def test_the_layer_is_named_by_number_operator_and_output() -> None:
    model = parse_model(dense(bias=2), "named")
    assert get_runtime("aot").check(model, load_board("host"))[0].where == "op 0 FULLY_CONNECTED 'dense/BiasAdd'"


def test_every_bad_layer_is_reported() -> None:
    builder = ModelBuilder()
    x, y, z = (builder.tensor([1, 4], "float32") for _ in range(3))
    builder.op("SIN", [x], [y]).op("COS", [y], [z])
    findings = get_runtime("aot").check(parse_model(builder.build([x], [z]), "two"), load_board("host"))
    assert [finding.found for finding in findings] == ["the operator SIN", "the operator COS"]


def test_every_constraint_has_a_sentence() -> None:
    from mcu_toolkit.runtimes.aot.ops.registry import all_operators

    for name, variants in all_operators().items():
        for constraint in variants["portable"].constraints:
            sentence = constraint.__doc__ or ""
            assert sentence, f"{name}: {constraint}"
            assert not sentence.rstrip().endswith("."), f"{name}: '{sentence}' completes a sentence"


GOOD = {
    "dense": dense(),
    "pool": pool(),
    "convolution": convolution(depth=4),
    "softmax": softmax(),
    "int4": int4_dense(),
    "transposed": transposed(),
    "lstm": lstm(),
    "variable": variable(),
}


@pytest.mark.parametrize("model", GOOD.values(), ids=GOOD)
def test_the_same_models_without_the_fault_are_accepted(model: bytes) -> None:
    accepted: Model = parse_model(model, "good")
    assert get_runtime("aot").check(accepted, load_board("host")) == ()
