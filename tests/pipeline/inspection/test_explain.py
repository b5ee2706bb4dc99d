"""The command that `mcu explain` prints says all that was said before, and the remedy."""

from __future__ import annotations

from pathlib import Path

import pytest

from mcu_toolkit.pipeline.inspection.explain import command_of
from mcu_toolkit.quantize import ConvertOptions, Explanation
from mcu_toolkit.quantize.debugger.measure import LayerLoss, Losses
from mcu_toolkit.quantize.layers import LayerScheme

WORST = LayerLoss("layer 'a'", "CONV_2D", 10.0, 0.9, 0.0, 0.0, 1.0, 0.0, False, 0)


def command(
    remedy: str,
    *,
    scheme: str = "int8",
    layers: tuple[LayerScheme, ...] = (),
    options: ConvertOptions | None = None,
    source: str = "m.keras",
) -> str:
    found = Explanation(Losses((WORST,), 1.0, 10.0), WORST, 1.0, remedy, scheme, layers)
    return command_of(Path(source), Path("d.npz"), found, options or ConvertOptions())


@pytest.fixture(autouse=True)
def _model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "m.keras").write_bytes(b"")


def test_what_is_done_by_hand_has_none() -> None:
    assert [command(remedy) for remedy in ("more-data", "none")] == ["", ""]


def test_training_is_for_keras_files_in_8_bits() -> None:
    own = ConvertOptions(layer_schemes=(LayerScheme("a", "float32"),))
    assert command("qat") == "mcu quantize m.keras --data d.npz --qat -o m.tflite"
    assert command("qat", source="m.onnx") == "mcu quantize m.onnx --data d.npz --scheme int16x8 -o m.tflite"
    assert command("qat", options=own) == "mcu quantize m.keras --data d.npz --scheme int16x8 --keep-float a -o m.tflite"
    assert command("qat", scheme="int16x8") == ""


def test_layers_given_before_stay_and_a_new_scheme_wins() -> None:
    before = ConvertOptions(per_channel_dense=False, layer_schemes=(LayerScheme("a", "int16x8"), LayerScheme("b c", "int16x8")))
    assert command("float-weights", layers=(LayerScheme("a", "float32"),), options=before) == (
        "mcu quantize m.keras --data d.npz --per-tensor-dense --keep-float a --layer-scheme 'b c=int16x8' -o m.tflite"
    )


def test_one_scale_a_channel_is_the_default() -> None:
    assert command("per-channel", options=ConvertOptions(per_channel_dense=False)) == "mcu quantize m.keras --data d.npz -o m.tflite"
