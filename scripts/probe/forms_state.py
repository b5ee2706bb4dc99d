"""Probe forms of operators with state or with other subgraphs."""

from __future__ import annotations

from flatbuffers import flexbuffers

from scripts.probe.case import SCALES, Form, Spec, noise
from tests.model_builder import ModelBuilder


def svdf() -> list[Form]:
    """SVDF: 2 units of rank 2, memory of 3."""
    forms = []
    for state in ("int8", "int16", "float32"):
        dtype = "float32" if state == "float32" else "int8"
        scale = 0.0001 if state == "int16" else 0.01
        memory = Spec((1, 12), state, scale=scale, variable=True, zero_point=0)
        time = Spec((4, 3), state, data=noise((4, 3)), scale=scale, zero_point=0)
        bias = Spec((2,), "float32" if dtype == "float32" else "int32", data=noise((2,)), scale=scale * scale)
        weights = Spec((4, 5), "WEIGHTS", data=noise((4, 5)))
        for act in ("NONE", "RELU"):
            options = {"rank": 2, "fused_activation_function": act}
            inputs = Spec((1, 5)), weights, time, bias, memory
            forms.append(Form("SVDF", f"{state} state, {act}", inputs, (Spec((1, 2)),), options, (dtype,)))
        unbiased = Spec((1, 5)), weights, time, None, memory
        forms.append(Form("SVDF", f"{state} state, no bias", unbiased, (Spec((1, 2)),), {"rank": 2}, (dtype,)))
    return forms


def lstm() -> list[Form]:
    """UNIDIRECTIONAL_SEQUENCE_LSTM: 3 steps of 2 values, 4 units."""
    forms = []
    for major in (False, True):
        for clip in (0.0, 10.0):
            options = {"fused_activation_function": "TANH", "time_major": major, "cell_clip": clip, "proj_clip": 0.0}
            name = ("time major" if major else "batch major") + (", cell clip" if clip else "")
            shape = (3, 1) if major else (1, 3)
            forms += [_lstm(name, shape, options, dtype) for dtype in ("int8", "int16", "float32")]
    options = {"fused_activation_function": "TANH", "time_major": False}
    forms.append(_lstm("weights per channel", (1, 3), options, "int8", scales=(0.01, 0.02, 0.03, 0.04)))
    forms.append(_lstm("peephole", (1, 3), options, "int8", peephole=True))
    return forms


def _lstm(
    name: str,
    shape: tuple[int, int],
    options: dict[str, object],
    dtype: str,
    *,
    scales: tuple[float, ...] | None = None,
    peephole: bool = False,
) -> Form:
    kernel = [Spec((4, 2), "WEIGHTS", data=noise((4, 2)), scales=scales, scale=0.01) for _ in range(4)]
    recurrent = [Spec((4, 4), "WEIGHTS", data=noise((4, 4)), scales=scales, scale=0.01) for _ in range(4)]
    bias = [Spec((4,), "BIAS", data=noise((4,))) for _ in range(4)]
    cells = [Spec((4,), "int16", data=noise((4,)), scale=0.001) if peephole else None] * 3
    hidden = Spec((1, 4), "T", variable=True, scale=1 / 128 if dtype == "int8" else 1 / 32768, zero_point=0)
    cell = Spec((1, 4), "float32" if dtype == "float32" else "int16", variable=True, scale=2.0**-11, zero_point=0)
    inputs = (Spec((*shape, 2)), *kernel, *recurrent, *cells, *bias, None, None, hidden, cell, None, None, None, None)
    result = Spec((*shape, 4), scale=1 / 128 if dtype == "int8" else 1 / 32768, zero_point=0)
    gates = tuple(Spec((0,), "int16", scale=2.0**-12, zero_point=0) for _ in range(4))
    between = (*gates, Spec((0,), "int8", scale=1 / 128, zero_point=0)) if dtype == "int8" else ()
    return Form("UNIDIRECTIONAL_SEQUENCE_LSTM", name, inputs, (result,), options, (dtype,), intermediates=between)


def own_layers() -> list[Form]:
    """MCU_GRU and MCU_SIMPLE_RNN, custom operators of this toolkit: 3 steps of 2 values, 4 units."""

    def weights(rows: int, count: int) -> list[Spec]:
        return [Spec((4, rows), "int8", data=noise((4, rows)), scale=0.01, zero_point=0) for _ in range(count)]

    def biases(count: int) -> list[Spec]:
        return [Spec((4,), "int32", data=noise((4,)), scale=0.001, zero_point=0) for _ in range(count)]

    ends = Spec((1, 3, 2)), Spec((1, 3, 4), scale=1 / 128, zero_point=0)
    state = Spec((1, 4), "int16", variable=True, scale=2.0**-15, zero_point=0)
    gru = (ends[0], *weights(2, 3), *weights(4, 3), *biases(6), state)
    rnn_state = Spec((1, 4), "int8", variable=True, scale=1 / 128, zero_point=0)
    rnn = (ends[0], *weights(2, 1), *weights(4, 1), *biases(1), rnn_state)
    return [
        Form("MCU_GRU", "reset before", gru, ends[1:], {}, ("int8",), custom_options=b"\x01\x00"),
        Form("MCU_GRU", "reset after", gru, ends[1:], {}, ("int8",), custom_options=b"\x01\x01"),
        Form("MCU_SIMPLE_RNN", "backwards", rnn, ends[1:], {}, ("int8",), custom_options=b"\x01\x02"),
    ]


