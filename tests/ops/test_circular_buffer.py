"""CIRCULAR_BUFFER: each case is a stream of inferences."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from flatbuffers import flexbuffers
from hypothesis import strategies as st

from mcu_toolkit.model import parse_model
from mcu_toolkit.runners import AotHostRunner
from mcu_toolkit.runtimes.aot.ops.recurrent.flexbuffer import first_integer
from tests.model_builder import ModelBuilder
from tests.ops.harness import Case, check_draws, compile_library, draws, golden_outputs, zero_points


def packed(cycles: int | None) -> bytes:
    """Options as converters write them; None: no options."""
    if cycles is None:
        return b""
    packer = flexbuffers.Builder()
    with packer.Map():
        packer.Key("cycles_max")
        packer.Int(cycles)
    return bytes(packer.Finish())


@st.composite
def stream(draw: st.DrawFn) -> Case:
    slots, width, depth = draw(st.sampled_from([1, 2, 3, 5, 13, 25])), draw(st.integers(1, 3)), draw(st.integers(1, 6))
    cycles, zero_point = draw(st.sampled_from([None, 0, -3, 1, 2, 3])), draw(zero_points)
    builder = ModelBuilder()
    x = builder.tensor([1, 1, width, depth], "int8", 0.1, zero_point)
    y = builder.tensor([1, slots, width, depth], "int8", 0.1, zero_point, is_variable=True)
    builder.op("CIRCULAR_BUFFER", [x], [y], custom_options=packed(cycles))
    features = frozenset({f"cycles {cycles}", f"{slots} slots"})
    return Case(builder.build([x], [y]), f"{slots=} {width=} {depth=} {cycles=} {zero_point=}", features)


@draws
def test_equals_tflm(draws: int) -> None:
    options = [f"cycles {cycles}" for cycles in (None, 0, -3, 1, 2, 3)]
    check_draws(3 * draws, stream(), covering=[*options, "1 slots", "3 slots", "5 slots", "13 slots"])


def test_what_follows_runs_when_it_is_due(tmp_path: Path) -> None:
    builder = ModelBuilder()
    x = builder.tensor([1, 1, 1, 2], "int8", 0.1, 3)
    buffer = builder.tensor([1, 3, 1, 2], "int8", 0.1, 3, is_variable=True)
    y = builder.tensor([1, 3, 1, 2], "int8", 0.2, -5)
    builder.op("CIRCULAR_BUFFER", [x], [buffer], custom_options=packed(3)).op("QUANTIZE", [buffer], [y])
    model = parse_model(builder.build([x], [y]), "stream")
    samples = [[np.full((1, 1, 1, 2), value, np.int8)] for value in range(10, 80, 10)]
    runner, golden = AotHostRunner(compile_library([model], tmp_path), model), golden_outputs(model.content, samples)
    found = [runner.run(sample).outputs[0] for sample in samples]
    for due in (2, 5):  # in between the outputs are what is left in memory
        assert found[due].tobytes() == golden[due][0].tobytes()
    assert found[2].tobytes() != found[5].tobytes()
    runner.reset()
    ran = [set(runner.trace(sample)) for sample in samples]
    assert ran == [{buffer, y} if number in (2, 5) else set() for number in range(len(samples))]


def test_options_are_read_as_they_were_written() -> None:
    assert [first_integer(packed(cycles)) for cycles in (1, -3, 200, 70000, -(2**31))] == [1, -3, 200, 70000, -(2**31)]
    assert first_integer(packed(None)) is None


def test_damaged_options_are_no_number_or_some_number() -> None:
    content = packed(5)
    for cut in range(len(content)):
        first_integer(content[:cut])
    random = np.random.default_rng(0)
    for _ in range(2000):
        mutated = bytearray(content)
        mutated[random.integers(len(mutated))] = random.integers(256)
        assert first_integer(bytes(mutated)) is None or -(2**31) <= first_integer(bytes(mutated)) < 2**31
