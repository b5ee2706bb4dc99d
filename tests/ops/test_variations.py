"""Models whose parts are connected otherwise: constants that became inputs or variables, one tensor read twice, an input given out.

The compiler refuses such a model by name, or its code computes what TFLM computes (LiteRT, where TFLM refuses the model).
"""

from __future__ import annotations

import tempfile
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from mcu_toolkit.errors import McuError
from mcu_toolkit.model import Model, parse_model
from mcu_toolkit.runners import AotHostRunner, LiteRtRunner, TflmRunner, tflm_is_installed
from mcu_toolkit.runners.samples import sample_shape
from mcu_toolkit.runtimes.aot.passes.check import check_model
from tests.fuzzing import Fuzzing
from tests.mutated_models import varied
from tests.ops.cascade_networks import network
from tests.ops.convolution.test_conv_2d import convolution
from tests.ops.data_movement.drawn import drawn
from tests.ops.data_movement.test_concatenate import concatenation
from tests.ops.data_movement.test_gather import gather
from tests.ops.data_movement.test_reverse import reverse_sequence
from tests.ops.data_movement.test_slice import slice_of
from tests.ops.data_movement.test_split import split
from tests.ops.dense.test_batch_matmul import product
from tests.ops.dense.test_fully_connected import fully_connected
from tests.ops.elementwise.binary import binary
from tests.ops.elementwise.unary import unary
from tests.ops.harness import compile_library, drawn_cases, samples_for
from tests.ops.pooling.pools import pooling
from tests.ops.recurrent.test_circular_buffer import stream
from tests.ops.recurrent.test_svdf import svdf
from tests.ops.recurrent.test_unidirectional_sequence_lstm import lstm
from tests.ops.reduction.reducing import reduction
from tests.ops.signal.test_fft import rfft
from tests.ops.signal.test_filter_bank import filter_bank
from tests.ops.signal.test_noise import pcan, subtraction
from tests.ops.signal.test_window import window
from tests.runtimes.test_damaged_models import SEEDS
from tests.shared_models import FOLDER

pytestmark = pytest.mark.skipif(not tflm_is_installed(), reason="the tflite-micro wheel exists for Linux on x86-64 only")

PUBLIC = ("hello_world_int8", "kws_ref_model", "micro_speech_quantized", "ad01_int8")
Arrays = list[npt.NDArray[Any]]


def originals(each: int) -> list[bytes]:
    """Networks, public models where they are here, and `each` layers of many kinds."""
    kinds = [
        *(convolution("int8"), convolution("int16"), fully_connected("int8"), product("int8"), svdf("int8"), svdf("int16"), lstm("int8")),
        *(pooling("AVERAGE_POOL_2D"), pooling("MAX_POOL_2D"), binary("ADD", "int8"), binary("MUL", "int16"), stream()),
        *(unary("RELU", "int8"), unary("LOGISTIC", "int8", out_point=-128), *reduction("MEAN", "int8"), *drawn(concatenation, "int8")),
        *(*drawn(gather, "int8"), *drawn(slice_of, "int8"), *drawn(split, "int8"), *drawn(reverse_sequence, "float32")),
        *(window(), rfft("int16"), filter_bank(), subtraction(), pcan()),
    ]
    cases = drawn_cases(each, *kinds)
    public = [path.read_bytes() for name in PUBLIC if (path := FOLDER / f"{name}.tflite").is_file()] if each > 1 else []
    return [*(seed() for seed in SEEDS), *public, *(network(seed).content for seed in range(each)), *(case.content for case in cases)]


def variations(content: bytes, count: int, seed: int = 0) -> tuple[list[Model], Counter[str]]:
    """Models that are compiled, and what became of the others."""
    models, outcomes = [], Counter[str]()
    for number in range(seed, seed + count):
        mutant = varied(content, np.random.default_rng([number, len(content)]))
        try:
            model = None if mutant is None else parse_model(mutant, f"variation {number}")
        except McuError:
            model = None
        if model is None or check_model(model):
            outcomes["refused"] += 1
        else:
            models.append(model)
    return models, outcomes


def outputs_of(runner: AotHostRunner | LiteRtRunner | TflmRunner, inputs: Arrays) -> list[bytes]:
    with closing(runner):
        return [array.tobytes() for array in runner.run(inputs).outputs]


def golden(model: Model, inputs: Arrays) -> tuple[str, list[bytes]] | None:
    """Who judges, and the outputs; None where neither interpreter runs the model, or one crashes on it."""
    for name, start in (("tflm", TflmRunner), ("litert", LiteRtRunner)):
        try:
            return name, outputs_of(start(model), inputs)
        except McuError:
            continue
    return None


def check_equal(models: list[Model]) -> Counter[str]:
    """Our code computes what an interpreter does; which one, and how often neither runs the model."""
    outcomes: Counter[str] = Counter()
    if not models:
        return outcomes
    with tempfile.TemporaryDirectory() as folder:
        library = compile_library(models, Path(folder), flags=("-O0",))
        for number, model in enumerate(models):
            samples = samples_for(model, count=2)
            inputs = [np.stack([s[i].reshape(sample_shape(t)) for s in samples]) for i, t in enumerate(model.inputs)]
            expected = golden(model, inputs)
            outcomes["nobody" if expected is None else expected[0]] += 1
            ours = outputs_of(AotHostRunner(library, model, number), inputs)
            assert expected is None or ours == expected[1], f"{expected[0]} computes otherwise: {[op.name for op in model.main.ops]}"
    return outcomes


@pytest.mark.parametrize(("each", "count"), [(1, 6), pytest.param(12, 60, marks=pytest.mark.nightly)])
def test_refused_by_name_or_equal(each: int, count: int) -> None:
    outcomes: Counter[str] = Counter()
    for content in originals(each):
        models, others = variations(content, count)
        outcomes += others + check_equal(models)
    assert min(outcomes[name] for name in ("refused", "tflm", "litert")) > 0, outcomes
    assert outcomes["nobody"] <= outcomes.total() // 20, outcomes


@pytest.mark.fuzz
def test_any_variation_is_refused_by_name_or_equal(fuzzing: Fuzzing) -> None:
    contents = originals(1)
    for seed in fuzzing.seeds():
        models, outcomes = variations(contents[seed % len(contents)], 6, seed)
        fuzzing.cases += (outcomes + check_equal(models)).total()
