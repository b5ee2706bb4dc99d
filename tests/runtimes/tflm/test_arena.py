"""How large the arena is before and after it was measured."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from mcu_toolkit.boards import load_board
from mcu_toolkit.errors import NotSatisfiedError
from mcu_toolkit.firmware import generate_project
from mcu_toolkit.model import parse_model
from mcu_toolkit.pipeline.inspection.memory_check import check_estimate
from mcu_toolkit.pipeline.proof.arena import _steps
from mcu_toolkit.runtimes.tflm import TflmRuntime
from mcu_toolkit.runtimes.tflm.arena import LEAST_BYTES, MARGIN_BYTES, generous, lower_bound_bytes, measured
from tests.model_builder import ModelBuilder
from tests.runtimes.tflm.stub_library import write_library
from tests.small_models import convolution, fully_connected

NETDUINO = load_board("netduinoplus2")
MODEL = parse_model(convolution(), "m")


def large_model(elements: int) -> bytes:
    builder = ModelBuilder()
    x, y = (builder.tensor([1, elements], "int8", 0.1, 0) for _ in range(2))
    builder.op("RELU", [x], [y])
    return builder.build([x], [y])


def test_a_measured_arena_is_what_was_used_plus_the_margin_rounded_up() -> None:
    arena = measured(1000)
    assert arena.used_bytes == 1000
    assert arena.reserved_bytes == 1264
    assert arena.reserved_bytes - 1000 >= MARGIN_BYTES
    assert arena.reserved_bytes % 16 == 0


def test_no_arena_is_smaller_than_the_librarys_own_objects() -> None:
    assert measured(10).reserved_bytes == LEAST_BYTES


def test_a_generous_one_holds_the_tensors_and_fits_the_ram() -> None:
    arena = generous([MODEL], NETDUINO)
    assert lower_bound_bytes([MODEL]) == 6 * 5 * 3 + 6 * 5 * 4
    assert arena.used_bytes is None
    assert lower_bound_bytes([MODEL]) < arena.reserved_bytes < NETDUINO.ram.length_bytes - NETDUINO.stack_bytes


def test_several_models_share_it() -> None:
    other = parse_model(fully_connected(), "n")
    both, one = (generous(models, NETDUINO).reserved_bytes for models in ([MODEL, other], [MODEL]))
    assert one < both < one + generous([other], NETDUINO).reserved_bytes


def test_a_model_whose_tensors_alone_are_larger_than_ram_is_refused_before_the_build_with_numbers(tmp_path: Path) -> None:
    model = parse_model(large_model(70_000), "big")
    runtime = TflmRuntime(str(write_library(tmp_path / "lib")))
    with pytest.raises(NotSatisfiedError, match=r"arena of 140,000 bytes(.|\n)*131,072"):
        check_estimate(runtime.contribute([model], NETDUINO), [model], NETDUINO)


def test_a_model_larger_than_flash_is_refused_before_the_build_with_numbers(tmp_path: Path) -> None:
    small = dataclasses.replace(NETDUINO, flash=dataclasses.replace(NETDUINO.flash, length_bytes=512))
    runtime = TflmRuntime(str(write_library(tmp_path / "lib")))
    with pytest.raises(NotSatisfiedError, match=rf"{len(MODEL.content):,} bytes of flash(.|\n)*512"):
        check_estimate(runtime.contribute([MODEL], small), [MODEL], small)


def test_the_constant_in_the_firmware_says_where_it_comes_from(tmp_path: Path) -> None:
    runtime = TflmRuntime(str(write_library(tmp_path / "lib")))
    generate_project([MODEL], NETDUINO, runtime, tmp_path / "p")
    header = tmp_path / "p/src/tflm_arena.h"
    assert "Not measured yet" in header.read_text()
    generate_project([MODEL], NETDUINO, runtime.with_measured_arena(3000), tmp_path / "p")
    assert "Measured on netduinoplus2: 3000 bytes are used, 264 are margin." in header.read_text()
    assert "#define TFLM_ARENA_BYTES 3264u" in header.read_text()


def test_what_only_the_planning_needs_is_added_and_told_apart(tmp_path: Path) -> None:
    runtime = TflmRuntime(str(write_library(tmp_path / "lib"))).with_measured_arena(724, 512)
    assert runtime.arena is not None
    assert runtime.arena.reserved_bytes == 1504
    generate_project([MODEL], NETDUINO, runtime, tmp_path / "p")
    header = (tmp_path / "p/src/tflm_arena.h").read_text()
    assert "724 bytes are used, 512 more while the models are prepared, 268 are margin." in header


@pytest.mark.parametrize(("spare_bytes", "tried"), [(0, [0]), (100, [0, 100]), (700, [0, 256, 512, 700]), (1024, [0, 256, 512, 1024])])
def test_what_planning_needs_is_found_by_trying_from_nothing_to_all_there_is(spare_bytes: int, tried: list[int]) -> None:
    assert list(_steps(spare_bytes)) == tried


def test_a_measurement_is_valid_for_models_library_kernels_and_board(tmp_path: Path) -> None:
    runtime = TflmRuntime(str(write_library(tmp_path / "lib", optimized=True)))
    other_library = TflmRuntime(str(write_library(tmp_path / "other")))
    plain = dataclasses.replace(runtime, kernels="reference")
    keys = [
        runtime.arena_key([MODEL], NETDUINO),
        runtime.arena_key([parse_model(fully_connected(), "n")], NETDUINO),
        runtime.arena_key([MODEL], load_board("host")),
        other_library.arena_key([MODEL], NETDUINO),
        plain.arena_key([MODEL], NETDUINO),
    ]
    assert len(set(keys)) == len(keys)
    assert runtime.arena_key([MODEL], NETDUINO) == keys[0]


def test_it_shrinks_by_quarters_until_the_tensors_would_not_fit(tmp_path: Path) -> None:
    attempt: TflmRuntime | None = TflmRuntime(str(write_library(tmp_path / "lib")))
    sizes = []
    while attempt is not None:
        sizes.append(attempt.contribute([MODEL], NETDUINO).arena_bytes)
        attempt = attempt.with_smaller_arena([MODEL], NETDUINO)
    assert len(sizes) > 5
    assert sizes == sorted(set(sizes), reverse=True)
    assert sizes[-1] > lower_bound_bytes([MODEL])
