"""Broken and unsupported files are refused with an error that says what is wrong."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import flatbuffers
import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema

from mcu_toolkit.errors import InputError, UnsupportedModelError
from mcu_toolkit.model import flatbuffer, parse_model, read_model
from tests import small_models
from tests.model_builder import ModelBuilder


def _changed(change: Any) -> bytes:
    """The convolution model with `change(ModelT)` applied."""
    model = schema.ModelT.InitFromPackedBuf(small_models.convolution(), 0)
    change(model)
    packer = flatbuffers.Builder(1024)
    packer.Finish(model.Pack(packer), file_identifier=b"TFL3")
    return bytes(packer.Output())


def _set(path: str, value: Any) -> Any:
    """A change that sets e.g. `subgraphs.0.tensors.1.buffer`."""

    def change(model: Any) -> None:
        *steps, last = path.split(".")
        target = model
        for step in steps:
            target = target[int(step)] if step.isdigit() else getattr(target, step)
        setattr(target, last, value)

    return change


_T, _O = "subgraphs.0.tensors.1", "subgraphs.0.operators.0"


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        (_set("version", 2), UnsupportedModelError, "schema version 2"),
        (_set("subgraphs", []), InputError, "no graph"),
        (_set("operatorCodes.0.builtinCode", 4000), UnsupportedModelError, "operator code 4000 is unknown"),
        (_set("subgraphs.0.inputs", np.array([9], np.int32)), InputError, "input 0 is tensor 9, there are 4"),
        (_set("subgraphs.0.outputs", np.array([-1], np.int32)), InputError, "output 0 is tensor -1"),
        (_set(f"{_O}.inputs", np.array([0, 1, -2], np.int32)), InputError, "op 0 CONV_2D: input 2 is tensor -2"),
        (_set(f"{_O}.outputs", np.array([4], np.int32)), InputError, "op 0 CONV_2D: output 0 is tensor 4"),
        (_set(f"{_O}.opcodeIndex", 7), InputError, "operator code 7, there are 1"),
        (_set(f"{_O}.builtinOptions.padding", 5), UnsupportedModelError, "option 'padding' has the unknown value 5"),
        (_set(f"{_T}.buffer", 77), InputError, "tensor 1 'kernel' uses buffer 77"),
        (_set(f"{_T}.type", 99), UnsupportedModelError, "unknown element type 99"),
        (_set(f"{_T}.shape", np.array([4, 3, 3, 4], np.int32)), InputError, "108 bytes of data, its shape needs 144"),
        (_set(f"{_T}.shape", np.array([4, -1, 3, 3], np.int32)), UnsupportedModelError, r"the shape \[4, -1, 3, 3\]"),
        (_set("subgraphs.0.tensors.0.shape", np.array([1 << 30] * 9, np.int32)), UnsupportedModelError, "at most"),
        (_set("subgraphs.0.tensors.0.shape", np.ones(99, np.int32)), InputError, "99 elements, more than the 16"),
        (_set(f"{_T}.quantization.scale", np.array([1, 2, 3], np.float32)), InputError, "3 scales and 4 zero points"),
        (_set(f"{_T}.quantization.scale", np.array([np.nan] * 4, np.float32)), InputError, "not a number"),
        (_set(f"{_T}.quantization.zeroPoint", np.array([0, 0, 0, 128])), InputError, "zero point outside of -128..127"),
        (_set(f"{_T}.quantization.quantizedDimension", 1), InputError, "4 scales along axis 1"),
        (_set(f"{_T}.quantization.detailsType", 1), UnsupportedModelError, "block-wise"),
        (_set(f"{_T}.sparsity", schema.SparsityParametersT()), UnsupportedModelError, "is sparse"),
        (_set(f"{_T}.externalBuffer", 1), UnsupportedModelError, "another file"),
        (_set("buffers.1.offset", 1 << 40), InputError, "ends outside of the file"),
    ],
)
def test_broken_and_unsupported_models_are_refused(change: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        parse_model(_changed(change), "broken")


def test_another_operators_options_are_refused() -> None:
    def change(model: Any) -> None:
        operator = model.subgraphs[0].operators[0]
        operator.builtinOptionsType = schema.BuiltinOptions.Pool2DOptions
        operator.builtinOptions = schema.Pool2DOptionsT()

    with pytest.raises(UnsupportedModelError, match="options of another operator"):
        parse_model(_changed(change), "broken")


def test_missing_options_mean_the_schemas_defaults() -> None:
    def change(model: Any) -> None:
        operator = model.subgraphs[0].operators[0]
        operator.builtinOptionsType, operator.builtinOptions = 0, None

    options = parse_model(_changed(change), "bare").main.ops[0].options
    assert (options["padding"], options["stride_w"], options["dilation_h_factor"]) == ("SAME", 0, 1)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "the file is empty"),
        (b"TFL", "not a .tflite model"),
        (b"\x08\x00\x00\x00TFL4" + bytes(64), "not a .tflite model"),
        (b"PK\x03\x04" + bytes(64), "not a .tflite model"),
        (b"\x00\x00\x00\x00TFL3" + bytes(64), "damaged model file"),
        (b"\xff\xff\xff\xffTFL3" + bytes(64), "damaged model file"),
        (b"\x08\x00\x00\x00TFL3", "damaged model file"),
    ],
)
def test_other_files_are_refused(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "model.tflite"
    path.write_bytes(content)
    with pytest.raises(InputError, match=message) as caught:
        read_model(path)
    assert str(path) in str(caught.value)
    assert caught.value.expected
    assert caught.value.hint


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"nothing\.tflite: model file not found"):
        read_model(tmp_path / "nothing.tflite")


def test_every_truncation_is_refused_or_read() -> None:
    content = small_models.fully_connected()
    refused = 0
    for length in range(len(content)):
        try:
            parse_model(content[:length], "short")
        except InputError:
            refused += 1
    # Only padding at the very end may go unnoticed.
    assert refused >= len(content) - 4


def test_a_file_that_refers_to_one_object_very_often_is_stopped() -> None:
    count = 60_000
    # root -> Model(version 3, subgraphs = one vector of `count` references to one table whose tensors are that vector again)
    content = bytearray(64 + 4 * count)
    struct.pack_into("<I4s", content, 0, 24, b"TFL3")
    struct.pack_into("<HHHHH", content, 8, 10, 12, 4, 0, 8)  # vtable of Model: version at 4, subgraphs at 8
    struct.pack_into("<iII", content, 24, 16, 3, 60 - 32)
    struct.pack_into("<I", content, 60, count)
    with pytest.raises(InputError, match="60,000 SubGraph tables, more than"):
        parse_model(bytes(content), "bomb")


def test_shared_work_is_limited_by_the_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flatbuffer, "MAX_OBJECTS", 20)
    with pytest.raises(InputError, match="more than 20 objects"):
        parse_model(small_models.convolution(), "budget")


def test_overlapping_objects_are_refused() -> None:
    builder = ModelBuilder()
    builder.tensor([1], name="aaaaaaaa")
    builder.tensor([1], name="bbbbbbbb")
    content = bytearray(builder.build([0], [1]))
    assert parse_model(bytes(content), "fine").main.tensors[0].name == "aaaaaaaa"
    # Make the first name's length reach far into whatever follows it.
    position = content.index(b"aaaaaaaa") - 4
    struct.pack_into("<I", content, position, 60)
    with pytest.raises(InputError, match="overlap"):
        parse_model(bytes(content), "overlapping")


def test_too_large_files_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flatbuffer, "MAX_FILE_BYTES", 100)
    with pytest.raises(UnsupportedModelError, match="at most 100 bytes"):
        parse_model(small_models.addition(), "large")
