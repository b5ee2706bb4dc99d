"""Real conversions: every scheme, both kinds of source, what is recorded and what is left behind."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest

from mcu_toolkit.errors import InputError, UnknownNameError
from mcu_toolkit.model import read_model
from mcu_toolkit.quantize import ConvertOptions, QuantizedModel, all_schemes, compare_schemes, quantize_model
from tests.quantize import keras_models as models


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """model.keras, open_batch/ (SavedModel) and data.npz of a small CNN."""
    folder = tmp_path_factory.mktemp("cnn")
    model = models.small_cnn()
    models.save(model, folder / "model.keras")
    models.export(model, folder / "open_batch")
    models.write_data(folder / "data.npz", x_rep=models.random_samples(4, 4, 2))
    return folder


def convert(folder: Path, output: Path, scheme: str = "int8", source: str = "model.keras") -> QuantizedModel:
    return quantize_model(folder / source, folder / "data.npz", scheme=scheme, output=output)


@pytest.mark.parametrize(
    ("scheme", "io", "weights"),
    [
        ("float32", "float32", "float32"),
        ("float16", "float32", "float16"),
        ("dynamic", "float32", "float32"),  # these weights are too few for the converter to quantize them
        ("int8", "int8", "int8"),
        ("int8-float-io", "float32", "int8"),
        ("int16x8", "int16", "int8"),
    ],
)
def test_every_scheme_gives_the_types_it_promises(folder: Path, tmp_path: Path, scheme: str, io: str, weights: str) -> None:
    made = convert(folder, tmp_path / "m.tflite", scheme)
    model = read_model(made.path)
    assert [tensor.dtype for tensor in (*made.inputs, *made.outputs)] == [io, io]
    assert [tensor.shape for tensor in (*made.inputs, *made.outputs)] == [(1, 4, 4, 2), (1, 3)]
    kernels = [tensor for tensor in model.main.tensors if tensor.is_constant and len(tensor.shape) == 4]
    assert [kernel.dtype.name.lower() for kernel in kernels] == [weights]


def test_a_fixed_batch_leaves_one_reshape_for_flatten(folder: Path, tmp_path: Path) -> None:
    assert convert(folder, tmp_path / "m.tflite").operators == ("CONV_2D", "RESHAPE", "FULLY_CONNECTED", "SOFTMAX")


def test_an_open_batch_in_a_saved_model_is_fixed_too(folder: Path, tmp_path: Path) -> None:
    from_keras = convert(folder, tmp_path / "k.tflite")
    from_saved = convert(folder, tmp_path / "s.tflite", source="open_batch")
    assert from_saved.operators == from_keras.operators
    assert from_saved.inputs[0].scale == from_keras.inputs[0].scale
    constants = [
        [tensor.data.tobytes() for tensor in read_model(made.path).main.tensors if tensor.data is not None]
        for made in (from_keras, from_saved)
    ]
    assert sorted(constants[0]) == sorted(constants[1])


def test_the_record_tells_what_the_model_was_made_from(folder: Path, tmp_path: Path) -> None:
    made = convert(folder, tmp_path / "m.tflite")
    content = made.path.read_bytes()
    assert made.size_bytes == len(content)
    assert made.sha256 == hashlib.sha256(content).hexdigest()
    assert made.source_sha256 == hashlib.sha256((folder / "model.keras").read_bytes()).hexdigest()
    assert made.data_sha256 == hashlib.sha256((folder / "data.npz").read_bytes()).hexdigest()
    assert made.representative_samples == models.SAMPLES
    record = json.loads((tmp_path / "m.tflite.json").read_text())
    assert record["schema_version"] == 1
    assert record["sha256"] == made.sha256
    assert record["inputs"][0]["scale"] == made.inputs[0].scale
    assert any("full int8" in line for line in made.summary_lines())


def test_scale_and_zero_point_cover_the_representative_set(folder: Path, tmp_path: Path) -> None:
    entry = convert(folder, tmp_path / "m.tflite").inputs[0]
    assert entry.scale is not None
    assert entry.zero_point is not None
    with np.load(folder / "data.npz") as data:
        highest = float(data["x_rep"].max())
    assert entry.scale * (-128 - entry.zero_point) == pytest.approx(0.0, abs=entry.scale)
    assert entry.scale * (127 - entry.zero_point) == pytest.approx(highest, abs=entry.scale)


def test_the_same_source_gives_the_same_bytes(folder: Path, tmp_path: Path) -> None:
    assert convert(folder, tmp_path / "a.tflite").sha256 == convert(folder, tmp_path / "b.tflite").sha256


def test_dense_layers_are_quantized_per_channel_unless_told_otherwise(folder: Path, tmp_path: Path) -> None:
    for per_channel in (True, False):
        made = quantize_model(
            folder / "model.keras", folder / "data.npz", output=tmp_path / "m.tflite", options=ConvertOptions(per_channel_dense=per_channel)
        )
        graph = read_model(made.path).main
        (dense,) = [op for op in graph.ops if op.name == "FULLY_CONNECTED"]
        quantization = graph.tensors[dense.inputs[1]].quantization
        assert quantization is not None
        assert len(quantization.scales) == (3 if per_channel else 1)
        assert f"per_channel_dense={str(per_channel).lower()}" in made.converter_options


def test_notes_about_the_data_are_told_and_recorded(folder: Path, tmp_path: Path) -> None:
    few = models.write_data(tmp_path / "few.npz", x_rep=models.random_samples(4, 4, 2, samples=3))
    seen: list[str] = []
    made = quantize_model(folder / "model.keras", few, output=tmp_path / "m.tflite", on_note=seen.append)
    assert len(seen) == 1
    assert "only 3 representative samples" in seen[0]
    assert made.notes == tuple(seen)


def test_float_schemes_need_no_data(folder: Path, tmp_path: Path) -> None:
    made = quantize_model(folder / "model.keras", None, scheme="float32", output=tmp_path / "m.tflite")
    assert made.data is None
    assert made.representative_samples == 0


def test_integer_schemes_say_that_they_need_data(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="scheme int8 needs a representative set"):
        quantize_model(folder / "model.keras", None, output=tmp_path / "m.tflite")


def test_an_unknown_scheme_is_named_with_the_nearest(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(UnknownNameError, match=r"unknown quantization scheme 'int-8'\n  expected: one of int8"):
        convert(folder, tmp_path / "m.tflite", "int-8")


def test_a_failure_leaves_the_old_files_and_nothing_else(folder: Path, tmp_path: Path) -> None:
    before = convert(folder, tmp_path / "m.tflite")
    bad = models.write_data(tmp_path / "bad.npz", x_rep=np.full((20, 4, 4, 2), np.nan))
    with pytest.raises(InputError, match="NaN"):
        quantize_model(folder / "model.keras", bad, output=tmp_path / "m.tflite")
    assert hashlib.sha256((tmp_path / "m.tflite").read_bytes()).hexdigest() == before.sha256
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bad.npz", "m.tflite", "m.tflite.json"]


def test_compare_gives_a_row_for_every_scheme(folder: Path, tmp_path: Path) -> None:
    rows = compare_schemes(folder / "model.keras", folder / "data.npz", tmp_path)
    assert [row.scheme for row in rows] == [scheme.name for scheme in all_schemes()]
    for row in rows:
        assert row.refusal is None
        assert row.size_bytes == (tmp_path / f"{row.scheme}.tflite").stat().st_size
    assert rows[0].ratio_to_float == 1.0


def test_compare_shows_the_saving_on_a_real_model(digits_folder: Path, tmp_path: Path) -> None:
    rows = compare_schemes(digits_folder / "model.keras", digits_folder / "data.npz", tmp_path)
    ratios = {row.scheme: row.ratio_to_float or 0.0 for row in rows}
    assert 0.5 < ratios["float16"] < 0.65
    for scheme in ("dynamic", "int8", "int8-float-io", "int16x8"):
        assert 0.25 < ratios[scheme] < 0.5


def test_compare_turns_a_refusal_into_a_row(tmp_path: Path) -> None:
    model = models.functional(lambda keras, x: keras.layers.ELU(name="elu")(keras.layers.Conv2D(2, 3, name="conv")(x)))
    source = models.save(model, tmp_path / "elu.keras")
    data = models.write_data(tmp_path / "data.npz", x_rep=models.random_samples(4, 4, 2))
    rows = {row.scheme: row for row in compare_schemes(source, data, tmp_path / "out", schemes=["float32", "int8", "int16x8"])}
    assert rows["float32"].refusal is None
    assert "ELU" in (rows["int8"].refusal or "")
    assert "ELU" in (rows["int16x8"].refusal or "")
    assert rows["int8"].size_bytes is None
    assert not (tmp_path / "out" / "int8.tflite").exists()
