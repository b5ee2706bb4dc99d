"""Labels that are not as many as the outputs' values: said, not refused."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

import pytest

from mcu_toolkit.artifacts.contract import InputContract, with_contract
from mcu_toolkit.artifacts.preprocessing import Preprocessing
from tests.cli.in_process import mcu_here
from tests.small_models import fully_connected


def labelled(count: int) -> bytes:
    return with_contract(fully_connected(), InputContract(preprocessing=Preprocessing(labels=tuple(f"c{n}" for n in range(count)))))


def with_files(**files: str) -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as writer:
        for name, text in files.items():
            writer.writestr(f"{name}.txt", text)
    return fully_connected() + archive.getvalue()


FEW = "the model names 3 classes, and the outputs have 4 values: names may be missing or wrong"
IN_FILE = "the model's file labels.txt names 2 classes, and the outputs have 4 values: names may be missing or wrong"
CASES = {
    "too few": (labelled(3), [FEW]),
    "too many": (labelled(5), [FEW.replace("3", "5")]),
    "as many": (labelled(4), []),
    "none": (fully_connected(), []),
    "a file of others": (with_files(labels="a\nb\n"), [IN_FILE]),
    "a file of as many": (with_files(labels="a\nb\nc\nd\n"), []),
    "another file": (with_files(vocabulary="a\nb\n"), []),
}


@pytest.mark.parametrize("case", CASES)
def test_inspect_and_generate_note_labels_that_cannot_be_the_outputs(case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    content, notes = CASES[case]
    Path("m.tflite").write_bytes(content)
    inspected = mcu_here("inspect", "m.tflite", "--json", "r.json")
    generated = mcu_here("generate", "m.tflite", "--app", "--board", "host", "-o", "p")
    for outcome in (inspected, generated):
        assert outcome.exit_code == 0, outcome.stderr
        text = " ".join(outcome.stdout.split())
        assert [note for note in notes if f"note: {note}" not in text] == []
        assert text.count(" classes, and the outputs have ") == len(notes)
    assert json.loads(Path("r.json").read_text())["notes"] == notes
