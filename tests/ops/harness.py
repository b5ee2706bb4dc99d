"""Operators against the golden interpreter: a batch of single-operator models becomes one shared library.

A test draws a list of cases; `check_batch` compiles all of their models together, runs each on a few samples (random ones and the
extremes) in our code and in TensorFlow Lite Micro, and asserts equal bytes.
"""

from __future__ import annotations

import ctypes
import tempfile
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import hypothesis
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import strategies as st

from mcu_toolkit.boards import load_board
from mcu_toolkit.firmware import export_sources
from mcu_toolkit.model import Model, parse_model
from mcu_toolkit.runners import AotHostRunner
from mcu_toolkit.runtimes import get_runtime
from mcu_toolkit.system import process
from mcu_toolkit.system.resources import templates_dir
from tests.ops.coverage import missing, tags_of, tags_of_outputs
from tests.ops.coverage_table import COVERAGE

BATCH = 12
"""Models in a library."""

batches = hypothesis.settings(
    max_examples=3,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(hypothesis.HealthCheck),
    phases=(hypothesis.Phase.explicit, hypothesis.Phase.generate),  # shrinking would compile hundreds of libraries
)
"""Settings of a test that draws a batch: deterministic."""

STRICT_FLAGS = ("-std=c99", "-ffp-contract=off", "-Wall", "-Wextra", "-Wconversion", "-Werror")
# Undefined behaviour traps: the library is loaded into the test's own process, so a finding cannot be overlooked.
TRAP_FLAGS = ("-fsanitize=undefined", "-fsanitize-undefined-trap-on-error")


draws = pytest.mark.parametrize("draws", [24, pytest.param(1008, marks=pytest.mark.nightly)])
"""Runs a test that calls `check_draws` with a few draws, and with many of them every night."""

Sample = list[npt.NDArray[Any]]
"""One array a model input."""


@dataclass(frozen=True)
class Case:
    """One model and a line that says what it is."""

    content: bytes
    what: str
    features: frozenset[str] = frozenset()
    """Attribute values that this case tries, for `check_draws(covering=...)`."""
    samples: Callable[[np.random.Generator], Sample] | None = None
    """Inputs for a model that does not take just any."""
    golden: Callable[[bytes, Sequence[Sample], int], list[Sample]] | None = None
    """Who is right; TFLM if None."""


def batch_of(case: st.SearchStrategy[Case]) -> st.SearchStrategy[list[Case]]:
    """Lists of `BATCH` cases."""
    return st.lists(case, min_size=BATCH, max_size=BATCH)


def drawn_cases(draws: int, *kinds: st.SearchStrategy[Case]) -> list[Case]:
    """`draws` cases of each kind, the same ones each time and each drawn independently of the others.

    Left alone, hypothesis makes most examples by changing a piece of an earlier one: the same scales and weights again.
    """
    cases: list[Case] = []
    for number, kind in enumerate(kinds):
        for draw in range(draws):
            cases.append(drawn_case(1_000_003 * number + draw, kind))
    return cases


def drawn_case(seed: int, kind: st.SearchStrategy[Case]) -> Case:
    """The case of `kind` that follows from `seed`."""
    examples: list[Case] = []

    @hypothesis.seed(seed)
    @hypothesis.settings(batches, max_examples=2)  # the first one is the simplest there is, every time
    @hypothesis.given(seeds, kind)  # `seeds`: so that what made the first example is free to come again
    def draw(_seed: int, drawn: Case) -> None:
        examples.append(drawn)

    draw()
    return examples[-1]


def check_draws(draws: int, *kinds: st.SearchStrategy[Case], covering: Collection[str] = (), rows: Collection[str] = ()) -> None:
    """Draw `draws` cases of each kind and check them in batches.

    All features in `covering` must have been among them, and of the operators in `rows` what the coverage table asks for.
    """
    cases = drawn_cases(draws, *kinds)
    seen: Counter[str] = Counter()
    for start in range(0, len(cases), _MODELS_A_LIBRARY):
        seen += check_batch(cases[start : start + _MODELS_A_LIBRARY])
    never = sorted(set(covering) - {feature for case in cases for feature in case.features})
    assert not never, f"never drawn: {never}"
    never = missing(seen, rows, COVERAGE)
    assert not never, f"too few draws: {never}"


