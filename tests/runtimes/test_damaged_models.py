"""Models that are well-formed files and nonsense otherwise: every step up to generated C ends with an error of ours, or a result."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import numpy as np
import pytest

from mcu_toolkit.boards import Board, load_board
from mcu_toolkit.errors import McuError
from mcu_toolkit.model import parse_model
from mcu_toolkit.pipeline.inspection.inspect import inspect
from mcu_toolkit.pipeline.workspace import decisions
from mcu_toolkit.runtimes import get_runtime
from mcu_toolkit.runtimes.base import RuntimeOptions
from tests import small_models
from tests.fuzzing import Fuzzing
from tests.model_builder import ModelBuilder
from tests.mutated_models import damaged
from tests.runtimes.aot.test_folding import CHAINS


def depthwise_network() -> bytes:
    """DEPTHWISE_CONV_2D, CONV_2D, ADD, AVERAGE_POOL_2D, CONCATENATION, RESHAPE: what runs in cascades and is fused."""
    random = np.random.default_rng(5)
    builder = ModelBuilder()
    x, a, b, c, d = (builder.tensor([1, 8, 8, 4], "int8", 0.1, 3) for _ in range(5))
    kernel = builder.tensor([1, 3, 3, 4], "int8", 0.02, data=random.integers(-9, 9, (1, 3, 3, 4)))
    weights = builder.tensor([4, 1, 1, 4], "int8", 0.02, data=random.integers(-9, 9, (4, 1, 1, 4)))
    bias = builder.tensor([4], "int32", 0.002, data=[1, 2, 3, 4])
    pooled, joined, flat = (
        builder.tensor([1, 4, 4, 4], "int8", 0.1, 3),
        builder.tensor([1, 4, 4, 8], "int8", 0.1, 3),
        builder.tensor([1, 128], "int8", 0.1, 3),
    )
    same = {"padding": "SAME", "stride_w": 1, "stride_h": 1}
    builder.op("DEPTHWISE_CONV_2D", [x, kernel, bias], [a], depth_multiplier=1, **same)
    builder.op("CONV_2D", [a, weights, bias], [b], **same)
    builder.op("ADD", [b, x], [c]).op("RELU", [c], [d])
    builder.op("AVERAGE_POOL_2D", [d], [pooled], padding="VALID", stride_w=2, stride_h=2, filter_width=2, filter_height=2)
    builder.op("CONCATENATION", [pooled, pooled], [joined], axis=3)
    builder.op("RESHAPE", [joined, builder.tensor([2], "int32", data=[1, 128])], [flat], new_shape=[1, 128])
    return builder.build([x], [flat])


SEEDS: list[Callable[[], bytes]] = [
    small_models.fully_connected,
    small_models.convolution,
    small_models.addition,
    small_models.counter,
    depthwise_network,
    *CHAINS,
]
BOARDS = ["netduinoplus2", "mps3-an547"]


def everything(content: bytes, boards: list[Board], limit_bytes: int) -> bool:
    """inspect and both runtimes' files; True where something was compiled."""
    model = parse_model(content, "damaged")
    compiled = False
    for board in boards:
        inspect(model, board, RuntimeOptions(max_arena_bytes=limit_bytes))
        for runtime in (
            get_runtime("tflm"),
            get_runtime("aot"),
            get_runtime("aot").configured(RuntimeOptions(max_arena_bytes=limit_bytes)),
        ):
            try:
                runtime.contribute([model], board)
                compiled = True
            except McuError:
                continue
    return compiled


@pytest.mark.parametrize("count", [40, pytest.param(4000, marks=pytest.mark.nightly)])
@pytest.mark.parametrize("seed", SEEDS, ids=lambda seed: seed.__name__)
def test_only_errors_of_ours_come_out(seed: Callable[[], bytes], count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decisions, "tflm_is_installed", lambda: False)  # no process for each of them
    content, boards = seed(), [load_board(board) for board in BOARDS]
    outcomes = Counter(_outcome(seed.__name__, content, boards, [number, len(content)]) for number in range(count))
    assert outcomes["refused"] > 0, f"all are {outcomes}"
    assert outcomes["compiled"] > 0, f"all are {outcomes}"


@pytest.mark.fuzz
def test_never_comes_out_but_an_error_of_ours(fuzzing: Fuzzing, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decisions, "tflm_is_installed", lambda: False)
    contents, boards = [(make.__name__, make()) for make in SEEDS], [load_board(board) for board in BOARDS]
    for seed in fuzzing.seeds():
        for number, (name, content) in enumerate(contents):
            fuzzing.cases += _outcome(name, content, boards, [seed, number]) != "not written"


def _outcome(name: str, content: bytes, boards: list[Board], seed: list[int]) -> str:
    """What becomes of the model `name` with the damage that follows from `seed`; fails upon an exception that is not ours."""
    random = np.random.default_rng(seed)
    mutant = damaged(content, random)
    if mutant is None:
        return "not written"
    try:
        compiled = everything(mutant, boards, int(random.integers(0, 3000)))
    except McuError:
        return "refused"
    except Exception as error:
        raise AssertionError(f"{name}, {seed}: {error!r}") from error
    return "compiled" if compiled else "refused"
