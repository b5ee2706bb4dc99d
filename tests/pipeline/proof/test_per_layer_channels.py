"""`verify --per-layer` where layers lost channels that no input changes: they are proven by those that are left."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from mcu_toolkit.boards import load_board
from mcu_toolkit.build import flash_project
from mcu_toolkit.device import find_emulator
from mcu_toolkit.firmware import Extras, generate_project
from mcu_toolkit.pipeline.proof.verify import VerifyRequest, verify_models
from mcu_toolkit.pipeline.workspace.inputs import open_subject
from mcu_toolkit.pipeline.workspace.progress import Silent
from mcu_toolkit.runtimes import get_runtime
from mcu_toolkit.runtimes.aot import Target, compile_model
from tests.planted import FlashedImage, constants_of, draw
from tests.runtimes.aot.test_constant_channels import mobile

BOARD = "netduinoplus2"


@pytest.mark.slow
def test_layers_without_some_channels_are_proven_and_faults_in_them_found(boards: Path, tmp_path: Path) -> None:
    model, board = mobile(2), load_board(BOARD)
    (tmp_path / "mobile.tflite").write_bytes(model.content)
    kept = compile_model(model, Target("dsp")).kept_channels
    assert len(kept) >= 4
    subject, request = open_subject(tmp_path / "mobile.tflite"), VerifyRequest(board=BOARD, random=3, per_layer=True)
    flash_project(generate_project(list(subject.models), board, get_runtime("aot"), tmp_path / "p", Extras(observer=True)), board)
    emulator = find_emulator(BOARD)
    assert emulator is not None
    image = FlashedImage(emulator)
    [sound] = verify_models(subject, request, Silent())
    assert sound.verdict == "pass"
    assert {layer.tensor for layer in sound.layers} >= set(kept)
    layer = next(op.index for op in model.main.ops if op.outputs[0] in kept)
    [place] = [one for one in constants_of(image.path, "_k_packed") if one.symbol.endswith(f"_{layer}")]
    _, offset, _ = draw(random.Random(1), (place,))
    image.plant(offset, 0x40)
    [report] = verify_models(subject, request, Silent())
    assert report.verdict == "fail"
    assert report.divergence is not None
    assert (report.divergence.layer, report.divergence.verdict) == (layer, "corrupted weights")
    assert report.divergence.elements == model.main.tensors[model.main.ops[layer].outputs[0]].elements
