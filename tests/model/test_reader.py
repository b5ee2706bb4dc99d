"""What our reader says is what ai_edge_litert's own schema module says, on public models and on built ones."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema

from mcu_toolkit.model import DType, Model, parse_model, read_model
from mcu_toolkit.model.options import OPTION_FIELDS, OPTIONS_OF_OPERATOR
from mcu_toolkit.model.schema import BUILTIN_OPERATORS, BUILTIN_OPTIONS, EnumType, Field
from tests import shared_models, small_models
from tests.model_builder import ModelBuilder

_OPERATOR_NAMES = {code: name for name, code in vars(schema.BuiltinOperator).items() if isinstance(code, int)}


@pytest.mark.parametrize("name", shared_models.NAMES)
def test_public_model_is_read_as_the_schema_module_reads_it(name: str) -> None:
    path = shared_models.shared_model(name)
    model = read_model(path)
    assert model.name == name
    _assert_same(model, path.read_bytes())


@pytest.mark.parametrize("make", [small_models.fully_connected, small_models.convolution, small_models.addition, small_models.counter])
def test_built_model_is_read_as_the_schema_module_reads_it(make: Any) -> None:
    content = make()
    _assert_same(parse_model(content, "built"), content)


def test_sha256_and_content_are_those_of_the_file() -> None:
    content = small_models.addition()
    model = parse_model(content, "add")
    assert model.content == content
    assert model.sha256 == hashlib.sha256(content).hexdigest()


def _assert_same(model: Model, content: bytes) -> None:
    theirs = schema.ModelT.InitFromPackedBuf(content, 0)
    assert len(model.graphs) == len(theirs.subgraphs)
    assert model.description == theirs.description.decode()
    for graph, their_graph in zip(model.graphs, theirs.subgraphs, strict=True):
        assert graph.inputs == tuple(_list(their_graph.inputs))
        assert graph.outputs == tuple(_list(their_graph.outputs))
        assert len(graph.tensors) == len(their_graph.tensors)
        for tensor, their_tensor in zip(graph.tensors, their_graph.tensors, strict=True):
            _assert_same_tensor(tensor, their_tensor, theirs.buffers)
        assert len(graph.ops) == len(their_graph.operators)
        for op, their_op in zip(graph.ops, their_graph.operators, strict=True):
            code = theirs.operatorCodes[their_op.opcodeIndex]
            assert op.name == _OPERATOR_NAMES[max(code.builtinCode, code.deprecatedBuiltinCode)]
            assert op.version == code.version
            assert op.inputs == tuple(_list(their_op.inputs))
            assert op.outputs == tuple(_list(their_op.outputs))
            _assert_same_options(op.options, their_op.builtinOptions)


def _assert_same_tensor(tensor: Any, theirs: Any, buffers: list[Any]) -> None:
    assert tensor.name == theirs.name.decode()
    assert tensor.shape == tuple(_list(theirs.shape))
    assert tensor.dtype == theirs.type
    assert tensor.is_variable == theirs.isVariable
    signature = None if theirs.shapeSignature is None else tuple(_list(theirs.shapeSignature))
    assert tensor.shape_signature == signature
    data = buffers[theirs.buffer].data
    if data is None or not len(data):
        assert tensor.data is None
    else:
        assert tensor.data.tobytes() == bytes(data)
        assert tensor.data.shape == tensor.shape
        assert not tensor.data.flags.writeable
    quantization = theirs.quantization
    if quantization is None or quantization.scale is None:
        assert tensor.quantization is None
    else:
        assert np.asarray(tensor.quantization.scales, np.float32).tolist() == _list(quantization.scale)
        assert list(tensor.quantization.zero_points) == _list(quantization.zeroPoint)
        assert tensor.quantization.axis == (quantization.quantizedDimension if len(quantization.scale) > 1 else 0)


def _assert_same_options(options: Any, theirs: Any) -> None:
    for name, value in options.items():
        stored = getattr(theirs, _camel(name)) if theirs is not None else None
        if isinstance(value, str) and not isinstance(stored, (bytes, type(None))):
            assert value in {key for enum in _ENUMS for key, number in vars(enum).items() if number == stored}, name
        elif stored is not None:
            assert value == (stored.decode() if isinstance(stored, bytes) else stored if np.isscalar(stored) else tuple(stored)), name


_ENUMS = (
    schema.Padding,
    schema.ActivationFunctionType,
    schema.TensorType,
    schema.FullyConnectedOptionsWeightsFormat,
    schema.LSTMKernelType,
    schema.MirrorPadMode,
)


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def _list(values: Any) -> list[Any]:
    return [] if values is None else list(values)


def test_operator_names_are_those_of_the_schema() -> None:
    assert dict(enumerate(BUILTIN_OPERATORS)) == _OPERATOR_NAMES


def test_option_unions_are_those_of_the_schema() -> None:
    theirs = {number: name for name, number in vars(schema.BuiltinOptions).items() if isinstance(number, int) and not name.startswith("__")}
    assert {number: "NONE" if name == "NONE" else f"{name}Options" for number, name in enumerate(BUILTIN_OPTIONS)} == theirs


_UNREAD = {"FullyConnected": {"quantSpec"}}
"""Fields that LiteRT 2.3's schema has beyond TFLM's: a description of quantization for other back ends."""


@pytest.mark.parametrize("table", sorted(OPTION_FIELDS))
def test_every_field_of_an_options_table_is_known_with_its_default(table: str) -> None:
    theirs = vars(getattr(schema, f"{table}OptionsT")())
    ours = {_camel(field.name): field for field in OPTION_FIELDS[table]}
    assert set(theirs) - set(ours) == _UNREAD.get(table, set())
    assert set(ours) <= set(theirs)
    for name, field in ours.items():
        default = () if theirs[name] is None and field.type == "int32[]" else "" if theirs[name] is None else theirs[name]
        assert field.default == default, name


def _other_value(field: Field) -> Any:
    if isinstance(field.type, EnumType):
        return field.type.names[1 if field.default != 1 else 2]
    return {"bool": not field.default, "int32": -3 if field.default != -3 else 4, "float32": 0.25, "int32[]": (2, -1, 5), "string": "text"}[
        field.type
    ]


@pytest.mark.parametrize("operator", sorted(OPTIONS_OF_OPERATOR))
def test_options_come_back_as_they_were_written(operator: str) -> None:
    fields = OPTION_FIELDS[OPTIONS_OF_OPERATOR[operator]]
    written = {field.name: _other_value(field) for field in fields}
    builder = ModelBuilder()
    x = builder.tensor([1, 2])
    y = builder.tensor([1, 2])
    builder.op(operator, [x], [y], version=2, **written)
    (op,) = parse_model(builder.build([x], [y]), "options").main.ops
    assert (op.name, op.version, dict(op.options)) == (operator, 2, written)


@pytest.mark.parametrize("operator", ["EXP", "RELU", "LOGISTIC", "QUANTIZE", "GATHER_ND", "SELECT_V2", "BROADCAST_ARGS", "SQRT"])
def test_operators_without_options_have_none(operator: str) -> None:
    builder = ModelBuilder()
    x = builder.tensor([2])
    y = builder.tensor([2])
    builder.op(operator, [x], [y])
    (op,) = parse_model(builder.build([x], [y]), "plain").main.ops
    assert (op.name, dict(op.options)) == (operator, {})


def test_operator_codes_above_127_come_from_the_newer_field() -> None:
    builder = ModelBuilder()
    x = builder.tensor([2])
    builder.op("GELU", [x], [builder.tensor([2])], approximate=True)
    assert parse_model(builder.build([x], [1]), "gelu").main.ops[0].name == "GELU"


def test_custom_operators_keep_their_name_and_raw_options() -> None:
    builder = ModelBuilder()
    x = builder.tensor([2])
    builder.op("CIRCULAR_BUFFER", [x], [builder.tensor([2])], custom_options=b"\x01\x02\xff")
    (op,) = parse_model(builder.build([x], [1]), "custom").main.ops
    assert (op.name, op.custom_name, op.options["custom_options"]) == ("CUSTOM", "CIRCULAR_BUFFER", b"\x01\x02\xff")


def test_absent_inputs_and_intermediates_are_kept() -> None:
    builder = ModelBuilder()
    x = builder.tensor([2])
    y = builder.tensor([2])
    builder.op("FULLY_CONNECTED", [x, x, -1], [y], intermediates=[1])
    (op,) = parse_model(builder.build([x], [y]), "absent").main.ops
    assert op.inputs == (0, 0, -1)
    assert op.options["intermediates"] == (1,)


def test_int4_data_is_kept_as_raw_bytes() -> None:
    builder = ModelBuilder()
    x = builder.tensor([4])
    w = builder.tensor([4], "int4", 0.1, data=b"\x21\x43")
    builder.op("ADD", [x, w], [x])
    tensor = parse_model(builder.build([x], [x]), "int4").main.tensors[w]
    assert tensor.dtype is DType.INT4
    assert tensor.data is not None
    assert tensor.data.tolist() == [0x21, 0x43]


def test_a_constant_without_elements_is_a_constant() -> None:
    builder = ModelBuilder()
    x = builder.tensor([1])
    shape = builder.tensor([0], "int32", data=b"")
    y = builder.tensor([])
    builder.op("RESHAPE", [x, shape], [y])
    graph = parse_model(builder.build([x], [y]), "scalar").main
    assert graph.tensors[shape].is_constant
    assert graph.tensors[y].shape == ()
    assert not graph.tensors[y].is_constant


def test_data_behind_the_flatbuffer_is_found() -> None:
    builder = ModelBuilder()
    w = builder.tensor([4], data=[9, 9, 9, 9])
    content = builder.build([w], [w])
    model = schema.ModelT.InitFromPackedBuf(content, 0)
    model.buffers[1].data = None
    model.buffers[1].size = 4

    import flatbuffers

    def packed(offset: int) -> bytes:
        model.buffers[1].offset = offset
        packer = flatbuffers.Builder(1024)
        packer.Finish(model.Pack(packer), file_identifier=b"TFL3")
        return bytes(packer.Output())

    end = len(packed(1 << 20))
    outside = packed(end) + bytes([1, 2, 255, 4])
    data = parse_model(outside, "outside").main.tensors[0].data
    assert data is not None
    assert data.tolist() == [1, 2, -1, 4]


def test_zero_points_default_to_zero_and_one_stands_for_all() -> None:
    builder = ModelBuilder()
    builder.tensor([2, 3], scales=[1.0, 2.0], zero_points=[], axis=0)
    builder.tensor([2, 3], scales=[1.0, 2.0, 3.0], zero_points=[4], axis=1)
    tensors = parse_model(builder.build([0], [1]), "zero").main.tensors
    assert tensors[0].quantization is not None
    assert tensors[0].quantization.zero_points == (0, 0)
    assert tensors[1].quantization is not None
    assert tensors[1].quantization.zero_points == (4, 4, 4)


def test_names_that_do_not_print_are_made_safe_to_show() -> None:
    builder = ModelBuilder()
    builder.tensor([1], name="bad\x1b[31m\nname\x00")
    assert parse_model(builder.build([0], [0]), "names").main.tensors[0].name == "bad?[31m?name?"
