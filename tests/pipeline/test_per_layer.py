"""Faults planted in the image of an emulated board are found in the layer they were planted in; the host's side stays as it is."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from mcu_toolkit.boards import load_board
from mcu_toolkit.build import flash_project
from mcu_toolkit.device import find_emulator
from mcu_toolkit.firmware import generate_project
from mcu_toolkit.model import read_model
from mcu_toolkit.pipeline.deploy import Job
from mcu_toolkit.pipeline.inputs import Subject
from mcu_toolkit.pipeline.per_layer import facts_of
from mcu_toolkit.runtimes import get_runtime
from mcu_toolkit.validate import load_vectors
from tests.layer_faults import Bench, golden_digests, layer_of, locate
from tests.planted import FlashedImage, constants_of

pytestmark = pytest.mark.slow
BOARD = "mps2-an385"
"""A Cortex-M3: the portable kernels, whose weights, biases, multipliers and shifts are arrays of their own."""
SAMPLES = 12
KINDS = {"weight": ("weights",), "bias": ("bias", "folded"), "multiplier": ("multiplier",), "shift": ("shift",)}


@pytest.fixture
def bench(digits_int8: Path, digits_folder: Path, boards: Path, tmp_path: Path) -> Bench:
    model, board, runtime = read_model(digits_int8), load_board(BOARD), get_runtime("aot")
    project = generate_project([model], board, runtime, tmp_path / "project", observer=True)
    port = flash_project(project, board)
    emulator = find_emulator(BOARD)
    assert emulator is not None
    image = FlashedImage(emulator)
    vectors = load_vectors(digits_folder / "data.npz", model).head(SAMPLES)
    job = Job(model, board, runtime, vectors, tmp_path / "work")
    places = {kind: tuple(p for name in names for p in constants_of(image.path, f"_k_{name}_")) for kind, names in KINDS.items()}
    assert all(places.values()), places
    return Bench(job, port, image, golden_digests(model, job), facts_of(job, Subject(digits_int8, (model,)), runtime), places)


def test_faults_in_the_image_are_found_in_their_layer(bench: Bench) -> None:
    assert bench.prove() is None
    locate(bench, faults=8, seed=1)


@pytest.mark.nightly
def test_a_hundred_faults_of_a_hundred_are_found_in_their_layer(bench: Bench) -> None:
    locate(bench, faults=100, seed=2)


def test_the_tensor_that_is_shown_is_what_the_board_computed(bench: Bench) -> None:
    """A bias of one channel of layer 0 changed by a known amount changes exactly that channel."""
    [place] = [p for p in bench.places["bias"] if layer_of(p) == 0 and "folded" in p.symbol]
    channel = 3
    bench.image.plant(place.file_offset + 4 * channel + 1, 0x20)
    divergence = bench.prove()
    assert divergence is not None
    shape = bench.job.model.main.tensors[divergence.tensor].shape
    assert divergence.first_index[-1] == channel
    assert divergence.differing_elements <= int(np.prod(shape)) // shape[-1]
