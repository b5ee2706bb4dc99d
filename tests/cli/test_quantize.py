"""`mcu quantize` from other sources, `--compare`, and what is stored about the model's input, as a user sees them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mcu_toolkit.model import read_model
from tests import trained_models
from tests.cli.in_process import succeed_here
from tests.cli.running import succeed
from tests.quantize import keras_models as models

pytestmark = pytest.mark.slow


def weights(path: Path) -> list[bytes]:
    """The constants of a model, whatever the order of its tensors."""
    return sorted(tensor.data.tobytes() for tensor in read_model(path).main.tensors if tensor.data is not None)


def test_hdf5_files_and_saved_models_give_the_same_integers_as_keras_files(here: Path) -> None:
    model = models.small_cnn()
    models.save(model, here / "m.keras")
    models.save(model, here / "m.h5")
    models.export(model, here / "saved")
    models.write_data(here / "d.npz", x_rep=models.random_samples(4, 4, 2))
    for source in ("m.keras", "m.h5", "saved"):
        succeed_here("quantize", source, "--data", "d.npz", "-o", f"{source}.tflite", "--json", "r.json")
        assert json.loads((here / "r.json").read_text())["kind"] == "full int8"
    assert weights(here / "m.keras.tflite") == weights(here / "m.h5.tflite") == weights(here / "saved.tflite")


def test_compare_tells_bytes_accuracy_runtimes_and_boards_and_skips_what_is_done(here: Path) -> None:
    source = trained_models.trained("digits")
    words = ("quantize", source / "model.keras", "--data", source / "data.npz", "--compare", "-o", "all", "--json", "r.json")
    printed = succeed_here(*words).stdout
    result = json.loads((here / "r.json").read_text())
    rows = {row["scheme"]: row for row in result["rows"]}
    assert list(rows) == ["float32", "float16", "dynamic", "int8", "int8-float-io", "int16x8"]
    assert all(Path(row["path"]).stat().st_size == row["size_bytes"] for row in rows.values())
    assert 0.2 < rows["int8"]["ratio_to_float"] < 0.5
    assert all(row["accuracy"] > 0.9 for row in rows.values())
    assert rows["float32"]["ratio_to_float"] == 1
    assert [name for name, row in rows.items() if row["runtimes"]] == ["int8", "int8-float-io", "int16x8"]
    assert "aot" in rows["int8"]["runtimes"]  # the default library for tflm is too old for dense layers with a scale a channel
    assert {"netduinoplus2", "microbit", "host"} <= set(rows["int8"]["boards"])
    assert rows["float32"]["boards"] == []
    assert "on_board" not in rows["int8"], "no board was asked for"
    assert "chart: all/schemes.png" in printed
    assert (here / "all/schemes.png").read_bytes().startswith(b"\x89PNG")
    for name, row in rows.items():
        line = next(line for line in printed.splitlines() if line.startswith(f"{name} "))
        assert f"{100 * row['accuracy']:.1f}" in line
        assert line.endswith(row["kind"])
    assert not result["up_to_date"]
    assert "quantize: up to date, nothing to do (--force does it again)" in succeed(*words).stdout
    assert json.loads((here / "r.json").read_text())["up_to_date"]


def test_raw_values_are_found_by_validate_and_verify_and_inspect_shows_the_preprocessing(here: Path) -> None:
    """The model has the record of its training data in it, 0 to 1."""
    source = trained_models.trained("digits")
    (here / "p.toml").write_text('raw_dtype = "uint8"\nscale = 0.0625\nlayout = "hwc"\n')
    words = ("--data", source / "data.npz", "--preprocessing", "p.toml")
    succeed_here("quantize", source / "model.keras", *words, "-o", "m.tflite")
    assert "* 0.0625" in succeed_here("inspect", "m.tflite").stdout
    with np.load(source / "data.npz") as stored:
        np.savez(here / "raw.npz", x=stored["x"][:40] * 255)
        np.savez(here / "good.npz", x=stored["x"][:40])
    succeed_here("deploy", "m.tflite", "--board", "host", "--data", "good.npz", "-o", "out")
    for command in (("validate", "m.tflite"), ("verify", "m.tflite", "--board", "host")):
        succeed_here(*command, "--data", "good.npz", "--json", "v.json")
        assert not [note for note in json.loads((here / "v.json").read_text())["notes"] if "training data" in note]
        succeed_here(*command, "--data", "raw.npz", "--json", "v.json")
        (note,) = (note for note in json.loads((here / "v.json").read_text())["notes"] if "training data" in note)
        assert note.startswith("inputs: the samples range over 0 to 255, the training data over 0 to 1")


def swapped_outputs() -> Any:
    """Two outputs of one shape whose names sort otherwise than made: `zeta` is the input, `alpha` the same turned round."""

    def layers(keras: Any, x: Any) -> Any:
        return [keras.layers.Rescaling(factor, name=name)(x) for name, factor in (("zeta", 1.0), ("alpha", -1.0))]

    return models.functional(layers, (6,))


def test_every_command_reads_arrays_and_tells_names_alike(here: Path) -> None:
    x = 2 * models.random_samples(6) - 1
    models.save(swapped_outputs(), here / "m.keras")
    models.write_data(here / "d.npz", x=x, y_zeta=x.argmax(axis=1), y_alpha=x.argmin(axis=1))
    succeed_here("quantize", "m.keras", "--data", "d.npz", "-o", "m.tflite", "--json", "q.json")
    outputs = json.loads((here / "q.json").read_text())["outputs"]
    assert [(one["name"], one["keras_name"]) for one in outputs] == [("zeta", "zeta"), ("alpha", "alpha")]
    succeed_here("inspect", "m.tflite", "--json", "i.json")
    assert [one["name"] for one in json.loads((here / "i.json").read_text())["outputs"]] == ["zeta", "alpha"]
    words = ("--data", "d.npz", "--keras", "m.keras", "--max-drop", "0.2", "--min-accuracy", "0.8")
    for command in (
        ("validate", "m.tflite"),
        ("deploy", "m.tflite", "--board", "host", "-o", "out"),
        ("verify", "m.tflite", "--board", "host"),
    ):
        printed = succeed_here(*command, *words, "--json", "r.json").stdout
        result = json.loads((here / "r.json").read_text())
        assert set(result["accuracy_by_output"]) == {"zeta", "alpha"}
        assert result["accuracy"]["keras"] == 1.0
        assert "zeta" in printed
    succeed_here("quantize", "m.keras", "--data", "d.npz", "--compare", "-o", "all", "--json", "c.json")
    rows = json.loads((here / "c.json").read_text())["rows"]
    assert {row["scheme"] for row in rows if row["accuracy"] is not None} == {row["scheme"] for row in rows if row["size_bytes"]}


def test_a_y_that_could_belong_to_any_output_is_told(here: Path) -> None:
    x = 2 * models.random_samples(6) - 1
    models.save(swapped_outputs(), here / "m.keras")
    models.write_data(here / "d.npz", x=x, y=x.argmax(axis=1))
    succeed_here("quantize", "m.keras", "--data", "d.npz", "-o", "m.tflite")
    printed = succeed_here("validate", "m.tflite", "--data", "d.npz").stdout
    assert "d.npz: y is not used, the model has several outputs; call labels y_zeta, y_alpha" in printed
