"""Faults planted in the model's file in the image, with the real library: the layer they were planted in is named.

The interpreter derives multipliers and shifts from the scales when it starts, so those faults are planted in the scales of a
layer's weights: bits of the mantissa for the multiplier, of the exponent for the shift.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from mcu_toolkit.boards import load_board
from mcu_toolkit.build import flash_project
from mcu_toolkit.device import find_emulator
from mcu_toolkit.firmware import Extras, generate_project
from mcu_toolkit.model import Model, read_model
from mcu_toolkit.model.graph import Op, Tensor
from mcu_toolkit.pipeline.proof.job import Job
from mcu_toolkit.pipeline.proof.per_layer import facts_of
from mcu_toolkit.pipeline.workspace.inputs import Subject
from mcu_toolkit.validate import random_vectors
from tests.emulated import own_boards
from tests.layer_faults import Bench, golden_digests, locate
from tests.planted import FlashedImage, Place, constants_of
from tests.runtimes.tflm.on_board import BOARD, real_runtime
from tests.shared_models import shared_model
from tests.tflm_library import NEEDS_LIBRARY

pytestmark = [*NEEDS_LIBRARY, pytest.mark.slow, pytest.mark.timeout(3600)]
MODEL = "kws_ref_model"
"""Dense, full and depthwise convolutions, one scale a channel and one a tensor."""
SAMPLES = 3
WEIGHTED = ("CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED")
WEIGHTS, BIAS = 1, 2
"""Their inputs with these numbers."""


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    path = shared_model(MODEL)
    model, board, runtime = read_model(path), load_board(BOARD), real_runtime()
    with own_boards(monkeypatch):
        port = flash_project(generate_project([model], board, runtime, tmp_path / "p", Extras(observer=True)), board)
        emulator = find_emulator(BOARD)
        assert emulator is not None
        image = FlashedImage(emulator)
        job = Job(model, board, runtime, random_vectors(model, SAMPLES, 5), tmp_path / "work")
        facts = facts_of(job, Subject(path, (model,)), runtime)
        yield Bench(job, port, image, golden_digests(model, job), facts, places_of(model, image.path), may_refuse=True)


def places_of(model: Model, elf: Path) -> dict[str, tuple[Place, ...]]:
    """Where the constants of the layers lie in the image, by kind."""
    [array] = [one for one in constants_of(elf, "_model_data") if one.size_bytes == len(model.content)]
    found: dict[str, list[Place]] = {"weight": [], "bias": [], "multiplier": [], "shift": []}
    for op in (one for one in model.main.ops if one.name in WEIGHTED):
        weights, bias = (model.main.tensors[op.inputs[number]] for number in (WEIGHTS, BIAS))
        found["weight"].append(data_of(model, op, weights, array))
        found["bias"].append(data_of(model, op, bias, array))
        for at in scales_of(model, weights):
            start = array.file_offset + at
            found["multiplier"] += [Place(f"scale_{op.index}", start, 2), Place(f"scale_{op.index}", start + 2, 1, 0x7F)]
            found["shift"] += [Place(f"scale_{op.index}", start + 2, 1, 0x80), Place(f"scale_{op.index}", start + 3, 1, 0x7F)]
    assert all(found.values()), found
    return {kind: tuple(places) for kind, places in found.items()}


def data_of(model: Model, op: Op, tensor: Tensor, array: Place) -> Place:
    """The constant bytes of `tensor`."""
    assert tensor.data is not None
    at = tensor.data.ctypes.data - np.frombuffer(model.content, np.uint8).ctypes.data
    return Place(f"data_{op.index}", array.file_offset + at, tensor.data.nbytes)


def scales_of(model: Model, tensor: Tensor) -> list[int]:
    """The offsets of the tensor's float32 scales in the file: a vector of them, behind its length, that occurs once."""
    assert tensor.quantization is not None
    scales = np.array(tensor.quantization.scales, "<f4").tobytes()
    vector = np.uint32(len(scales) // 4).tobytes() + scales
    assert model.content.count(vector) == 1
    first = model.content.index(vector) + 4
    return [first + 4 * number for number in range(len(scales) // 4)]


def test_faults_in_the_image_are_found_in_their_layer(bench: Bench) -> None:
    assert bench.prove() is None
    assert locate(bench, faults=4, seed=3).found == 4


@pytest.mark.nightly
def test_a_hundred_faults_of_a_hundred_are_found_in_their_layer(bench: Bench) -> None:
    tally = locate(bench, faults=100, seed=4)
    print(tally)  # how many bits were tried for it
    assert tally.found == 100
