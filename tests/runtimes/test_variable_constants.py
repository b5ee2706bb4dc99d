"""Constants that are marked as variables: TFLM zeroes them, LiteRT refuses them, and so do both runtimes, whatever reads them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from mcu_toolkit.boards import load_board
from mcu_toolkit.model import parse_model
from mcu_toolkit.runtimes import get_runtime
from tests import small_models
from tests.ops.harness import golden_outputs
from tests.runtimes.tflm.test_rules import per_channel_dense_bytes


def marked(content: bytes, index: int) -> bytes:
    """The model with tensor `index` of its graph marked as a variable."""
    import flatbuffers
    from ai_edge_litert import schema_py_generated as schema

    model = schema.ModelT.InitFromPackedBuf(content, 0)
    model.subgraphs[0].tensors[index].isVariable = True
    packer = flatbuffers.Builder(1024)
    packer.Finish(model.Pack(packer), b"TFL3")
    return bytes(packer.Output())


def constants_of(content: bytes) -> list[int]:
    return [tensor.index for tensor in parse_model(content, "m").main.tensors if tensor.is_constant]


def slots() -> Iterator[tuple[str, bytes, int]]:
    """(what, model, tensor): every constant of models with weights, biases, tables of numbers and shapes."""
    models = {"dense": small_models.fully_connected(inputs=4, outputs=2), "per channel": per_channel_dense_bytes()}
    for what, content in models.items():
        for index in constants_of(content):
            yield f"{what} {index}", content, index


@pytest.mark.parametrize(("what", "content", "index"), list(slots()))
@pytest.mark.parametrize("runtime", ["aot", "tflm"])
def test_a_constant_marked_as_a_variable_is_refused(what: str, content: bytes, index: int, runtime: str) -> None:
    del what
    model, board = parse_model(marked(content, index), "marked"), load_board("netduinoplus2")
    assert model.main.tensors[index].is_variable
    (finding,) = [one for one in get_runtime(runtime).check(model, board) if "is marked as a variable" in one.found]
    assert finding.where.startswith(f"tensor {index} ")
    assert not [one for one in get_runtime(runtime).check(parse_model(content, "as it was"), board) if "variable" in one.found]


def test_tflm_reads_zeros_where_the_file_has_data() -> None:
    pytest.importorskip("tflite_micro", reason="the tflite-micro wheel exists for Linux on x86-64 only")
    content = small_models.fully_connected(inputs=4, outputs=2)
    weights = next(index for index in constants_of(content) if len(parse_model(content, "m").main.tensors[index].shape) == 2)
    sample = [[np.full((1, 4), 50, np.int8)]]
    assert not np.array_equal(golden_outputs(content, sample)[0][0], golden_outputs(marked(content, weights), sample)[0][0])