def circular_buffer() -> list[Form]:
    """CIRCULAR_BUFFER, a custom operator: 3 slots of 2 values."""
    packer = flexbuffers.Builder()
    with packer.Map():
        packer.Key("cycles_max")
        packer.Int(1)
    content = bytes(packer.Finish())
    ends = Spec((1, 1, 1, 2)), Spec((1, 3, 1, 2), variable=True)
    return [
        Form("CIRCULAR_BUFFER", "cycles_max 1", ends[:1], ends[1:], {}, ("int8", "int16", "float32"), custom_options=content),
        Form("CIRCULAR_BUFFER", "no options", ends[:1], ends[1:], {}, ("int8",), custom_options=b""),
    ]


def _variable_model(dtype: str) -> bytes:
    main, start = ModelBuilder(), ModelBuilder("start")
    scale, zero_point = SCALES.get(dtype, (None, 0))
    handle, x = main.tensor([1], "resource"), main.tensor([1, 2], dtype, scale, zero_point)
    old, new = (main.tensor([1, 2], dtype, scale, zero_point) for _ in range(2))
    main.op("CALL_ONCE", [], [], init_subgraph_index=1)
    main.op("VAR_HANDLE", [], [handle], container="", shared_name="sum")
    main.op("READ_VARIABLE", [handle], [old])
    main.op("ADD", [old, x], [new], fused_activation_function="NONE")
    main.op("ASSIGN_VARIABLE", [handle, new], [])
    first, zero = start.tensor([1], "resource"), start.tensor([1, 2], dtype, scale, zero_point, [[0, 0]])
    start.op("VAR_HANDLE", [], [first], container="", shared_name="sum")
    start.op("ASSIGN_VARIABLE", [first, zero], [])
    return main.build([x], [new], others=[(start, [], [])])


def _branch(name: str, operator: str) -> tuple[ModelBuilder, list[int], list[int]]:
    builder = ModelBuilder(name)
    x, y = builder.tensor([1, 2], "float32"), builder.tensor([1, 2], "float32")
    builder.op(operator, [x], [y])
    return builder, [x], [y]


def _if_model(_dtype: str) -> bytes:
    main = ModelBuilder()
    condition, x = main.tensor([1], "bool", data=[True]), main.tensor([1, 2], "float32")
    y = main.tensor([1, 2], "float32")
    main.op("IF", [condition, x], [y], then_subgraph_index=1, else_subgraph_index=2)
    return main.build([x], [y], others=[_branch("then", "NEG"), _branch("else", "ABS")])


def _while_model(_dtype: str) -> bytes:
    main, test = ModelBuilder(), ModelBuilder("test")
    x, y = main.tensor([1, 2], "float32"), main.tensor([1, 2], "float32")
    main.op("WHILE", [x], [y], cond_subgraph_index=1, body_subgraph_index=2)
    value, limit = test.tensor([1, 2], "float32"), test.tensor([1, 2], "float32", data=[[0, 0]])
    more, both = test.tensor([1, 2], "bool"), test.tensor([], "bool")
    axes = test.tensor([2], "int32", data=[0, 1])
    test.op("GREATER", [value, limit], [more])
    test.op("REDUCE_ALL", [more, axes], [both], keep_dims=False)
    return main.build([x], [y], others=[(test, [value], [both]), _branch("body", "NEG")])


def control() -> list[Form]:
    """Whole models: resource variables, IF, WHILE."""
    forms = [
        Form(name, "read, add, assign; set up by CALL_ONCE", dtypes=("int8", "int16", "int32", "float32"), builder=_variable_model)
        for name in ("CALL_ONCE", "VAR_HANDLE", "READ_VARIABLE", "ASSIGN_VARIABLE")
    ]
    forms.append(Form("IF", "two branches", dtypes=("float32",), builder=_if_model))
    forms.append(Form("WHILE", "until negative", dtypes=("float32",), builder=_while_model))
    return forms


FORMS: tuple[Form, ...] = (*svdf(), *lstm(), *own_layers(), *circular_buffer(), *control())