_MODELS_A_LIBRARY = 48


def compile_library(models: Sequence[Model], folder: Path, *, flags: Sequence[str] = (*TRAP_FLAGS, "-O1")) -> Path:
    """All of `models` in one shared library with the observer compiled in."""
    export_sources(models, load_board("host"), get_runtime("aot"), folder)
    library = folder / "models.so"
    sources = sorted(folder.glob("*.c"))
    command = ["gcc", *STRICT_FLAGS, *flags, "-DINFERENCE_OBSERVER=1", "-shared", "-fPIC", "-Wl,-Bsymbolic", "-o", library, *sources]
    completed = process.run(command)
    assert completed.exit_code == 0, completed.output
    return library


def compile_kernel(folder: Path, header: str, functions: str, *, flags: Sequence[str] = ()) -> ctypes.CDLL:
    """`functions`: C that calls what is in a kernel `header`, as a loaded library; `flags`: more for the compiler."""
    source, library = folder / "kernel.c", folder / "kernel.so"
    source.write_text(f'#include "{header}"\n{functions}\n')
    kernels = templates_dir() / "runtimes/aot/kernels"
    completed = process.run(["gcc", *STRICT_FLAGS, *TRAP_FLAGS, *flags, "-O1", "-shared", "-fPIC", f"-I{kernels}", "-o", library, source])
    assert completed.exit_code == 0, completed.output
    return ctypes.CDLL(str(library))


def golden_outputs(content: bytes, samples: Sequence[Sequence[npt.NDArray[Any]]], outputs: int = 1) -> list[list[npt.NDArray[Any]]]:
    """Outputs of TFLM's interpreter for each sample (one array a model input)."""
    from tflite_micro.python.tflite_micro import runtime

    interpreter = runtime.Interpreter.from_bytes(content, arena_size=1 << 20)
    results = []
    for sample in samples:
        for number, array in enumerate(sample):
            interpreter.set_input(array, number)
        interpreter.invoke()
        results.append([np.array(interpreter.get_output(number)) for number in range(outputs)])
    return results


def litert_outputs(content: bytes, samples: Sequence[Sequence[npt.NDArray[Any]]], outputs: int = 1) -> list[list[npt.NDArray[Any]]]:
    """Outputs of LiteRT's reference kernels: the golden for operators that TFLM does not run in 8 bits."""
    from ai_edge_litert.interpreter import Interpreter, OpResolverType

    interpreter = Interpreter(model_content=content, experimental_op_resolver_type=OpResolverType.BUILTIN_REF)
    interpreter.allocate_tensors()
    inputs, results = interpreter.get_input_details(), []
    for sample in samples:
        for detail, array in zip(inputs, sample, strict=True):
            interpreter.set_tensor(detail["index"], array)
        interpreter.invoke()
        results.append([interpreter.get_tensor(detail["index"]) for detail in interpreter.get_output_details()[:outputs]])
    return results


def by_litert(kinds: Iterable[st.SearchStrategy[Case]]) -> list[st.SearchStrategy[Case]]:
    """The same cases with LiteRT's reference kernels as the golden: forms that the converter emits and TFLM rejects."""
    return [kind.map(lambda case: replace(case, golden=litert_outputs)) for kind in kinds]


def samples_for(model: Model, *, count: int = 5, seed: int = 0) -> list[list[npt.NDArray[Any]]]:
    """Random samples in the shapes of the model's inputs, and for integers the two extremes."""
    random = np.random.default_rng(seed)
    samples = [[random_input(random, tensor.shape, tensor.dtype.numpy) for tensor in model.inputs] for _ in range(count)]
    for end in ("min", "max"):
        samples.append([np.full(tensor.shape, _extreme(tensor.dtype.numpy, end), tensor.dtype.numpy) for tensor in model.inputs])
    return samples


