"""Models that are refused: the message says what it is, what was expected and what to do, and nothing is written."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from mcu_toolkit.runtimes.aot.ops.registry import all_operators
from tests import small_models
from tests.cli.in_process import mcu_here
from tests.cli.running import assert_refused
from tests.model_builder import ModelBuilder

QUANTIZE = "mcu quantize MODEL.keras --data data.npz --scheme int8 -o model.tflite"


def dense(*, int8_weights: bool) -> bytes:
    """A dense layer with float activations: a float model, or with `int8_weights` a dynamic-range one."""
    builder = ModelBuilder()
    x = builder.tensor([1, 6], "float32", name="x")
    values = np.arange(24).reshape(4, 6)
    weights = builder.tensor([4, 6], "int8", 0.02, data=values) if int8_weights else builder.tensor([4, 6], "float32", data=values)
    y = builder.tensor([1, 4], "float32", name="y")
    builder.op("FULLY_CONNECTED", [x, weights, -1], [y], fused_activation_function="NONE")
    return builder.build([x], [y])


def with_operator(name: str) -> bytes:
    builder = ModelBuilder()
    x, y = (builder.tensor([1, 2], "int8", 0.1, 0, name=n) for n in "xy")
    builder.op(name, [x], [y], custom_options=b"")
    return builder.build([x], [y])


TINY = small_models.fully_connected()

REFUSALS = {
    "float": (
        dense(int8_weights=False),
        f"error: m: is a float model: weights and activations are 32-bit floats\n  expected: a full int8 model\n  try: {QUANTIZE}",
    ),
    "dynamic range": (
        dense(int8_weights=True),
        f"error: m: is a dynamic-range model: weights are int8, but activations are floats\n"
        f"  expected: a full int8 model\n  try: {QUANTIZE}",
    ),
    "not a tflite": (
        b"just some text in a file",
        "error: m.tflite: not a .tflite model\n  expected: the identifier TFL3 at byte 4, found b' som'\n"
        "  try: convert the model with TensorFlow Lite's converter, or `mcu quantize`",
    ),
    "empty": (
        b"",
        "error: m.tflite: the file is empty\n  expected: a .tflite model\n"
        "  try: convert the model with TensorFlow Lite's converter, or `mcu quantize`",
    ),
    "truncated": (
        TINY[: len(TINY) // 2],
        "error: m.tflite: damaged model file: the reference at byte 24 points outside of the file\n"
        "  expected: an intact .tflite file\n  try: copy or convert the model again",
    ),
}


@pytest.mark.parametrize("what", REFUSALS)
def test_generate_refuses(what: str, here: Path) -> None:
    content, message = REFUSALS[what]
    (here / "m.tflite").write_bytes(content)
    assert_refused(mcu_here("generate", "m.tflite", "-o", "out", "--json", "r.json"), 2, message)
    assert sorted(path.name for path in here.iterdir()) == ["m.tflite", "r.json"], "the answer, and nothing half done"


REWRITES = {
    "MyOperator": ("a custom operator, for which there is no kernel", "replace the layer by others, or convert the model without it"),
    "FlexErf": (
        "an operator of TensorFlow itself, which needs TensorFlow's own kernels (Flex)",
        "convert with TFLITE_BUILTINS_INT8 only (mcu quantize does) and replace the layer it comes from",
    ),
    "TFLite_Detection_PostProcess": (
        "the choice of boxes at the end of a detection model",
        "end the model before it and do this step in your program",
    ),
}


@pytest.mark.parametrize("name", REWRITES)
def test_generate_names_an_operator_that_the_runtime_does_not_have_and_the_rewrite_that_helps(name: str, here: Path) -> None:
    (here / "m.tflite").write_bytes(with_operator(name))
    outcome = mcu_here("generate", "m.tflite", "-o", "out", "--runtime", "aot")
    what, remedy = REWRITES[name]
    message = (
        f"error: m: the aot runtime cannot run this model:\n    op 0 CUSTOM 'y': the custom operator {name}: {what}; "
        f"expected one of the {len(all_operators())} operators that aot compiles (docs/operators.md); {remedy}"
    )
    assert_refused(outcome, 2, message)
    assert not (here / "out").exists()


def test_generate_names_more_inputs_than_the_protocol_counts(here: Path) -> None:
    builder = ModelBuilder()
    given = [builder.tensor([1, 2], "int8", 0.1, 0, name=f"x{number}") for number in range(256)]
    y = builder.tensor([1, 512], "int8", 0.1, 0, name="y")
    builder.op("CONCATENATION", given, [y], axis=1, fused_activation_function="NONE")
    (here / "m.tflite").write_bytes(builder.build(given, [y]))
    message = (
        "error: m: the aot runtime cannot run this model:\n    model: 256 inputs; expected at most 255, which the protocol counts; "
        "join inputs into one tensor, and convert the model again"
    )
    assert_refused(mcu_here("generate", "m.tflite", "-o", "out", "--runtime", "aot"), 2, message)
    assert not (here / "out").exists()


def test_a_parameter_outside_of_the_list_names_layer_tensor_value_what_is_allowed_and_the_rewrite(here: Path) -> None:
    builder = ModelBuilder()
    x = builder.tensor([1, 6, 6, 4], "int8", 0.1, name="image")
    weights = builder.tensor([3, 1, 1, 3], "int8", 0.1, data=np.ones((3, 1, 1, 3)), name="kernel")
    y = builder.tensor([1, 6, 6, 3], "int8", 0.1, name="features")
    builder.op("CONV_2D", [x, weights, -1], [y], padding="SAME", stride_h=1, stride_w=1)
    (here / "m.tflite").write_bytes(builder.build([x], [y]))
    message = (
        "error: m: the aot runtime cannot run this model:\n"
        "    op 0 CONV_2D 'features': tensor 1 'kernel': 4 input channels, 3 filters of depth 3; expected input and output channels divide "
        "evenly into groups; the weights are as deep as one group of input channels; convert the model again, or use keras.layers.Conv2D "
        "or SeparableConv2D with a number of groups that divides the channels"
    )
    assert_refused(mcu_here("generate", "m.tflite", "-o", "out", "--runtime", "aot"), 2, message)
    assert not (here / "out").exists()


def test_a_missing_file_is_named(here: Path) -> None:
    assert_refused(mcu_here("deploy", "m.tflite"), 2, "error: m.tflite: model file not found\n  try: check the path")


def test_a_keras_model_gets_the_command_that_converts_it(here: Path) -> None:
    message = (
        "error: m.keras: is a float model\n"
        "  expected: an int8 .tflite file; with --data `mcu deploy` takes a float model too, and quantizes it first\n"
        "  try: mcu quantize m.keras --data DATA.npz -o m.tflite"
    )
    assert_refused(mcu_here("validate", "m.keras"), 2, message)


def test_data_in_the_place_of_the_model_is_told_apart(here: Path) -> None:
    np.savez(here / "digits.npz", x=np.zeros((3, 4), np.float32))
    message = (
        "error: digits.npz: holds data, not a model\n"
        "  expected: a .tflite file, or a folder that `mcu generate` or `mcu deploy` wrote\n"
        "  try: the model comes first: MODEL.tflite --data digits.npz"
    )
    assert_refused(mcu_here("deploy", "digits.npz"), 2, message)


def test_a_folder_of_somebody_else_is_no_project(here: Path) -> None:
    (here / "folder").mkdir()
    message = "error: folder: is a folder\n  expected: a .tflite file, or a folder that `mcu generate` or `mcu deploy` wrote"
    assert_refused(mcu_here("verify", "folder"), 2, message)
    (here / "folder" / "notes.txt").write_text("mine")
    message = "error: folder: is not a generated project\n  expected: a folder with mcu-project.json\n  try: mcu generate"
    assert_refused(mcu_here("build", "folder"), 2, message)


def test_generate_does_not_touch_a_folder_with_somebody_elses_files(tiny: Path, here: Path) -> None:
    (here / "folder").mkdir()
    (here / "folder" / "notes.txt").write_text("mine")
    message = "error: folder: is not empty and not a generated project\n  expected: a new folder\n  try: choose another with -o"
    assert_refused(mcu_here("generate", tiny, "-o", "folder"), 2, message)
    assert [path.name for path in (here / "folder").iterdir()] == ["notes.txt"]


def test_a_model_too_big_for_the_flash_is_a_no_with_both_numbers_before_the_build(here: Path) -> None:
    (here / "big.tflite").write_bytes(small_models.fully_connected(inputs=1100, outputs=1100))
    outcome = mcu_here("deploy", "big.tflite", "--board", "netduinoplus2", "--runtime", "aot", "-o", "out", "--json", "r.json")
    message = (
        "error: big: the weights alone need 1,219,900 bytes of flash (1191.3 KiB)\n"
        "  expected: at most 1,048,576, the flash of netduinoplus2\n"
        "  try: a board with more memory (mcu boards), or a smaller model"
    )
    assert_refused(outcome, 1, message)
    assert '"verdict": "fail"' in (here / "r.json").read_text()
    assert not (here / "out" / "firmware").exists()


def test_an_arena_too_big_for_the_ram_is_a_no_with_both_numbers_before_the_build(here: Path) -> None:
    (here / "wide.tflite").write_bytes(small_models.fully_connected(inputs=200_000, outputs=2))
    message = (
        "error: wide: the arena of 200,002 bytes and the stack of 4,096 need 204,098 bytes of RAM\n"
        "  expected: at most 131,072, the RAM of netduinoplus2\n"
        "  try: a board with more memory (mcu boards), or a smaller model"
    )
    assert_refused(mcu_here("generate", "wide.tflite", "--board", "netduinoplus2", "--runtime", "aot", "-o", "out"), 1, message)
    assert not (here / "out").exists()
