"""The record beside a quantized model: what is written is what is read, and anything else is refused by name."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from mcu_toolkit.artifacts.preprocessing import Preprocessing
from mcu_toolkit.errors import InputError
from mcu_toolkit.quantize import Finding, QuantizedModel, TensorFacts
from mcu_toolkit.quantize.quantized_model import read_record, render_record
from mcu_toolkit.tensorflow_loader import Versions

MODEL = QuantizedModel(
    path=Path("out/m.tflite"),
    scheme="int8",
    kind="full int8",
    size_bytes=1000,
    sha256="ab",
    source=Path("m.keras"),
    source_sha256="cd",
    data=Path("d.npz"),
    data_sha256="ef",
    representative_samples=10,
    inputs=(TensorFacts("x", (1, 8, 8, 1), "int8", 0.5, -128),),
    outputs=(TensorFacts("y", (), "float32", None, None, "dense"),),
    operators=("CONV_2D", "SOFTMAX"),
    float_fallbacks=(),
    converter_options=("TFLITE_BUILTINS_INT8",),
    qat_epochs=0,
    versions=Versions("3.11", "2.21", "3.0", "2.0"),
    preprocessing=Preprocessing(scale=(0.5, 2.0), layout="hwc", labels=("a", "b")),
    findings=(Finding("range", "what", "remedy"),),
    notes=("a note",),
)


def test_what_is_read_is_what_was_written(tmp_path: Path) -> None:
    path = tmp_path / "m.tflite.json"
    path.write_text(render_record(MODEL))
    assert read_record(path) == MODEL
    assert render_record(read_record(path)) == path.read_text()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"schema_version": 2}, "schema_version is 2"),
        ({"size_bytes": "many"}, "size_bytes is 'many'"),
        ({"preprocessing": {"layout": "abc"}}, "layout 'abc'"),
        ({"another": 1}, "unknown field 'another'"),
    ],
)
def test_another_record_is_refused_with_the_file_and_the_field(change: dict[str, object], words: str, tmp_path: Path) -> None:
    path = tmp_path / "m.tflite.json"
    path.write_text(json.dumps({**json.loads(render_record(MODEL)), **change}))
    with pytest.raises(InputError, match=words) as caught:
        read_record(path)
    assert caught.value.on == str(path)
    path.write_text("{")
    with pytest.raises(InputError, match="is not the record of a quantized model"):
        read_record(path)
