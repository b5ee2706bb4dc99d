"""Which figures of flash count for a library, and how near they are to images that are not among those they were made from."""

from __future__ import annotations

import itertools
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.mobilenets import residual
from benchmarks.models import PUBLIC
from benchmarks.tflm_sizes import pieces_of
from mcu_toolkit.boards import load_board
from mcu_toolkit.model import parse_model, read_model
from mcu_toolkit.runtimes.tflm import TflmRuntime
from mcu_toolkit.runtimes.tflm.arena_plan import arena_estimate
from mcu_toolkit.runtimes.tflm.library import DEFAULT_LIBRARY, Library, open_library
from mcu_toolkit.runtimes.tflm.library_sizes import all_sizes, row_of, unmeasured_bytes
from mcu_toolkit.runtimes.tflm.manifest import read_manifest
from mcu_toolkit.runtimes.tflm.prediction import predict
from tests.model_builder import ModelBuilder
from tests.runtimes.tflm.on_board import generated, image_of, real_runtime
from tests.runtimes.tflm.stub_library import write_library
from tests.shared_models import shared_model
from tests.tflm_library import NEEDS_LIBRARY

NETDUINO = load_board("netduinoplus2")
CHIRALE, ARDUINO = ("Chirale_TensorFLowLite", "2.0.0"), ("Arduino_TensorFlowLite", "2.4.0-ALPHA")
IMAGES = {
    CHIRALE: {"hello_world": 44_004, "micro_speech": 79_912, "kws": 122_132, "ad": 318_260, "ic": 164_044, "vww": 401_484},
    ARDUINO: {"hello_world": 44_776, "micro_speech": 80_188, "kws": 122_920, "ad": 319_032, "ic": 164_924, "vww": 402_272},
}
"""Flash of whole firmware on netduinoplus2, in bytes, as `mcu deploy MODEL -r tflm` linked it on 2026-11-22 and 2026-11-30
(docs/how-to/tflm.md; docs/performance.md: code, weights and 1,080 bytes of .data).  Those of ad and vww are in no row, and of the second
library none is."""


ARENAS = {"hello_world": 724, "micro_speech": 6_804, "kws": 23_940, "ad": 2_704, "ic": 54_932, "vww": 100_676}
"""Bytes that TFLM used there, with either library (docs/how-to/tflm.md, docs/performance.md)."""


def library(name: str, version: str) -> Library:
    """One that PlatformIO has still to fetch, with int8 kernels to register alone, as both measured ones have."""
    known = open_library(DEFAULT_LIBRARY).facts
    return Library(f"someone/{name}@{version}", name, known, name=name, version=version)


@pytest.mark.parametrize("short_name", PUBLIC)
@pytest.mark.parametrize("which", IMAGES)
def test_images_of_public_models_take_what_was_predicted(which: tuple[str, str], short_name: str) -> None:
    model = read_model(shared_model(PUBLIC[short_name]))
    found, linked_bytes = predict([model], NETDUINO, library(*which)), IMAGES[which][short_name]
    assert abs(found.flash_bytes - linked_bytes) <= max(4_096, 0.1 * linked_bytes)
    assert abs(found.flash_bytes - linked_bytes) <= found.flash_error_bytes
    assert not [note for note in found.notes if "not measured" in note]


@pytest.mark.parametrize("short_name", PUBLIC)
def test_arenas_of_public_models_are_near_what_boards_measured(short_name: str) -> None:
    found, used_bytes = arena_estimate([read_model(shared_model(PUBLIC[short_name])).main]), ARENAS[short_name]
    assert abs(found - used_bytes) <= max(1_024, 0.1 * used_bytes)


def test_tensors_that_live_at_the_same_time_are_planned_apart_and_others_together() -> None:
    def planned(*sizes: int) -> int:
        builder = ModelBuilder()
        tensors = [builder.tensor([1, size], "int8", 0.5, 0) for size in sizes]
        for x, y in itertools.pairwise(tensors):
            builder.op("RESHAPE", [x], [y], new_shape=[1, 16])
        return arena_estimate([parse_model(builder.build([tensors[0]], [tensors[-1]]), "m").main])

    assert planned(64, 64, 64) - planned(64, 64) == 12 + 140, "the third takes the place of the first: records alone"
    assert planned(160, 64, 160) - planned(64, 64, 64) == 160 - 64
    assert planned(64, 160, 64) - planned(64, 64, 64) == 160 - 64


def test_code_without_the_models_is_within_the_tolerance_of_code_too() -> None:
    """Weights are known exactly: they must not hide what the kernels are off by."""
    for which, images in IMAGES.items():
        for short_name, linked_bytes in images.items():
            model = read_model(shared_model(PUBLIC[short_name]))
            code_bytes = linked_bytes - len(model.content)
            found = predict([model], NETDUINO, library(*which))
            assert abs(found.flash_bytes - linked_bytes) <= max(4_096, 0.1 * code_bytes), (which, short_name)


