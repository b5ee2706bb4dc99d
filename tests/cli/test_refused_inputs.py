"""Data, names and options that are refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from mcu_toolkit.boards import all_boards
from mcu_toolkit.runtimes import all_runtimes
from tests.cli.in_process import mcu_here
from tests.cli.running import assert_refused

GOOD = np.zeros((3, 6), np.float32)
NAN = GOOD.copy()
NAN[1, 2] = np.nan

DATA = {
    "wrong shape": (
        {"x": np.zeros((3, 7), np.float32)},
        "error: d.npz: 'x' has the shape [3, 7]\n  expected: [samples, 6], as the model's input 'x'",
    ),
    "wrong dtype": (
        {"x": np.zeros((3, 6), np.int32)},
        "error: d.npz: 'x' is int32\n"
        "  expected: float32 (real values, to be quantized) or int8 (as stored in the model's input 'x')\n"
        "  try: save it with .astype('float32') or .astype('int8'), whichever the numbers are",
    ),
    "not a number": (
        {"x": NAN},
        "error: d.npz: 'x' holds NaN or infinite values in 1 of 3 samples, the first is sample 1\n"
        "  expected: finite numbers\n  try: remove or repair those samples",
    ),
    "no key x": (
        {"inputs": GOOD},
        "error: d.npz: key 'x' is missing (it has: inputs)\n  expected: the model's inputs in 'x'\n"
        "  try: inputs look meant: numpy.savez(file, x=inputs)",
    ),
}


@pytest.mark.parametrize("what", DATA)
def test_data_that_does_not_suit_the_model(what: str, tiny: Path, here: Path) -> None:
    arrays, message = DATA[what]
    np.savez(here / "d.npz", **arrays)  # type: ignore[arg-type]
    assert_refused(mcu_here("deploy", tiny, "--board", "host", "--data", "d.npz", "-o", "out", "--json", "r.json"), 2, message)
    assert sorted(path.name for path in here.iterdir()) == ["d.npz", "r.json", "tiny.tflite"], "the answer, and nothing half done"


def test_data_that_is_not_there(tiny: Path) -> None:
    assert_refused(mcu_here("validate", tiny, "--data", "d.npz"), 2, "error: d.npz: data file not found\n  try: check the path")


def test_an_unknown_board_gets_the_nearest_names(tiny: Path) -> None:
    message = "error: unknown board 'netduino'\n  expected: one of netduinoplus2\n  try: mcu boards, or the path of a custom .toml file"
    assert_refused(mcu_here("deploy", tiny, "--board", "netduino"), 2, message)
    assert_refused(mcu_here("boards", "show", "netduino"), 2, message)


def test_a_board_like_none_of_ours_gets_all_names(tiny: Path) -> None:
    names = ", ".join(board.id for board in all_boards())
    message = f"error: unknown board 'xyzzy'\n  expected: one of {names}\n  try: mcu boards, or the path of a custom .toml file"
    assert_refused(mcu_here("generate", tiny, "--board", "xyzzy", "-o", "out"), 2, message)


def test_an_unknown_runtime(tiny: Path) -> None:
    names = ", ".join(runtime.name for runtime in all_runtimes())
    message = f"error: unknown runtime 'xyzzy'\n  expected: one of {names}\n  try: mcu runtimes"
    assert_refused(mcu_here("generate", tiny, "--runtime", "xyzzy", "-o", "out"), 2, message)


def test_an_unknown_task() -> None:
    assert_refused(mcu_here("train", "digit"), 2, "error: unknown task 'digit'\n  expected: one of digits")


def test_a_slope_for_a_task_without_a_line(here: Path) -> None:
    message = "error: --slope with the task digits\n  expected: the task linear, which learns a line"
    assert_refused(mcu_here("train", "digits", "--slope", "3"), 2, message)
    assert not list(here.iterdir())


def test_quantizing_what_is_not_there(here: Path) -> None:
    message = "error: no.keras: model not found\n  expected: a model file or a SavedModel folder\n  try: check the path"
    assert_refused(mcu_here("quantize", "no.keras", "-o", "q.tflite"), 2, message)


def test_what_is_no_model_is_said_before_data_are_asked_for(tiny: Path, here: Path) -> None:
    expected = "a .keras or .h5 file, a SavedModel folder, .onnx, .pt2 or a float .tflite"
    message = (
        "error: tiny.tflite: is quantized already (full int8)\n  expected: a .tflite file with 32-bit floats\n"
        "  try: quantize the model it was made from"
    )
    assert_refused(mcu_here("quantize", tiny, "-o", "q.tflite"), 2, message)
    (here / "sine").mkdir()
    (here / "sine/model.keras").write_text("")
    message = f"error: sine: is not a SavedModel\n  expected: {expected}\n  try: sine/model.keras"
    assert_refused(mcu_here("quantize", "sine", "-o", "q.tflite"), 2, message)


def test_a_project_that_is_not_there() -> None:
    assert_refused(mcu_here("build", "nope"), 2, "error: nope: project not found\n  try: check the path")


def test_one_name_for_several_models(tiny: Path, here: Path) -> None:
    message = "error: --name with 2 models\n  expected: one model, or no --name: the arrays are named after the files"
    assert_refused(mcu_here("header", tiny, tiny, "--name", "a"), 2, message)


def test_another_board_than_the_projects(tiny: Path, here: Path) -> None:
    assert mcu_here("generate", tiny, "--board", "host", "-o", "p").exit_code == 0
    message = (
        "error: p: the project was generated for board host\n  expected: --board host, or none\n"
        "  try: mcu generate MODEL.tflite --board netduinoplus2 -o FOLDER"
    )
    assert_refused(mcu_here("verify", "p", "--board", "netduinoplus2"), 2, message)


def test_some_samples_of_nothing(tiny: Path) -> None:
    message = "error: --samples without --data\n  expected: --data with more samples than that\n  try: --random N for random inputs"
    for command in ("validate", "deploy", "verify"):
        assert_refused(mcu_here(command, tiny, "--samples", "5"), 2, message)


def test_a_board_for_one_scheme_alone(here: Path) -> None:
    words = ("quantize", "m.keras", "--data", "d.npz", "-o", "m.tflite", "--board", "host")
    message = "error: --board without --compare\n  expected: --compare as well\n  try: mcu deploy puts one model on a board"
    assert_refused(mcu_here(*words), 2, message)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ((), "error: tiny.tflite: no inputs\n  expected: numbers, data files, pictures, sounds or motion; or --details"),
        (("no.jpg",), "error: no.jpg: picture not found\n  try: check the path"),
        (("1,2", "--on", "board"), "error: unknown runner 'board'\n  expected: one of aot-host, device, keras, litert, reference, tflm"),
        (("1,2", "no.npz"), "error: data files and numbers together\n  expected: inputs of one kind"),
    ],
)
def test_what_predict_cannot_take(words: tuple[str, ...], message: str, tiny: Path, here: Path) -> None:
    done = mcu_here("predict", tiny.name, *words, "--json", "r.json")
    assert (done.exit_code, done.stdout) == (2, "")
    assert message in done.stderr
