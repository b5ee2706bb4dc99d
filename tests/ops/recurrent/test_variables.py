"""VAR_HANDLE, READ_VARIABLE, ASSIGN_VARIABLE and CALL_ONCE: sequences of inferences, each seeing what the one before it left."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import strategies as st

from tests import small_models
from tests.model_builder import ModelBuilder
from tests.ops.harness import Case, check_batch, check_draws, draws, seeds

DTYPES = {"int8": (0.1, -7), "int16": (0.01, 0), "int32": (None, 0), "float32": (None, 0)}


@st.composite
def delay_line(draw: st.DrawFn, dtype: str) -> Case:
    """The input goes to the first variable, each variable to the next one: outputs are inputs of earlier inferences."""
    random = np.random.default_rng(draw(seeds))
    scale, zero_point = DTYPES[dtype]
    shape = draw(st.lists(st.integers(1, 4), min_size=1, max_size=4))
    stages, starts, write_first = draw(st.integers(1, 3)), draw(st.integers(0, 2)), draw(st.booleans())
    main, start = ModelBuilder(), ModelBuilder("start")

    def tensor(builder: ModelBuilder, data: np.ndarray | None = None) -> int:
        return builder.tensor(shape, dtype, scale, zero_point, data)

    def handle(builder: ModelBuilder, stage: int) -> int:
        made = builder.tensor([1], "resource")
        builder.op("VAR_HANDLE", [], [made], container="", shared_name=f"stage {stage}")
        return made

    if starts:
        main.op("CALL_ONCE", [], [], init_subgraph_index=1)
    handles = [handle(main, stage) for stage in range(stages)]
    value = x = tensor(main)
    outputs = []
    for made in handles:
        old = tensor(main)
        steps = [("READ_VARIABLE", [made], [old]), ("ASSIGN_VARIABLE", [made, value], [])]
        for name, inputs, results in reversed(steps) if write_first else steps:
            main.op(name, inputs, results)
        value = old
        outputs.append(old)
    for stage in range(min(starts, stages)):
        start.op("ASSIGN_VARIABLE", [handle(start, stage), tensor(start, random.integers(-100, 100, shape))], [])
    content = main.build([x], outputs, others=[(start, [], [])] if starts else [])
    features = {f"{stages} variables", f"{min(starts, stages)} first values", "write first" if write_first else "read first"}
    return Case(content, f"{shape} {dtype} {stages=} {starts=} {write_first=}", frozenset(features))


@draws
@pytest.mark.parametrize("dtype", DTYPES)
def test_equals_tflm(dtype: str, draws: int) -> None:
    features = [*(f"{n} variables" for n in (1, 2, 3)), *(f"{n} first values" for n in (0, 1, 2)), "write first", "read first"]
    check_draws(draws, delay_line(dtype), covering=features)


def test_the_counter_equals_tflm() -> None:
    check_batch([Case(small_models.counter(), "counter")])
