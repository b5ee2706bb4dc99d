"""Every file of examples/ runs as it stands."""

from __future__ import annotations

import json
import os
import re
import runpy
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests import small_models
from tests.distributions import ROOT
from tests.emulated import own_boards

EXAMPLES = ROOT / "examples"
NOTEBOOK = EXAMPLES / "walkthrough.ipynb"


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "model.tflite").write_bytes(small_models.fully_connected())
    with own_boards(monkeypatch):
        yield tmp_path


def main_of(name: str) -> Callable[..., int]:
    main: Callable[..., int] = runpy.run_path(str(EXAMPLES / name), run_name="example")["main"]
    return main


def test_every_example_is_run_by_a_test() -> None:
    source = Path(__file__).read_text(encoding="utf-8")
    found = {path.name for path in EXAMPLES.iterdir() if path.suffix in (".py", ".ipynb")}
    assert len(found) >= 5
    assert not [name for name in found if f'"{name}"' not in source]


def test_fits_lists_boards(capsys: pytest.CaptureFixture[str]) -> None:
    assert main_of("fits.py")("model.tflite") == 0
    assert re.search(r"^netduinoplus2 +flash +[\d,]+ B, RAM +[\d,]+ B, ", capsys.readouterr().out, re.MULTILINE)


@pytest.mark.slow
def test_the_gate_keeps_a_baseline_and_finds_what_is_worse(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main = main_of("gate.py")
    assert main("model.tflite") == 0
    assert "baseline.json is the baseline from now on" in capsys.readouterr().out
    assert main("model.tflite") == 0
    better = json.loads((here / "baseline.json").read_text())
    better["ram_bytes"] -= 8
    (here / "baseline.json").write_text(json.dumps(better))
    assert main("model.tflite") == 1
    assert "<Report fail: model on host; ram" in capsys.readouterr().out


@pytest.mark.slow
def test_who_disagrees_says_how_far(capsys: pytest.CaptureFixture[str]) -> None:
    assert main_of("who_disagrees.py")("model.tflite") == 0
    assert re.match(r"\d+ of 100 inputs are answered differently\n(input \d+: \d+\.\d{6} apart\n){5}", capsys.readouterr().out)


@pytest.mark.slow
def test_the_tests_of_a_model_pass(here: Path) -> None:
    (here / "pytest.ini").write_text("[pytest]\n")
    words = ["-p", "mcu_toolkit.pytest_plugin", "-c", "pytest.ini", "--mcu-board", "host", EXAMPLES / "test_on_board.py"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *words],
        env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False, timeout=400,
    )  # fmt: skip
    assert "2 passed" in done.stdout, done.stdout + done.stderr


def cells() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]
    return found


def test_the_notebook_is_kept_without_outputs() -> None:
    code = [cell for cell in cells() if cell["cell_type"] == "code"]
    assert len(code) > 10
    assert not [cell["id"] for cell in code if cell["outputs"] or cell["execution_count"] is not None]


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_the_notebook_runs_and_its_results_show_themselves(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a Jupyter kernel: two trainings, conversions, and firmware on an emulated board."""
    pytest.importorskip("ipykernel")
    nbformat, nbclient = pytest.importorskip("nbformat"), pytest.importorskip("nbclient")
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("HOME", str(here))  # the kernel's own files
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    nbclient.NotebookClient(notebook, timeout=900, kernel_name="python3", resources={"metadata": {"path": str(here)}}).execute()
    shown = ["".join(output.get("data", {}).get("text/html", "") for output in cell.get("outputs", ())) for cell in notebook.cells]
    assert sum('class="mcu-result' in text for text in shown) >= 8
    report = next(text for text in shown if "shapes on netduinoplus2" in text)
    assert ">pass</b>" in report
    assert re.search(r"device and tflm are byte-equal in \d+ samples", report)
    line = next(text for text in shown if "prediction for 10" in text)
    assert 18 < float(re.findall(r"tflm +(\d+\.\d+)", line)[0]) < 20
    assert (here / "report.html").is_file()