@NEEDS_LIBRARY[0]
@NEEDS_LIBRARY[1]
@pytest.mark.slow
@pytest.mark.timeout(7200)
def test_an_image_with_the_library_that_is_here_takes_what_was_predicted(tmp_path: Path) -> None:
    model = parse_model(residual(16, 8, 1, seed=5), "m")
    found = real_runtime().predict([model], NETDUINO)
    linked_bytes = image_of(generated(model, tmp_path / "p")).footprint.flash_bytes
    is_own = row_of(real_runtime().library_for(NETDUINO), NETDUINO.core).is_own
    assert abs(found.flash_bytes - linked_bytes) <= (max(4_096, 0.1 * linked_bytes) if is_own else found.flash_error_bytes)


@pytest.mark.parametrize("which", [CHIRALE, ARDUINO])
def test_the_row_is_that_of_the_library_that_would_be_used(which: tuple[str, str], tmp_path: Path) -> None:
    row = row_of(library(*which), "cortex-m4f")
    assert (row.sizes.library, row.sizes.version, row.is_own) == (*which, True)
    assert (row.sizes.measured, bool(row.sizes.source)) == ({CHIRALE: "2026-11-22", ARDUINO: "2026-11-30"}[which], True)
    folder = write_library(tmp_path / "lib", manifest=False, optimized=True)
    (folder / "library.properties").write_text(f"name={which[0]}\nversion={which[1]}\n")
    assert row_of(TflmRuntime(str(folder)).library_for(NETDUINO), "cortex-m4f").sizes == row.sizes


def test_another_version_or_other_kernels_have_no_figures_of_their_own_and_that_is_said(tmp_path: Path) -> None:
    model = parse_model(residual(12, 8, 1), "m")
    own = predict([model], NETDUINO, library(*CHIRALE))
    other = predict([model], NETDUINO, library(CHIRALE[0], "9.9"))
    assert other.flash_bytes == own.flash_bytes
    assert other.flash_error_bytes - own.flash_error_bytes > 0.1 * own.flash_bytes
    assert any("was not measured: its flash may be a quarter off" in note for note in other.notes)
    assert not row_of(TflmRuntime(str(write_library(tmp_path / "lib"))).library_for(NETDUINO), "cortex-m4f").is_own, "reference kernels"
    assert row_of(library("Other", "1.2"), "cortex-m4f").sizes.library == CHIRALE[0]
    assert [row_of(library(*CHIRALE), core).is_own for core in ("cortex-m0", "cortex-m7", "xtensa-lx6")] == [True, True, False]


def test_a_kernel_that_a_row_lacks_counts_as_in_another_row_or_as_a_middle_one() -> None:
    few, many = (next(one for one in all_sizes() if one.library == name) for name in (CHIRALE[0], ARDUINO[0]))
    assert unmeasured_bytes(many, {"CONV_2D int8", "SVDF"}) == (0, ())
    found, names = unmeasured_bytes(few, {"CONV_2D int8", "SVDF"})
    assert names == ("SVDF",)
    assert found == many.kernel_bytes({"CONV_2D int8", "SVDF"}) - many.kernel_bytes({"CONV_2D int8"}) > 1_000
    assert unmeasured_bytes(few, {"CONV_2D int8", "NEWEST", "SVDF"}) == (found + 5_000, ("NEWEST", "SVDF"))


def test_what_several_operators_need_is_in_a_row_once() -> None:
    shared, own, other = ("conv_common.o", ".text", 0), ("conv.o", ".text", 0), ("depthwise.o", ".text", 0)
    pieces = pieces_of({"CONV_2D": {shared, own}, "DEPTHWISE_CONV_2D": {shared, other}}, {shared: 900, own: 50, other: 60})
    assert [(one.flash_bytes, one.operators) for one in pieces] == [
        (900, ("CONV_2D", "DEPTHWISE_CONV_2D")),
        (60, ("DEPTHWISE_CONV_2D",)),
        (50, ("CONV_2D",)),
    ]
    row = replace(all_sizes()[0], operators=("CONV_2D", "DEPTHWISE_CONV_2D"), pieces=pieces)
    assert (row.kernel_bytes(["CONV_2D"]), row.kernel_bytes(["CONV_2D", "DEPTHWISE_CONV_2D"])) == (950, 1_010)


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("library.properties", "name=A b\nversion = 1.2 \nname=second\n", ("A b", "1.2")),
        ("library.json", '{"name": "x", "version": "3"}', ("x", "3")),
        ("library.json", '{"name": 5, "version": ["1"]}', ("", "")),
        ("library.json", "[" * 9_000, ("", "")),
        ("library.properties", "name=\x1b[31mred\nversion=2\n", ("", "2")),
        ("README.md", "name=x", ("", "")),
    ],
)
def test_a_manifest_of_others_says_name_and_version_or_nothing(tmp_path: Path, name: str, text: str, expected: tuple[str, str]) -> None:
    (tmp_path / name).write_text(text)
    assert read_manifest(tmp_path) == expected
