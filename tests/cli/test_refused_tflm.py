"""What the runtime tflm refuses before it generates or builds anything: models, libraries, sizes; with numbers and what to do."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from mcu_toolkit.runtimes.tflm.library import LIBRARY_VARIABLE
from tests import small_models
from tests.cli.running import Outcome, assert_refused, mcu
from tests.cli.test_refused_models import with_operator
from tests.model_builder import ModelBuilder
from tests.runtimes.tflm.stub_library import write_library
from tests.runtimes.tflm.test_rules import per_channel_dense_bytes


def hybrid() -> bytes:
    """int8 input and output around a dense layer with float activations and int8 weights."""
    builder = ModelBuilder()
    x = builder.tensor([1, 6], "int8", 0.1, 0, name="x")
    real, result = builder.tensor([1, 6], "float32", name="real"), builder.tensor([1, 4], "float32", name="result")
    weights = builder.tensor([4, 6], "int8", 0.02, data=np.arange(24).reshape(4, 6))
    y = builder.tensor([1, 4], "int8", 0.1, 0, name="y")
    builder.op("DEQUANTIZE", [x], [real])
    builder.op("FULLY_CONNECTED", [real, weights, -1], [result], fused_activation_function="NONE")
    builder.op("QUANTIZE", [result], [y])
    return builder.build([x], [y])


def reverse() -> bytes:
    builder = ModelBuilder()
    x, y = (builder.tensor([1, 4], "int8", 0.1, 0, name=name) for name in "xy")
    axis = builder.tensor([1], "int32", data=[1])
    builder.op("REVERSE_V2", [x, axis], [y])
    return builder.build([x], [y])


def generate(content: bytes, here: Path, age: str = "2023", board: str = "netduinoplus2") -> Outcome:
    """`mcu generate` of that model with a library of that age; nothing may be left behind."""
    (here / "m.tflite").write_bytes(content)
    library = write_library(here.parent / f"{here.name}-library", age)  # type: ignore[arg-type]
    outcome = mcu("generate", "m.tflite", "-b", board, "-r", "tflm", "--tflm-library", library, "-o", "out")
    assert not (here / "out").exists()
    assert "Traceback" not in outcome.stderr
    return outcome


@pytest.mark.parametrize(
    ("content", "age", "parts"),
    [
        (with_operator("MyOperator"), "2026", ("custom operator 'MyOperator'", "there is no kernel", "replace the layer")),
        (with_operator("FlexErf"), "2026", ("custom operator 'FlexErf'", "TensorFlow's own kernels (Flex)", "TFLITE_BUILTINS_INT8")),
        (reverse(), "2023", ("op 0 REVERSE_V2 'y'", "has no AddReverseV2", "--tflm-library", "--runtime aot")),
        (
            per_channel_dense_bytes(),
            "2023",
            ("op 0 FULLY_CONNECTED 'hidden'", "computes wrong without saying so", "TFLM of 2024-09 or later", "--per-tensor-dense"),
        ),
        (per_channel_dense_bytes(), "2024-06", ("op 0 FULLY_CONNECTED 'hidden'", "refuses at start-up", "--per-tensor-dense")),
    ],
    ids=["custom", "flex", "no such operator", "wrong", "refused"],
)
def test_a_model_that_the_library_cannot_run_right(content: bytes, age: str, parts: tuple[str, ...], here: Path) -> None:
    outcome = generate(content, here, age)
    assert outcome.error.startswith("error: m: the tflm runtime cannot run this model:\n    op ")
    for part in parts:
        assert part in outcome.error
    assert outcome.exit_code == 2


def test_a_model_of_which_a_layer_is_hybrid(here: Path) -> None:
    message = (
        "error: m: the tflm runtime cannot run this model:\n"
        "    op 1 FULLY_CONNECTED 'result': hybrid: float activations with INT8 weights; "
        "expected activations and weights both integers, or both floats; quantize the model in full: mcu quantize --scheme int8"
    )
    assert_refused(generate(hybrid(), here), 2, message)


def test_a_model_larger_than_the_flash(here: Path) -> None:
    content = small_models.fully_connected(inputs=1100, outputs=1100)
    message = (
        f"error: m: the weights alone need {len(content):,} bytes of flash ({len(content) / 1024:.1f} KiB)\n"
        "  expected: at most 1,048,576, the flash of netduinoplus2\n"
        "  try: a board with more memory (mcu boards), or a smaller model"
    )
    assert_refused(generate(content, here), 1, message)


def test_an_arena_larger_than_the_ram(here: Path) -> None:
    message = (
        "error: m: the arena of 200,016 bytes and the stack of 4,096 need 204,112 bytes of RAM\n"
        "  expected: at most 131,072, the RAM of netduinoplus2\n"
        "  try: a board with more memory (mcu boards), or a smaller model"
    )
    assert_refused(generate(small_models.fully_connected(inputs=200_000, outputs=2), here), 1, message)


def test_an_operator_that_the_library_rounds_in_its_own_way_is_told(here: Path) -> None:
    builder = ModelBuilder()
    x = builder.tensor([1, 4, 2], "int8", 0.1, 3)
    axis = builder.tensor([1], "int32", data=[1])
    y = builder.tensor([1, 2], "int8", 0.1, 3, name="average")
    builder.op("MEAN", [x, axis], [y], keep_dims=False)
    (here / "m.tflite").write_bytes(builder.build([x], [y]))
    library = write_library(here.parent / f"{here.name}-library", "2023")
    outcome = mcu("generate", "m.tflite", "-b", "netduinoplus2", "-r", "tflm", "--tflm-library", library, "-o", "out")
    assert outcome.exit_code == 0
    assert "note: op 0 MEAN 'average': MEAN between tensors of one scale is rounded differently by library" in outcome.stdout


def test_a_library_that_is_none(tiny: Path, here: Path) -> None:
    (here / "folder").mkdir()
    outcome = mcu("generate", tiny, "-r", "tflm", "--tflm-library", "./folder", "-o", "out")
    assert f"error: {here / 'folder'}: holds no TensorFlow Lite Micro\n  expected: tensorflow/lite/micro/" in outcome.error
    outcome = mcu("generate", tiny, "-r", "tflm", "-o", "out", env={LIBRARY_VARIABLE: str(here / "absent")})
    assert outcome.error.startswith(f"error: {here / 'absent'}: TFLM library: no such folder")
    assert outcome.exit_code == 2
    assert not (here / "out").exists()


def test_kernels_that_the_library_does_not_have(tiny: Path, here: Path) -> None:
    outcome = mcu("generate", tiny, "-r", "tflm", "--tflm-library", "spaziochirale/Chirale_TensorFLowLite@2.0.0", "--kernels", "reference",
                  "-o", "out")  # fmt: skip
    assert "Chirale_TensorFLowLite@2.0.0: TFLM library has CMSIS-NN kernels only" in outcome.error
    assert outcome.exit_code == 2


def test_kernels_of_one_kind_cannot_be_compared(tiny: Path, here: Path) -> None:
    plain = write_library(here.parent / f"{here.name}-plain", "2026")
    outcome = mcu("compare-kernels", tiny, "-b", "netduinoplus2", "--tflm-library", plain, "-o", "out")
    assert outcome.error.startswith("error: netduinoplus2: there is nothing to compare: the library's kernels for cortex-m4")
    both = write_library(here.parent / f"{here.name}-both", "2026", optimized=True)
    other = mcu("compare-kernels", tiny, "-b", "qemu-riscv32", "--tflm-library", both, "-o", "out")
    assert other.error.startswith("error: qemu-riscv32: there is nothing to compare: the library's kernels for rv32")
    assert "expected: a board and a library with optimized kernels for it" in other.error
    default = mcu(
        "compare-kernels", tiny, "-b", "netduinoplus2", "--tflm-library", "spaziochirale/Chirale_TensorFLowLite@2.0.0", "-o", "out"
    )
    assert "TFLM library has CMSIS-NN kernels only" in default.error
    assert {outcome.exit_code, other.exit_code, default.exit_code} == {2}
    assert not (here / "out").exists()


def test_a_library_out_of_reach_is_told_before_platformio_is_called(tiny: Path, here: Path) -> None:
    # Nothing listens at the proxy's port, so no registry answers, whether this machine has a network or not.
    nowhere = dict.fromkeys(("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"), "http://127.0.0.1:9")
    core = {"PLATFORMIO_CORE_DIR": str(here / "core"), LIBRARY_VARIABLE: ""}
    made = mcu("generate", tiny, "-b", "netduinoplus2", "-r", "tflm", "-o", "out", env=core)
    assert made.exit_code == 0
    outcome = mcu("build", "out", env=nowhere | core)
    message = (
        "error: out: library 'spaziochirale/Chirale_TensorFLowLite@2.0.0' is not on this machine, "
        "and PlatformIO's registry did not answer within 2 s\n"
        "  expected: a connection to it for the first build, or a folder with the library\n"
        "  try: give a folder on this machine with --tflm-library; mcu inspect says whether aot, which needs none, takes the model too"
    )
    assert_refused(outcome, 3, message)
    assert not (here / "out/.pio/mcu-build.log").exists()
