"""`mcu explain` and the command that carries its remedy out; layers with a scheme of their own; float .tflite files."""

from __future__ import annotations

import importlib.util
import json
import shlex
from pathlib import Path

import numpy as np
import pytest

from mcu_toolkit.model import read_model
from mcu_toolkit.runners import LiteRtRunner
from mcu_toolkit.validate import dequantize, inputs_for, load_vectors
from tests.cli.in_process import mcu_here, succeed_here
from tests.cli.running import assert_refused
from tests.quantize import keras_models as models
from tests.quantize.debugger.planted import plant

pytestmark = pytest.mark.slow
has_extra = importlib.util.find_spec("ai_edge_quantizer") is not None


def error_of(tflite: Path, exact: Path) -> float:
    """Mean squared difference of both models' outputs over the test samples."""
    outputs = []
    for path in (tflite, exact):
        model = read_model(path)
        vectors = load_vectors(Path("data.npz"), model)
        outputs.append(dequantize(LiteRtRunner(model).run(inputs_for(model, vectors)).outputs[0], model.outputs[0]))
    return float(np.mean((outputs[0] - outputs[1]) ** 2))


def recovered(words: tuple[str, ...], remedy: str, layer: str, here: Path) -> str:
    """Explain, quantize as it was, and by the command that is printed; returns that command.  80 % of the loss must be gone."""
    explained = succeed_here("explain", "model.keras", "--data", "data.npz", *words, "--json", "r.json")
    facts = json.loads((here / "r.json").read_text())
    assert (facts["worst"]["layer"], facts["remedy"]["name"]) == (layer, remedy)
    command: str = facts["remedy"]["command"]
    assert command in " ".join(explained.stdout.split())
    succeed_here("quantize", "model.keras", "--scheme", "float32", "-o", "exact.tflite")
    succeed_here("quantize", "model.keras", "--data", "data.npz", *words, "-o", "before.tflite")
    name, *rest = shlex.split(command)
    assert name == "mcu"
    succeed_here(*rest)
    assert error_of(Path("model.tflite"), Path("exact.tflite")) <= 0.2 * error_of(Path("before.tflite"), Path("exact.tflite"))
    return command


@pytest.mark.nightly
def test_explain_prints_the_command_that_repairs(here: Path) -> None:
    planted = plant("one-scale", 0, here)
    command = recovered(("--per-tensor-dense",), "per-channel", planted.layer, here)
    assert command == "mcu quantize model.keras --data data.npz -o model.tflite"


@pytest.mark.skipif(not has_extra, reason="the extra 'mixed' is not installed")
@pytest.mark.parametrize(
    ("kind", "option"),
    [("wide-weights", "--keep-float dense1"), ("outlier", "--layer-scheme dense1=int16x8 --layer-scheme dense2=int16x8")],
)
def test_explain_prints_the_command_that_treats_the_layers(kind: str, option: str, here: Path) -> None:
    planted = plant(kind, 0, here)
    assert option in recovered((), planted.remedy, planted.layer, here)


def test_explain_refuses_what_has_no_integers(here: Path) -> None:
    plant("one-scale", 0, here)
    outcome = mcu_here("explain", "model.keras", "--data", "data.npz", "--scheme", "dynamic")
    message = "error: model.keras: scheme dynamic has no integer activations\n  expected: int8, int8-float-io or int16x8"
    assert_refused(outcome, 2, message)


@pytest.mark.skipif(has_extra, reason="the extra 'mixed' is installed")
def test_a_missing_extra_is_named(here: Path) -> None:
    models.save(models.small_cnn(), here / "m.keras")
    models.write_data(here / "d.npz", x_rep=models.random_samples(4, 4, 2))
    what = (
        "needs a package that is not installed: ai_edge_quantizer\n  expected: the extra 'mixed'\n  try: pip install 'mcu-toolkit[mixed]'"
    )
    outcome = mcu_here("quantize", "m.keras", "--data", "d.npz", "--keep-float", "conv", "-o", "m.tflite")
    assert_refused(outcome, 3, f"error: m.keras: a scheme for a single layer {what}")
    succeed_here("quantize", "m.keras", "--scheme", "float32", "-o", "f.tflite")
    outcome = mcu_here("quantize", "f.tflite", "--data", "d.npz", "-o", "m.tflite")
    assert_refused(outcome, 3, f"error: f.tflite: quantizing a .tflite file {what}")


def test_layers_are_refused_in_words(here: Path) -> None:
    models.save(models.small_cnn(), here / "m.keras")
    models.write_data(here / "d.npz", x_rep=models.random_samples(4, 4, 2))
    words = ("quantize", "m.keras", "--data", "d.npz", "-o", "m.tflite")
    assert_refused(
        mcu_here(*words, "--layer-scheme", "conv"),
        2,
        "error: --layer-scheme conv\n  expected: LAYER=SCHEME, with a scheme of float32, int8, int16x8",
    )
    assert_refused(
        mcu_here(*words, "--compare", "--keep-float", "conv"),
        2,
        "error: m.keras: --compare with schemes for single layers\n  expected: one scheme at a time for those",
    )
    if has_extra:
        message = "error: unknown layer with its own operator 'conw'\n  expected: one of conv\n  try: mcu explain lists them"
        assert_refused(mcu_here(*words, "--keep-float", "conw"), 2, message)
    assert not (here / "m.tflite").exists()


def test_verify_takes_the_golden_vectors_beside_the_model(here: Path) -> None:
    models.save(models.small_cnn(), here / "m.keras")
    x = models.random_samples(4, 4, 2)
    models.write_data(here / "d.npz", x_rep=x, x=x)
    succeed_here("quantize", "m.keras", "--data", "d.npz", "-o", "m.tflite")
    succeed_here("deploy", "m.tflite", "--board", "host", "--random", "3", "-o", "out")
    outcome = succeed_here("verify", "m.tflite", "--board", "host", "--json", "v.json")
    assert "the 10 samples of m.golden.npz" in " ".join(outcome.stderr.split())
    assert {row["samples"] for row in json.loads((here / "v.json").read_text())["comparisons"]} == {10}
    (here / "other.tflite").write_bytes((here / "m.tflite").read_bytes())
    succeed_here("quantize", "m.keras", "--data", "d.npz", "--per-tensor-dense", "-o", "m.tflite")
    (here / "m.golden.npz").replace(here / "other.golden.npz")
    outcome = succeed_here("verify", "other.tflite", "--board", "host")
    assert "not used: other.golden.npz: holds golden vectors of another model" in " ".join(outcome.stderr.split())


def test_the_line_brings_samples_that_are_in_order(here: Path) -> None:
    succeed_here("train", "linear", "-o", "line")
    outcome = succeed_here("quantize", "line/model.keras", "--data", "line/data.npz", "--strict", "-o", "line.tflite", "--json", "r.json")
    assert json.loads((here / "r.json").read_text())["findings"] == []
    assert "range over" not in outcome.stderr
