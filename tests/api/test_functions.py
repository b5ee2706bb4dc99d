"""The functions take paths, arrays and records, say the same as the command line, and refuse what makes no sense."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import mcu_toolkit as mcu
from mcu_toolkit.api.given import data_file
from tests.cli.in_process import succeed_here

X = np.linspace(-3, 3, 12, dtype=np.float32).reshape(2, 6)


@pytest.mark.parametrize(
    ("words", "call"),
    [
        (("inspect", "tiny.tflite", "-b", "host"), lambda: mcu.inspect("tiny.tflite", board="host")),
        (("fit", "tiny.tflite", "-b", "netduinoplus2"), lambda: mcu.fit("tiny.tflite", board="netduinoplus2")),
        (("predict", "tiny.tflite", "1,2,3,4,5,6", "--on", "aot-host"), lambda: mcu.predict("tiny.tflite", "1,2,3,4,5,6", on="aot-host")),
        (("header", "tiny.tflite", "-o", "h", "--force"), lambda: mcu.header("tiny.tflite", "h", force=True)),
        (("generate", "tiny.tflite", "-o", "p", "--force"), lambda: mcu.generate("tiny.tflite", "p", force=True)),
        (("generate", "tiny.tflite", "--as", "cmake", "-o", "c"), lambda: mcu.export("tiny.tflite", "c", form="cmake", force=True)),
    ],
    ids=lambda given: given[0] if isinstance(given, tuple) else "",
)
def test_a_function_says_what_its_command_says(words: tuple[str, ...], call: Any) -> None:
    said = json.loads(succeed_here(*words, "--json", "-").stdout)
    assert json.loads(call().to_json()) == said


def test_predictions_of_numbers_arrays_and_files_are_the_same(here: Path) -> None:
    np.save(here / "x.npy", X[:1])
    one = X[0].tolist()
    forms: tuple[Any, ...] = (one, [one], X[:1], {"x": X[:1]}, here / "x.npy", ["x.npy"], ",".join(map(repr, one)))
    found = [mcu.predict("tiny.tflite", form, on="aot-host").facts.predictions for form in forms]
    assert len(found[0]) == 1
    assert all([each.outputs for each in each_form] == [found[0][0].outputs] for each_form in found)


def test_a_number_of_numpy_is_a_number(here: Path) -> None:
    assert mcu.predict("tiny.tflite", [np.float32(value) for value in X[0]], on="aot-host").facts.predictions


def test_arrays_are_a_file_of_the_same_bytes_while_they_are_needed() -> None:
    with data_file({"x": X, "y": [0, 1]}) as first, data_file({"x": X, "y": [0, 1]}) as second:
        assert first is not None and second is not None  # noqa: PT018
        assert first.read_bytes() == second.read_bytes()
        with np.load(first) as stored:
            assert {name: stored[name].shape for name in stored} == {"x": (2, 6), "y": (2,)}
    assert not first.exists()


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (3, "data is of type int\n  expected: a path, an array"),
        ({"x": [[1, 2], [3]]}, "the array 'x' is no array of numbers"),
        ({"x": np.array(["a"])}, "the array 'x' is no array of numbers"),
        ({"z": X}, "key 'x' is missing"),
    ],
)
def test_data_that_is_none_is_refused(data: Any, said: str) -> None:
    with pytest.raises(mcu.InputError, match=said.replace("[", r"\[")):
        mcu.validate("tiny.tflite", data=data)


@pytest.mark.parametrize(
    ("call", "kind", "said"),
    [
        (lambda: mcu.inspect("no.tflite"), mcu.InputError, "no.tflite: "),
        (lambda: mcu.fit([]), mcu.InputError, "no file is given"),
        (lambda: mcu.fit("tiny.tflite", board="netduino"), mcu.UnknownNameError, "unknown board 'netduino'"),
        (lambda: mcu.RuntimeOptions(optimize="fast"), mcu.UnknownNameError, "unknown aim 'fast'"),  # type: ignore[arg-type]
        (lambda: mcu.RuntimeOptions(max_arena_bytes=0), mcu.InputError, "--max-arena is 0"),
        (lambda: mcu.Limits(most={"flsh": 1}), mcu.UnknownNameError, "unknown measure 'flsh'"),
        (lambda: mcu.deploy("tiny.tflite", limits=mcu.Limits(most={"cycles": 1})), mcu.InputError, "cycles is not measured here"),
        (lambda: mcu.validate("tiny.tflite", limits=mcu.Limits(most={"flash": 1})), mcu.InputError, "flash is not measured here"),
        (lambda: mcu.deploy("tiny.tflite", fail_on="parity"), mcu.InputError, "--fail-on compares with a baseline"),
        (lambda: mcu.export("tiny.tflite", "e", form="scons"), mcu.UnknownNameError, "unknown "),
        (lambda: mcu.train("digits", choices=mcu.ImageChoices()), mcu.InputError, "choices with the task digits"),
        (lambda: mcu.train("images", "photos", choices=mcu.KeywordChoices()), mcu.InputError, "KeywordChoices with the task images"),
        (lambda: mcu.train("images"), mcu.InputError, "no folder of pictures"),
        (lambda: mcu.train("digitss"), mcu.UnknownNameError, "unknown task 'digitss'"),
        (lambda: mcu.report([]), mcu.InputError, "no result is given"),
        (lambda: mcu.compare(3, "tiny.tflite"), mcu.InputError, "base: is of type int"),  # type: ignore[arg-type]
    ],
)
def test_what_makes_no_sense_is_refused_and_nothing_is_written(call: Any, kind: type[mcu.McuError], said: str, here: Path) -> None:
    before = set(here.iterdir())
    with pytest.raises(kind) as refused:
        call()
    assert said in str(refused.value)
    assert set(here.iterdir()) == before


def test_nothing_is_printed_unless_it_is_asked_for(capfd: pytest.CaptureFixture[str]) -> None:
    mcu.header("tiny.tflite", "h")
    assert capfd.readouterr() == ("", "")
    mcu.header("tiny.tflite", "h2", progress=mcu.Printed())
    assert capfd.readouterr() == ("-- writing tiny as C arrays\n", "")


@pytest.mark.slow
def test_a_model_is_deployed_verified_and_compared(here: Path) -> None:
    labels = {"x": X, "y": np.array([0, 1])}
    first = mcu.deploy("tiny.tflite", board="host", data=labels, page=True)
    assert (first.passed, first.verdict, first.board) == (True, "pass", "host")
    assert first.folder == Path("build/tiny-host")
    assert first.page == first.folder / "report.html"
    assert first.page.is_file()
    assert set(first.accuracy) >= {"device", "tflm"}

    assert mcu.build(first.folder).up_to_date
    assert mcu.flash(first.folder).passed
    again = mcu.verify(first.folder, data=labels)
    assert again.passed
    assert again.page is None

    tight = mcu.verify(first.folder, data=labels, limits=mcu.Limits(most={"arena": 1}))
    assert not tight.passed
    assert repr(tight).startswith("<Report fail: tiny on host; arena is ")
    assert mcu.compare(first, again).passed
    assert not mcu.compare(first, tight).passed
    written = mcu.report([first, tight], "page.html")
    assert [run.verdict for run in written.facts.runs] == ["pass", "fail"]
    assert (here / "page.html").read_text().startswith("<!DOCTYPE html>")
