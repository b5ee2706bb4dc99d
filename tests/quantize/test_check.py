"""Float fallbacks are found by our own reader and named."""

from __future__ import annotations

from pathlib import Path

import pytest

from mcu_toolkit.errors import UnsupportedModelError
from mcu_toolkit.model import Model, parse_model
from mcu_toolkit.quantize import ConvertOptions, quantize
from mcu_toolkit.quantize.check import check_result
from mcu_toolkit.quantize.schemes import get_scheme
from mcu_toolkit.quantize.source import SourceModel
from tests.model_builder import ModelBuilder

SOURCE = SourceModel(Path("model.keras"), Path("unused"), (), ("minus",))


def chain(*steps: tuple[str, str, str]) -> Model:
    """A chain of operators [1, 4]; each step is (operator, dtype of its output, name of its output)."""
    builder = ModelBuilder()
    first = steps[0][1]
    scale = {} if first == "float32" else {"scale": 0.1, "zero_point": 0}
    tensors = [builder.tensor([1, 4], first, name=steps[0][2], **scale)]
    for operator, dtype, name in steps[1:]:
        scale = {} if dtype == "float32" else {"scale": 0.1, "zero_point": 0}
        tensors.append(builder.tensor([1, 4], dtype, name=name, **scale))
        builder.op(operator, [tensors[-2]], [tensors[-1]])
    return parse_model(builder.build([tensors[0]], [tensors[-1]]), "chain")


FLOAT_FALLBACK = chain(
    ("", "int8", "x"), ("DEQUANTIZE", "float32", "tfl.d"), ("NEG", "float32", "model/minus_1/Neg"), ("QUANTIZE", "int8", "tfl.q")
)
FLOAT_IO = chain(("", "float32", "x"), ("QUANTIZE", "int8", "q"), ("RELU", "int8", "model/relu"), ("DEQUANTIZE", "float32", "y"))
INTEGER = chain(("", "int8", "x"), ("RELU", "int8", "model/relu"))
FLOAT = chain(("", "float32", "x"), ("RELU", "float32", "model/relu"))


def test_an_integer_model_passes() -> None:
    check_result(INTEGER, get_scheme("int8"), SOURCE)


@pytest.mark.parametrize("scheme", ["int8", "int8-float-io", "int16x8"])
def test_a_float_fallback_is_named_by_its_layer(scheme: str) -> None:
    with pytest.raises(UnsupportedModelError, match=r"model.keras: an operator is left in floating point: NEG in layer 'minus'\n"):
        check_result(FLOAT_FALLBACK, get_scheme(scheme), SOURCE)


def test_a_float_fallback_at_the_output_is_told_by_what_it_reads() -> None:
    model = chain(
        ("", "int8", "x"), ("RELU", "int8", "model/relu/Relu"), ("DEQUANTIZE", "float32", "tfl.d"), ("NEG", "float32", "PartitionedCall:01")
    )
    with pytest.raises(UnsupportedModelError, match=r"NEG \(operator 2\) after 'model/relu/Relu'"):
        check_result(model, get_scheme("int8-float-io"), SOURCE)


def test_float_inputs_and_outputs_are_right_only_where_asked_for() -> None:
    check_result(FLOAT_IO, get_scheme("int8-float-io"), SOURCE)
    with pytest.raises(UnsupportedModelError, match="2 operators are left in floating point: QUANTIZE in 'q', DEQUANTIZE in 'y'"):
        check_result(FLOAT_IO, get_scheme("int8"), SOURCE)


def test_a_float_model_is_no_int8_model() -> None:
    with pytest.raises(UnsupportedModelError, match="RELU in 'model/relu'"):
        check_result(FLOAT, get_scheme("int8"), SOURCE)


@pytest.mark.parametrize("scheme", ["float32", "float16", "dynamic"])
def test_float_schemes_may_hold_floats(scheme: str) -> None:
    check_result(FLOAT, get_scheme(scheme), SOURCE)


def test_a_conversion_that_leaves_a_float_fallback_is_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    results = [FLOAT_FALLBACK.content, INTEGER.content, FLOAT_FALLBACK.content]
    monkeypatch.setattr(quantize, "convert", lambda *_, **__: results.pop(0))
    monkeypatch.setattr(quantize, "source_sha256", lambda _: "0" * 64)
    made = quantize.convert_opened(quantize.OpenedSource(SOURCE), get_scheme("int8"), tmp_path / "m.tflite", ConvertOptions())
    assert made.path.read_bytes() == INTEGER.content
    assert len(results) == 1


def test_a_float_fallback_in_every_conversion_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quantize, "convert", lambda *_, **__: FLOAT_FALLBACK.content)
    with pytest.raises(UnsupportedModelError, match="NEG in layer 'minus'"):
        quantize.convert_opened(quantize.OpenedSource(SOURCE), get_scheme("int8"), tmp_path / "m.tflite", ConvertOptions())
    assert not list(tmp_path.iterdir())