def _extreme(dtype: np.dtype[Any], end: str) -> float:
    if dtype.kind in "iu":
        return int(getattr(np.iinfo(dtype), end))
    return {"min": 0, "max": 1}[end] if dtype.kind == "b" else {"min": -128.0, "max": 127.0}[end]


def random_input(random: np.random.Generator, shape: tuple[int, ...], dtype: np.dtype[Any]) -> npt.NDArray[Any]:
    """Values over the whole range of `dtype`, or (integers of 16 bits and more, floats) over a part of it."""
    if dtype.kind == "f":
        return (random.standard_normal(shape) * random.choice([0.1, 10.0, 1000.0])).astype(dtype)
    if dtype.kind == "b":
        return random.integers(0, 2, shape).astype(dtype)
    bits = 8 * dtype.itemsize - (dtype.kind == "i")
    if bits > 8:
        bits = int(random.choice([bits, bits, 8, bits // 2]))
    return random.integers(-(2**bits) if dtype.kind == "i" else 0, 2**bits - 1, shape, endpoint=True, dtype=dtype)


def check_batch(cases: Sequence[Case]) -> Counter[str]:
    """Every case's outputs are byte-equal to TFLM's; how many cases tried what (see coverage.py)."""
    seen: Counter[str] = Counter()
    models = [parse_model(case.content, f"case {number}") for number, case in enumerate(cases)]
    with tempfile.TemporaryDirectory() as folder:
        library = compile_library(models, Path(folder))
        for number, (case, model) in enumerate(zip(cases, models, strict=True)):
            random = np.random.default_rng(number)
            samples = None if case.samples is None else [case.samples(random) for _ in range(5)]
            runner = AotHostRunner(library, model, number)
            outputs = check_model(runner, model, case.what, samples=samples, golden=case.golden or golden_outputs)
            seen.update(tags_of(model) | tags_of_outputs(model, outputs))
    return seen


def check_model(
    runner: AotHostRunner,
    model: Model,
    what: str,
    *,
    count: int = 5,
    samples: list[Sample] | None = None,
    golden: Callable[[bytes, Sequence[Sample], int], list[Sample]] = golden_outputs,
) -> Sample:
    """`runner`'s outputs for `samples` (random and extreme ones if None) are byte-equal to TFLM's, or whoever is `golden`.

    Returns all of these outputs.
    """
    samples = samples_for(model, count=count) if samples is None else samples
    expected_outputs = golden(model.content, samples, len(model.outputs))
    for sample, expected in zip(samples, expected_outputs, strict=True):
        arrays = [array if array.shape[:1] == (1,) else array[None] for array in sample]
        result = runner.run(arrays)
        for ours, theirs in zip(result.outputs, expected, strict=True):
            assert ours.tobytes() == theirs.tobytes(), f"{what}: {ours.ravel()} instead of {theirs.ravel()} for {sample}"
    return [output for outputs in expected_outputs for output in outputs]


zero_points = st.sampled_from([-128, 127, 0]) | st.integers(-128, 127)
activations = st.sampled_from(["NONE", "RELU", "RELU_N1_TO_1", "RELU6"])
seeds = st.integers(0, 2**32 - 1)


def channel_counts(most: int) -> st.SearchStrategy[int]:
    """1 to `most` channels, or as many as fill words and vectors."""
    return st.integers(1, most) | st.sampled_from([8, 16, 16])


def weights(random: np.random.Generator, shape: tuple[int, ...]) -> npt.NDArray[np.int8]:
    """Random weights; one time in four only the extremes, so that sums are as large as they can be."""
    if random.random() < 0.25:
        return random.choice(np.array([-128, -127, 127], np.int8), shape)
    return random.integers(-127, 128, shape).astype(np.int8)


def output_scale(random: np.random.Generator, input_scale: float, weight_scale: float, depth: int) -> float:
    """A scale that puts typical sums inside the output's range, far above it, or far below it."""
    typical = input_scale * weight_scale * 73 * 73 * np.sqrt(depth) / 60
    return float(np.float32(typical * 2.0 ** random.choice([0, 0, 0, -1, 1, -3, 4, -9, 12, -16])))
