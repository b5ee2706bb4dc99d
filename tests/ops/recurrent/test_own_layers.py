"""MCU_GRU and MCU_SIMPLE_RNN: compiled code gives the bytes of the Python reference, sequence after sequence."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing

import numpy as np
import pytest
from hypothesis import strategies as st

from mcu_toolkit.errors import UnsupportedModelError
from mcu_toolkit.model import parse_model
from mcu_toolkit.model.own_operators import RecurrentOptions
from mcu_toolkit.runners.reference.runner import ReferenceRunner
from mcu_toolkit.runtimes.aot import Target, compile_model
from tests.model_builder import ModelBuilder
from tests.ops.harness import Case, Sample, check_draws, draws, seeds, zero_points
from tests.ops.recurrent.models import gru, simple_rnn


def reference(content: bytes, samples: Sequence[Sample], _outputs: int) -> list[Sample]:
    with closing(ReferenceRunner(parse_model(content, "case"))) as runner:
        return [list(runner.run(sample).outputs) for sample in samples]


@st.composite
def layer(draw: st.DrawFn, make: Callable[..., bytes], name: str) -> Case:
    random = np.random.default_rng(draw(seeds))
    steps, inputs, units = (draw(st.integers(1, most)) for most in (5, 9, 9))
    options = RecurrentOptions(draw(st.booleans()), name == "gru" and draw(st.booleans()))
    sizes = {"steps": steps, "inputs": inputs, "units": units, "options": options}
    points = draw(zero_points), draw(zero_points)
    scales = {"x_scale": 10 ** random.uniform(-2.3, 0), "y_scale": 2 ** random.uniform(-11, -5)}
    content = make(seed=int(random.integers(2**31)), points=points, **scales, **sizes)
    features = {f"backwards {options.go_backwards}", f"{name} reset after {options.reset_after}", "one step" if steps == 1 else "steps"}
    return Case(content, f"{name} {sizes} {points=} {scales=}", frozenset(features), golden=reference)


COVERED = (
    *("backwards False", "backwards True", "one step", "steps"),
    *("gru reset after False", "gru reset after True", "simple_rnn reset after False"),
)


@draws
def test_equals_the_reference(draws: int) -> None:
    check_draws(2 * draws, layer(gru, "gru"), layer(simple_rnn, "simple_rnn"), covering=COVERED)


def unknown_options() -> bytes:
    builder = ModelBuilder()
    x = builder.tensor([1, 2, 3], "int8", 0.03)
    y = builder.tensor([1, 2, 3], "int8", 0.01)
    builder.op("MCU_SIMPLE_RNN", [x, x, x, x, x], [y], custom_options=b"\x02\x00")
    return builder.build([x], [y])


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (unknown_options(), "options of 2 bytes"),
        (gru(y_scale=2.0**-60), "a factor of 2^"),
        (simple_rnn(x_scale=0.0), "no usable scale"),
        (simple_rnn(y_shape=[]), r"the output has the shape \[\]"),
        (simple_rnn(y_shape=[4, 5]), r"the output has the shape \[4, 5\]"),
    ],
    ids=["options", "state factor", "scale 0", "output without dimensions", "output without a batch"],
)
def test_what_cannot_be_compiled_is_refused_with_the_reason(content: bytes, found: str) -> None:
    with pytest.raises(UnsupportedModelError, match=found.replace("^", r"\^")):
        compile_model(parse_model(content, "model"), Target())
