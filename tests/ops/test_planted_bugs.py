"""Mistakes that are put into kernels on purpose, one at a time, in exported copies: the draws of `make test` catch each of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import strategies as st

from mcu_toolkit.boards import load_board
from mcu_toolkit.firmware import export_sources
from mcu_toolkit.model import Model, parse_model
from mcu_toolkit.runners import AotHostRunner
from mcu_toolkit.runtimes import get_runtime
from mcu_toolkit.system import process
from tests.ops.convolution.test_conv_2d import convolution
from tests.ops.convolution.test_depthwise_conv_2d import depthwise
from tests.ops.convolution.test_transpose_conv import transposed
from tests.ops.data_movement.drawn import drawn as seeded
from tests.ops.dense.test_batch_matmul import product
from tests.ops.dense.test_fully_connected import fully_connected
from tests.ops.elementwise.binary import binary
from tests.ops.elementwise.test_add_sub import sum_scale
from tests.ops.harness import Case, Sample, check_model, drawn_cases, golden_outputs, samples_for
from tests.ops.pooling.pools import pooling
from tests.ops.recurrent.test_svdf import svdf
from tests.ops.recurrent.test_unidirectional_sequence_lstm import lstm
from tests.ops.reduction.reducing import reduction
from tests.ops.reduction.test_along_axis import cumsum
from tests.ops.reduction.test_softmax import drawn as softmax
from tests.ops.resize.resizing import resize

pytestmark = pytest.mark.slow
DRAWS = 24
"""Of the kind that a bug belongs to: as many as `make test` has."""

KINDS: dict[str, Callable[[], st.SearchStrategy[Case]]] = {
    "CONV_2D": lambda: convolution("int8"),
    "DEPTHWISE_CONV_2D": lambda: depthwise("int8"),
    "FULLY_CONNECTED": lambda: fully_connected("int8"),
    "TRANSPOSE_CONV": lambda: transposed("int8"),
    "BATCH_MATMUL": lambda: product("int8"),
    "BATCH_MATMUL int16": lambda: product("int16"),
    "AVERAGE_POOL_2D": lambda: pooling("AVERAGE_POOL_2D"),
    "ADD": lambda: binary("ADD", "int8", out_scale=sum_scale),
    "PRELU": lambda: binary("PRELU", "int8", fused=None, second_repeats_only=True),
    "SOFTMAX": lambda: softmax("int8", "int8"),
    "REDUCE_MAX": lambda: reduction("REDUCE_MAX", "int8", one_scale=True)[0],
    "RESIZE_BILINEAR": lambda: resize("RESIZE_BILINEAR", "int8", both_flags=False)[0],
    "SVDF": lambda: svdf("int8"),
    "LSTM": lambda: lstm("int8"),
    "CUMSUM": lambda: seeded(cumsum, "int8")[0],
}


@dataclass(frozen=True)
class Bug:
    """`right` in a kernel header becomes `wrong`; draws of `kind` must see it."""

    header: str
    right: str
    wrong: str
    kind: str


BUGS = (
    Bug("conv_2d.h", "const int32_t value = p[i] - zero_point;", "const int32_t value = p[i];", "CONV_2D"),
    Bug("conv_2d.h", "sum1 += (uint32_t)(value * w[i + next]);", "sum1 += (uint32_t)(value * w[i]);", "CONV_2D"),
    Bug("conv_2d.h", "depth = channels / groups;", "depth = channels / groups - (groups > 2);", "CONV_2D"),
    Bug("aot.h", "(value >> 31)) >> -shift", "0) >> -shift", "FULLY_CONNECTED"),
    Bug("aot.h", "(int64_t)a * b + (INT64_C(1) << 30)", "(int64_t)a * b", "PRELU"),
    Bug("aot.h", "(mask >> 1) + (value < 0 ? 1 : 0)", "(mask >> 1)", "BATCH_MATMUL"),
    Bug("aot.h", "range->minimum), range->maximum)", "range->minimum), 127)", "DEPTHWISE_CONV_2D"),
    Bug("conv_2d_im2col.h", "aot_im2col_fill(outside, left * channels", "aot_im2col_fill(0, left * channels", "CONV_2D"),
    Bug("conv_2d_im2col.h", "const int32_t step = w->dilation_x * channels;", "const int32_t step = channels;", "CONV_2D"),
    Bug("im2col.h", "for (; c < channels; ++c, w += depth)", "for (; c < channels - 1; ++c, w += depth)", "CONV_2D"),
    Bug("depthwise_channel_major.h", "memset(plane, layer->input_zero_point + 128", "memset(plane, 128", "DEPTHWISE_CONV_2D"),
    Bug("depthwise_channel_major.h", "layer->row_dilation * layer->plane_columns", "layer->plane_columns", "DEPTHWISE_CONV_2D"),
    Bug("fully_connected.h", "for (; left > 0; --left, ++x", "for (; left > 1; --left, ++x", "FULLY_CONNECTED"),
    Bug("transpose_conv.h", "taps.kernel += (taps.input - (input_size - 1)) * stride;", "taps.kernel += 1;", "TRANSPOSE_CONV"),
    Bug("wide.h", "UINT64_C(1) << (shift - 1)", "UINT64_C(0)", "BATCH_MATMUL int16"),
    Bug("pool_2d.h", "sum > 0 ? sum + half : sum - half", "sum + half", "AVERAGE_POOL_2D"),
    Bug("add.h", "? centred * (INT32_C(1) << (bits - 1))", "? centred * (INT32_C(1) << bits)", "ADD"),
    Bug("prelu.h", "value * (alpha - layer->alpha_zero_point)", "value * alpha", "PRELU"),
    Bug("softmax.h", "aot_limit(result + lowest, &range)", "result + lowest", "SOFTMAX"),
    Bug("reduce.h", "kind == AOT_REDUCE_MAX ? INT32_MIN", "kind == AOT_REDUCE_MAX ? 0", "REDUCE_MAX"),
    Bug("resize.h", "sum > 0 ? INT32_C(1) << 19 : -(INT32_C(1) << 19)", "INT32_C(1) << 19", "RESIZE_BILINEAR"),
    Bug("svdf.h", "batch * a_batch + at, bytes) - layer->state_zero_point;", "batch * a_batch + at, bytes);", "SVDF"),
    Bug("lstm.h", "aot_max(aot_min(layer->cell_clip, sum), layer->cell_low)", "aot_min(layer->cell_clip, sum)", "LSTM"),
    Bug("cumsum.h", "layer->exclusive ? sum : next), multiplier", "layer->exclusive ? next : next), multiplier", "CUMSUM"),
)


@cache
def drawn(kind: str) -> tuple[list[Case], list[Model], list[list[Sample]], list[list[Sample]]]:
    """Cases of a kind, their models, samples, and what TFLM makes of these."""
    cases = drawn_cases(DRAWS, KINDS[kind]())
    models = [parse_model(case.content, f"case {number}") for number, case in enumerate(cases)]
    samples = []
    for number, (case, model) in enumerate(zip(cases, models, strict=True)):
        random = np.random.default_rng(number)
        samples.append(samples_for(model) if case.samples is None else [case.samples(random) for _ in range(5)])
    golden = [golden_outputs(model.content, drawn, len(model.outputs)) for model, drawn in zip(models, samples, strict=True)]
    return cases, models, samples, golden


def compiled(kind: str, folder: Path, bug: Bug | None) -> Path:
    """The models of a kind as a library, with the bug; without sanitizers, which would end this process."""
    export_sources(drawn(kind)[1], load_board("host"), get_runtime("aot"), folder)
    if bug is not None:
        (header,) = folder.rglob(bug.header)
        text = header.read_text("utf-8")
        assert text.count(bug.right) >= 1, f"{bug.header} has no more {bug.right!r}"
        header.write_text(text.replace(bug.right, bug.wrong), "utf-8")
    library = folder / "models.so"
    sources = sorted(folder.glob("*.c"))
    command = ["gcc", "-std=c99", "-O1", "-ffp-contract=off", "-w", "-shared", "-fPIC", "-Wl,-Bsymbolic", "-o", library, *sources]
    completed = process.run(command)
    assert completed.exit_code == 0, completed.output
    return library


def failures(kind: str, library: Path) -> int:
    """How many cases give other bytes than TFLM."""
    count = 0
    cases, models, samples, golden = drawn(kind)
    for number, (case, model) in enumerate(zip(cases, models, strict=True)):
        expected: list[Any] = golden[number]
        runner = AotHostRunner(library, model, number)
        try:
            check_model(runner, model, case.what, samples=samples[number], golden=lambda *_arguments, expected=expected: expected)
        except AssertionError:
            count += 1
    return count


def test_there_are_twenty_bugs_or_more_in_twelve_kernels_or_more() -> None:
    assert len(BUGS) >= 20
    assert len({bug.header for bug in BUGS}) >= 12


@pytest.mark.parametrize("kind", KINDS)
def test_without_a_bug_nothing_differs(kind: str, tmp_path: Path) -> None:
    assert failures(kind, compiled(kind, tmp_path, None)) == 0


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: f"{bug.header}-{bug.kind}")
def test_a_planted_bug_is_caught(bug: Bug, tmp_path: Path) -> None:
    assert failures(bug.kind, compiled(bug.kind, tmp_path, bug)) > 0
