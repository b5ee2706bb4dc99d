"""What is written is read back the same: by our reader, and by the schema module of LiteRT, which knows nothing of ours."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from types import MappingProxyType

import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema

from mcu_toolkit.model import Graph, parse_model
from mcu_toolkit.model.write import write_model
from tests import small_models


def plain(graph: Graph) -> object:
    """All that a graph says, comparable."""
    tensors = [dataclasses.replace(one, data=None, shape_signature=None) for one in graph.tensors]
    data = [None if one.data is None else (one.data.dtype, one.data.tolist()) for one in graph.tensors]
    ops = [(op.name, op.version, op.inputs, op.outputs, dict(op.options)) for op in graph.ops]
    return graph.name, tensors, data, ops, graph.inputs, graph.outputs


@pytest.mark.parametrize(
    "make", [small_models.fully_connected, small_models.convolution, small_models.svdf], ids=lambda make: make.__name__
)
def test_a_model_of_others_that_is_written_again_says_the_same(make: Callable[[], bytes]) -> None:
    before = parse_model(make(), "m").main
    assert plain(parse_model(write_model(before, "again"), "m").main) == plain(before)


def test_the_schema_module_of_litert_reads_what_we_write() -> None:
    ours = parse_model(small_models.convolution(), "m").main
    found = schema.ModelT.InitFromObj(schema.Model.GetRootAs(write_model(ours, "made here"), 0))
    assert (found.version, found.description) == (3, b"made here")
    [graph] = found.subgraphs
    assert [tuple(one.shape) for one in graph.tensors] == [one.shape for one in ours.tensors]
    assert [one.type for one in graph.tensors] == [int(one.dtype) for one in ours.tensors]
    for theirs, own in zip(graph.tensors, ours.tensors, strict=True):
        if own.data is not None:
            assert found.buffers[theirs.buffer].data.tobytes() == own.data.tobytes()
        if own.quantization is not None:
            assert theirs.quantization.scale.tolist() == list(own.quantization.scales)
            assert theirs.quantization.zeroPoint.tolist() == list(own.quantization.zero_points)
    names = {number: name for name, number in vars(schema.BuiltinOperator).items() if isinstance(number, int)}
    assert [names[found.operatorCodes[one.opcodeIndex].builtinCode] for one in graph.operators] == [one.name for one in ours.ops]
    options = graph.operators[0].builtinOptions
    assert (options.strideW, options.strideH) == (ours.ops[0].options["stride_w"], ours.ops[0].options["stride_h"])


def test_buffers_are_aligned_as_the_schema_asks() -> None:
    content = write_model(parse_model(small_models.convolution(), "m").main, "")
    for tensor in parse_model(content, "m").main.tensors:
        if tensor.data is not None:
            assert content.index(np.ascontiguousarray(tensor.data).tobytes()) % 16 == 0


def test_what_would_be_lost_is_refused() -> None:
    graph = parse_model(small_models.convolution(), "m").main
    wrong = dataclasses.replace(graph.ops[0], options=MappingProxyType({"padding": "SAME", "colour": 3}))
    with pytest.raises(ValueError, match=r"it has no options \['colour'\]"):
        write_model(dataclasses.replace(graph, ops=(wrong,)), "")
    with pytest.raises(ValueError, match="custom operators"):
        write_model(dataclasses.replace(graph, ops=(dataclasses.replace(graph.ops[0], custom_name="Mine"),)), "")
