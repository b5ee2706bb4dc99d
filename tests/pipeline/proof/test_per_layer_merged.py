"""A group of merged operators that differs is named as a group, and a second build is asked for the member at fault."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from mcu_toolkit.boards import load_board
from mcu_toolkit.build import flash_project, read_footprint
from mcu_toolkit.device import find_emulator
from mcu_toolkit.firmware import Extras, generate_project
from mcu_toolkit.model import parse_model
from mcu_toolkit.pipeline.proof.verify import VerifyRequest, verify_models
from mcu_toolkit.pipeline.workspace.inputs import open_subject
from mcu_toolkit.pipeline.workspace.progress import Silent
from mcu_toolkit.report import to_text
from mcu_toolkit.runtimes import get_runtime
from mcu_toolkit.runtimes.base import MergesOperators, RuntimeOptions
from tests.planted import FlashedImage, constants_of, draw
from tests.runtimes.aot.test_fusing import Block, merged, residual

BOARD = "netduinoplus2"


def test_the_runtime_can_be_told_not_to_merge() -> None:
    runtime, board = get_runtime("aot"), load_board(BOARD)
    assert isinstance(runtime, MergesOperators)
    assert runtime.settings(board) != runtime.without_merging().settings(board)


@pytest.mark.slow
def test_a_fault_in_a_merged_group_is_told_as_one(boards: Path, tmp_path: Path) -> None:
    block, same = Block(), Block()  # a builder builds once
    [group] = merged(block.compiled(residual(block)))
    content = same.builder.build([same.x], residual(same))
    (tmp_path / "block.tflite").write_bytes(content)
    model = parse_model(content, "block")
    flash_project(
        generate_project([model], load_board(BOARD), get_runtime("aot"), tmp_path / "p", Extras(observer=True)), load_board(BOARD)
    )
    emulator = find_emulator(BOARD)
    assert emulator is not None
    image = FlashedImage(emulator)
    subject, request = open_subject(tmp_path / "block.tflite"), VerifyRequest(board=BOARD, random=4, per_layer=True)
    [sound] = verify_models(subject, request, Silent())
    assert sound.verdict == "pass"
    assert sound.watermarks is not None
    assert sound.watermarks.flash_left_bytes == load_board(BOARD).flash.length_bytes - read_footprint(image.path).flash_bytes
    assert set(sound.unknown) == {"durations"}  # the observer's work is part of them
    assert [(layer.index, *layer.merged) for layer in sound.layers if layer.merged] == [(group[-1], *group[:-1])]
    assert sound.comparisons[0].level == "byte-equal-per-layer"
    assert f"ADD + {group[0]}" in to_text(sound)
    [place] = [one for one in constants_of(image.path, "_k_") if one.symbol.endswith(f"_{group[-1]}")]
    _, offset, _ = draw(random.Random(1), (place,))
    image.plant(offset, 0x40)
    [report] = verify_models(subject, request, Silent())
    assert report.verdict == "fail"
    assert report.divergence is not None
    assert (report.divergence.layer, report.divergence.verdict) == (group[-1], "corrupted weights")
    assert any("group of merged operators" in note and "a second build" in note for note in report.notes), report.notes


@pytest.mark.slow
def test_a_fault_in_a_cascade_is_reported_as_one(boards: Path, tmp_path: Path) -> None:
    block = Block()
    content = block.builder.build([block.x], residual(block))
    model, board = parse_model(content, "block"), load_board(BOARD)
    runtime = get_runtime("aot").configured(RuntimeOptions(optimize="ram"))
    flash_project(generate_project([model], board, runtime, tmp_path / "p", Extras(observer=True)), board)
    emulator = find_emulator(BOARD)
    assert emulator is not None
    image = FlashedImage(emulator)
    # The project knows that it was generated for the least RAM.
    subject, request = open_subject(tmp_path / "p"), VerifyRequest(random=4, per_layer=True)
    [sound] = verify_models(subject, request, Silent())
    assert (sound.verdict, sound.comparisons[0].level) == ("pass", "byte-equal-per-layer")
    group = max((layer for layer in sound.layers if layer.rows), key=lambda layer: len(layer.merged))
    assert len(group.merged) >= 2
    assert "".join(f" + {number}" for number in group.merged) + " as a cascade" in to_text(sound)
    [place] = [one for one in constants_of(image.path, "_k_") if one.symbol.endswith(f"_packed_{group.merged[0]}_{group.index}")]
    _, offset, _ = draw(random.Random(1), (place,))
    image.plant(offset, 0x40)
    [report] = verify_models(subject, request, Silent())
    assert report.verdict == "fail"
    assert report.divergence is not None
    assert (report.divergence.layer, report.divergence.verdict) == (group.index, "corrupted weights")
    assert any("done row by row" in note and "a second build" in note for note in report.notes), report.notes
