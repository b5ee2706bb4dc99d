"""Faults planted in the image of an emulated board are found in the layer they were planted in; the host's side stays as it is."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from mcu_toolkit.boards import load_board
from mcu_toolkit.build import flash_project
from mcu_toolkit.device import find_emulator
from mcu_toolkit.firmware import Extras, generate_project
from mcu_toolkit.model import read_model
from mcu_toolkit.pipeline.proof.job import Job
from mcu_toolkit.pipeline.proof.per_layer import info_of
from mcu_toolkit.pipeline.workspace.inputs import Subject
from mcu_toolkit.runtimes import get_runtime
from mcu_toolkit.validate import random_vectors
from tests.layer_faults import Bench, golden_digests, layer_of, locate
from tests.planted import FlashedImage, Place, constants_of
from tests.small_models import network

pytestmark = pytest.mark.slow
BOARD = "mps2-an385"
"""A Cortex-M3: the portable kernels, which keep weights, biases, multipliers and shifts as they are."""
SAMPLES = 12
PAIR_BYTES = 8
"""Of `channels`: where the sum starts (the bias, and the input's zero point in it) and the multiplier, int32 each."""


def places_of(elf: Path) -> dict[str, tuple[Place, ...]]:
    """Weights, and each channel's bias, multiplier and shift, wherever the kernels of the layers keep them."""
    pairs = constants_of(elf, "_k_channels_")
    return {
        "weight": constants_of(elf, "_k_weights_"),
        "bias": (*each(constants_of(elf, "_k_effective_bias_"), 4), *each(pairs, PAIR_BYTES)),
        "multiplier": (*each(constants_of(elf, "_k_multiplier_"), 4), *each(pairs, PAIR_BYTES, first=4)),
        "shift": constants_of(elf, "_k_shift"),
    }


def each(arrays: tuple[Place, ...], step_bytes: int, first: int = 0) -> list[Place]:
    """One int32 in every `step_bytes` of the arrays."""
    return [Place(one.symbol, one.file_offset + at, 4) for one in arrays for at in range(first, one.size_bytes, step_bytes)]


@pytest.fixture
def bench(boards: Path, tmp_path: Path) -> Bench:
    path = tmp_path / "network.tflite"
    path.write_bytes(network())  # weights that follow from a seed: the faults have the same effect on every machine
    model, board, runtime = read_model(path), load_board(BOARD), get_runtime("aot")
    project = generate_project([model], board, runtime, tmp_path / "project", Extras(observer=True))
    port = flash_project(project, board)
    emulator = find_emulator(BOARD)
    assert emulator is not None
    image = FlashedImage(emulator)
    job = Job(model, board, runtime, random_vectors(model, SAMPLES, 0), tmp_path / "work")
    places = places_of(image.path)
    assert all(places.values()), places
    assert all({layer_of(place) for place in found} == {layer_of(place) for place in places["weight"]} for found in places.values()), places
    return Bench(job, port, image, golden_digests(model, job), info_of(job, Subject(path, (model,)), runtime), places)


def test_faults_in_the_image_are_found_in_their_layer(bench: Bench) -> None:
    assert bench.prove() is None
    locate(bench, faults=8, seed=1)


@pytest.mark.nightly
def test_a_hundred_faults_of_a_hundred_are_found_in_their_layer(bench: Bench) -> None:
    locate(bench, faults=100, seed=2)


def test_the_tensor_that_is_shown_is_what_the_board_computed(bench: Bench) -> None:
    """A bias of one channel of layer 0 changed by a known amount changes exactly that channel."""
    channel = 3
    place = [p for p in bench.places["bias"] if layer_of(p) == 0][channel]
    bench.image.plant(place.file_offset + 1, 0x20)
    divergence = bench.prove()
    assert divergence is not None
    shape = bench.job.model.main.tensors[divergence.tensor].shape
    assert divergence.first_index[-1] == channel
    assert divergence.differing_elements <= int(np.prod(shape)) // shape[-1]
