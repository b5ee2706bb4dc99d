"""Deploying a Keras model quantizes it first, in the way that the runtime's library can run, and says so."""

from __future__ import annotations

from pathlib import Path

import pytest

from mcu_toolkit.artifacts import FirmwareProject
from mcu_toolkit.boards import load_board
from mcu_toolkit.errors import UnsupportedModelError
from mcu_toolkit.firmware import generate_project
from mcu_toolkit.model import parse_model, read_model
from mcu_toolkit.pipeline.firmware import check_fetched_library
from mcu_toolkit.pipeline.float_model import FloatRequest, quantize_first
from mcu_toolkit.pipeline.workspace.inputs import is_float_model
from mcu_toolkit.pipeline.workspace.progress import Silent
from mcu_toolkit.runtimes.base import RuntimeOptions
from mcu_toolkit.runtimes.tflm import TflmRuntime
from tests.runtimes.tflm.stub_library import write_library
from tests.runtimes.tflm.test_rules import per_channel_dense
from tests.small_models import fully_connected


class Notes(Silent):
    def __init__(self) -> None:
        self.texts: list[str] = []

    def note(self, text: str) -> None:
        self.texts.append(text)


@pytest.mark.slow
@pytest.mark.parametrize(("age", "per_channel"), [("2023", False), ("2026", True)])
def test_the_converter_option_follows_from_the_library(digits_folder: Path, tmp_path: Path, age: str, per_channel: bool) -> None:
    library = write_library(tmp_path / "library", age)  # type: ignore[arg-type]
    notes = Notes()
    request = FloatRequest(
        digits_folder / "model.keras", digits_folder / "data.npz", "netduinoplus2", "tflm", RuntimeOptions(str(library)), tmp_path / "out"
    )
    tflite, folder = quantize_first(request, notes)
    assert folder == tmp_path / "out"
    model = read_model(tflite)
    [dense] = [op for op in model.main.ops if op.name == "FULLY_CONNECTED"]
    weights = model.main.tensors[dense.inputs[1]].quantization
    assert weights is not None
    assert weights.per_channel == per_channel
    assert any("one weight scale each" in text for text in notes.texts) == (not per_channel)
    assert TflmRuntime(str(library)).check(model, load_board("netduinoplus2")) == []


def test_float_models_are_told_by_name_and_content(tmp_path: Path) -> None:
    (tmp_path / "saved").mkdir()
    (tmp_path / "saved/saved_model.pb").write_bytes(b"")
    assert is_float_model(Path("x.keras"))
    assert is_float_model(tmp_path / "saved")
    assert not is_float_model(Path("x.tflite"))
    assert not is_float_model(tmp_path)


def fetched(folder: Path, content_is_per_channel: bool, age: str) -> FirmwareProject:
    """A project for a library nothing was known of, after PlatformIO has fetched it."""
    model = per_channel_dense() if content_is_per_channel else parse_model(fully_connected(), "m")
    project = generate_project([model], load_board("netduinoplus2"), TflmRuntime("someone/Other@1.0"), folder)
    write_library(folder / ".pio/libdeps/netduinoplus2/Other", age)  # type: ignore[arg-type]
    return project


def test_a_library_that_was_unknown_is_looked_at_once_it_was_fetched(tmp_path: Path) -> None:
    with pytest.raises(UnsupportedModelError, match=r"fetched cannot run(.|\n)*one weight scale a channel(.|\n)*library Other"):
        check_fetched_library(fetched(tmp_path / "a", True, "2023"))
    check_fetched_library(fetched(tmp_path / "b", True, "2026"))
    check_fetched_library(fetched(tmp_path / "c", False, "2023"))
