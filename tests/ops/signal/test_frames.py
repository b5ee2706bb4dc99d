"""SignalFramer, SignalStacker, SignalDelay and SignalOverlapAdd: each case is a stream of inferences."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from hypothesis import strategies as st

from tests.ops.harness import Case, Sample, check_draws, draws, golden_outputs
from tests.ops.signal.models import CODES, one_operator, packed


@st.composite
def framer(draw: st.DrawFn) -> Case:
    step, frames, rows, prefill = draw(st.integers(1, 6)), draw(st.integers(1, 3)), draw(st.integers(1, 2)), draw(st.booleans())
    size = step + draw(st.integers(0, 14))
    outer = [rows] if rows > 1 or draw(st.booleans()) else []
    missing = 0 if prefill else (size - 1) // step
    """Frames of each row that are not whole."""

    def golden(content: bytes, samples: Sequence[Sample], outputs: int) -> list[Sample]:
        """TFLM's, and zeros for frames that it does not write."""
        found = golden_outputs(content, samples, outputs)
        for number, (output, valid) in enumerate(found):
            invalid = min(max(missing - number * frames, 0), frames)
            assert bool(valid) == (invalid == 0)
            output.reshape(rows, frames, size)[:, :invalid] = 0
        return found

    content = one_operator(
        "SignalFramer",
        [([*outer, frames * step], "int16")],
        [([*outer, frames, size], "int16"), ([], "bool")],
        packed(frame_size=size, frame_step=step, prefill=prefill),
    )
    features = frozenset({f"prefill {prefill}", f"rows {rows}", f"whole steps {size % step == 0}", f"waits {missing > 0}"})
    return Case(content, f"{size=} {step=} {frames=} {rows=} {prefill=}", features, golden=golden)


@st.composite
def stacker(draw: st.DrawFn) -> Case:
    channels, left, right = draw(st.integers(1, 5)), draw(st.integers(0, 3)), draw(st.integers(0, 2))
    frames = left + right + 1
    step = draw(st.integers(1, frames))

    def golden(content: bytes, samples: Sequence[Sample], outputs: int) -> list[Sample]:
        """TFLM's, and zeros where it writes nothing."""
        found = golden_outputs(content, samples, outputs)
        return [[output if valid else np.zeros_like(output), valid] for output, valid in found]

    options = packed(num_channels=channels, stacker_left_context=left, stacker_right_context=right, stacker_step=step)
    content = one_operator("SignalStacker", [([channels], "int16")], [([channels * frames], "int16"), ([], "bool")], options)
    features = frozenset({f"left {left}", f"right {right}", f"step {step}"})
    return Case(content, f"{channels=} {left=} {right=} {step=}", features, golden=golden)


@st.composite
def delay(draw: st.DrawFn) -> Case:
    size, length, rows = draw(st.integers(1, 8)), draw(st.integers(0, 20)), draw(st.integers(1, 2))
    shape = [rows, size] if rows > 1 or draw(st.booleans()) else [size]
    content = one_operator("SignalDelay", [(shape, "int16")], [(shape, "int16")], packed(delay_length=length))
    features = frozenset({f"rows {rows}", f"longer {length > size}", f"none {length == 0}"})
    return Case(content, f"{shape} {length=}", features)


@st.composite
def overlap_add(draw: st.DrawFn, dtype: str) -> Case:
    size, frames, rows = draw(st.integers(1, 9)), draw(st.integers(1, 3)), draw(st.integers(1, 2))
    step = draw(st.integers(1, size))
    outer = [rows] if rows > 1 or draw(st.booleans()) else []
    options = packed(T=CODES[dtype], frame_step=step)
    content = one_operator("SignalOverlapAdd", [([*outer, frames, size], dtype)], [([*outer, frames * step], dtype)], options)
    return Case(content, f"{dtype} {outer} {frames=} {size=} {step=}", frozenset({f"rows {rows}", f"whole {step == size}"}))


@draws
def test_frames_equal_tflm(draws: int) -> None:
    covering = [f"{word} {flag}" for word in ("prefill", "whole steps", "waits") for flag in (True, False)]
    check_draws(2 * draws, framer(), covering=[*covering, "rows 1", "rows 2"], rows=["SignalFramer"])


@draws
def test_stacks_equal_tflm(draws: int) -> None:
    covering = [f"{word} {number}" for word in ("left", "right") for number in range(3)]
    check_draws(2 * draws, stacker(), covering=[*covering, "step 1", "step 2", "step 3"], rows=["SignalStacker"])


@draws
def test_delays_equal_tflm(draws: int) -> None:
    check_draws(draws, delay(), covering=["rows 1", "rows 2", "longer True", "longer False"], rows=["SignalDelay"])


@draws
def test_sums_equal_tflm(draws: int) -> None:
    check_draws(draws, overlap_add("int16"), overlap_add("float32"), covering=["rows 2", "whole True"], rows=["SignalOverlapAdd"])
