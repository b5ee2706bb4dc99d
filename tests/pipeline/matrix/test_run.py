"""A matrix as a whole, with jobs that build nothing: what is kept, what is done again, what one failure does to the rest."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as Xml

import numpy as np
import pytest

from mcu_toolkit.errors import InputError, UnknownNameError
from mcu_toolkit.pipeline.matrix.jobs import Job, Watch
from mcu_toolkit.pipeline.matrix.local import Local
from mcu_toolkit.pipeline.matrix.plan import MatrixRequest
from mcu_toolkit.pipeline.matrix.records import JobResult, MatrixResult, Outcome
from mcu_toolkit.pipeline.matrix.run import exit_code_of, run_matrix
from mcu_toolkit.pipeline.workspace.progress import Silent
from mcu_toolkit.runtimes.base import RuntimeOptions
from tests.pipeline.matrix.fakes import Remembers, Works, passed, request


@pytest.fixture(autouse=True)
def own_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MCU_STATE_DIR", str(tmp_path / "state"))


def run(asked: MatrixRequest, works: Works, count: int = 1, *, force: bool = False) -> MatrixResult:
    return run_matrix(asked, Local(count, works), Silent(), Remembers(), force=force).facts


def test_every_cell_is_done_once_and_known_afterwards(tmp_path: Path) -> None:
    asked = request(tmp_path, boards=("host", "netduinoplus2"), flags={"fast": RuntimeOptions(optimize="speed"), "": RuntimeOptions()})
    works = Works()
    first = run(asked, works, count=3)
    assert sorted(works.done) == sorted([(f"{m}.tflite", b) for m in "ab" for b in ("host", "netduinoplus2")] * 2)
    assert (len(first.rows), first.passed, first.kept) == (8, 8, 0)
    again = run(asked, works)
    assert len(works.done) == 8
    assert (again.passed, again.kept) == (8, 8)
    assert [row.cell for row in again.rows] == [row.cell for row in first.rows], "in the order of the axes, not in that of the ends"
    run(asked, works, force=True)
    assert len(works.done) == 16


def test_what_a_result_depends_on_decides_whether_it_is_known(tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", np.zeros((3, 6), np.int8))
    asked = request(tmp_path, models=(tmp_path / "a.tflite",), data=tmp_path / "x.npy")
    works = Works()
    run(asked, works)
    changed = [
        replace(asked, seed=1),
        replace(asked, samples=2),
        replace(asked, flags={"": RuntimeOptions(optimize="size")}),
        replace(asked, boards=("netduinoplus2",)),
        replace(asked, data=None, random=3),
    ]
    for number, other in enumerate(changed, 2):
        run(other, works)
        assert len(works.done) == number, other
    for same in (asked, *changed, replace(asked, time_limit_s=5), replace(asked, ports={"nano33ble": ("/dev/x",)})):
        run(same, works)
    assert len(works.done) == 6
    np.save(tmp_path / "x.npy", np.ones((3, 6), np.int8))
    run(asked, works)
    (tmp_path / "a.tflite").write_bytes((tmp_path / "b.tflite").read_bytes())
    run(asked, works)
    assert len(works.done) == 8


def test_one_failure_does_not_stop_the_rest_and_an_error_is_tried_again(tmp_path: Path) -> None:
    asked = request(tmp_path)
    works = Works({"a.tflite": JobResult(Outcome("error", ("no compiler",)))})
    found = run(asked, works)
    assert [row.outcome.verdict for row in found.rows] == ["error", "pass"]
    assert exit_code_of(found) == 3
    assert [row.outcome.verdict for row in run(asked, works).rows] == ["error", "pass"]
    assert works.done == [("a.tflite", "host"), ("b.tflite", "host"), ("a.tflite", "host")]
    works.answers = {"a.tflite": JobResult(Outcome("fail", ("does not fit",)))}
    assert exit_code_of(run(asked, works)) == 1
    assert run(asked, works).kept == 2, "that it does not fit is known"


def test_a_result_that_is_damaged_is_made_again(tmp_path: Path) -> None:
    asked = request(tmp_path)
    works = Works()
    run(asked, works)
    outcome, report = sorted((tmp_path / "out/results").glob("*"))[:2]
    assert report.name == f"{outcome.stem}.report.json"
    outcome.write_text("{")
    run(asked, works)
    report.unlink()
    run(asked, works)
    assert len(works.done) == 4


def test_a_run_that_is_broken_off_goes_on_where_it_was(tmp_path: Path) -> None:
    class BrokenOff:
        """Ctrl-C after the first result."""

        def run(self, jobs: Sequence[Job], watch: Watch) -> Iterator[tuple[Job, JobResult]]:
            yield jobs[0], passed()
            raise KeyboardInterrupt

    asked = request(tmp_path)
    with pytest.raises(KeyboardInterrupt):
        run_matrix(asked, BrokenOff(), Silent(), Remembers())
    works = Works()
    assert run(asked, works).kept == 1
    assert works.done == [("b.tflite", "host")]


def test_a_real_board_is_in_one_job_at_a_time_and_others_go_on(tmp_path: Path) -> None:
    busy: list[str] = []
    most: dict[str, int] = {}
    lock = threading.Lock()

    def hold(spec: object) -> None:
        board = spec.board  # type: ignore[attr-defined]
        with lock:
            busy.append(board)
            most[board] = max(most.get(board, 0), busy.count(board))
        time.sleep(0.05)
        with lock:
            busy.remove(board)

    boards = ("nano33ble", "teensy41", "host")
    flags = {name: RuntimeOptions(max_arena_bytes=number) for number, name in enumerate("xyz", 1)}
    ports = {"teensy41": ("/dev/ttyACM1", "socket://127.0.0.1:9")}
    works = Works(meanwhile=hold)
    found = run(request(tmp_path, boards=boards, flags=flags, ports=ports), works, count=6)
    assert found.passed == 18
    assert most["nano33ble"] == 1, "one board, wherever it is"
    assert most["teensy41"] <= 2, "two ports"
    assert works.done[0][1] != works.done[1][1] or works.done[1][1] != works.done[2][1], "no job waits where another could run"


def test_cells_of_the_same_job_are_done_once(tmp_path: Path) -> None:
    works = Works()
    found = run(request(tmp_path, flags={"": RuntimeOptions(), "same": RuntimeOptions()}), works)
    assert (len(found.rows), len(works.done)) == (4, 2)


def test_every_form_of_the_report_has_every_cell(tmp_path: Path) -> None:
    works = Works({"a.tflite": passed(flash_bytes=9, accuracy=0.5), "b.tflite": JobResult(Outcome("unsupported", ("no CONV_9D",)))})
    found = run(request(tmp_path), works)
    out = tmp_path / "out"
    assert {Path(name).name for name in found.files} == {"report.html", "report.md", "junit.xml", "matrix.json"}
    rows = json.loads((out / "matrix.json").read_text())["rows"]
    assert [(row["model"], row["verdict"], row["figures"]["flash_bytes"]) for row in rows] == [("a", "pass", 9), ("b", "unsupported", None)]
    assert (out / rows[0]["report"]).is_file()
    for name in ("report.html", "report.md"):
        assert "no CONV\\_9D" in (out / name).read_text() or "no CONV_9D" in (out / name).read_text()
    suites = Xml.parse(out / "junit.xml").getroot()
    assert {case.get("name"): case.find("failure") is not None for case in suites.iter("testcase")} == {
        "verdict": True,
        "a, host, aot": False,
        "b, host, aot": True,
    }


def test_a_set_of_options_that_a_runtime_does_not_take_is_unsupported_there(tmp_path: Path) -> None:
    flags = {"arena": RuntimeOptions(max_arena_bytes=9000), "reference": RuntimeOptions(kernels="reference")}
    asked = request(tmp_path, models=(tmp_path / "a.tflite",), runtimes=("aot", "tflm"), flags=flags, tflm_library=str(tmp_path / "none"))
    works = Works()
    found = {(row.cell.flags, row.cell.runtime): row.outcome for row in run(asked, works).rows}
    assert found["arena", "aot"].verdict == "pass"
    assert found["arena", "tflm"].verdict == found["reference", "aot"].verdict == "unsupported"
    assert found["reference", "aot"].reasons == ("reference: --kernels is an option of the tflm runtime",)
    assert "none" in found["reference", "tflm"].reasons[0], "the library goes to the runtime that takes one"


def test_a_float_model_without_data_fails_alone(tmp_path: Path) -> None:
    (tmp_path / "f.keras").write_bytes(b"a float model")
    works = Works()
    asked = request(tmp_path)
    found = run(replace(asked, models=(*asked.models, tmp_path / "f.keras")), works)
    assert [row.outcome.verdict for row in found.rows] == ["pass", "pass", "error"]
    assert "no data to quantize it with" in found.rows[-1].outcome.reasons[0]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"models": ()}, "nothing to do"),
        ({"boards": ("nosuch",)}, "unknown board"),
        ({"runtimes": ("nosuch",)}, "unknown runtime"),
        ({"schemes": ("int7",)}, "unknown quantization scheme"),
        ({"models": (Path("absent.tflite"),)}, "model not found"),
        ({"data": Path("absent.npz")}, "data file not found"),
        ({"data_of": {"c": Path("x.npy")}}, "data of the model 'c', which is not in the matrix"),
        ({"ports": {"nosuch": ("/dev/ttyACM0",)}}, "unknown board"),
        ({"ports": {"nano33ble": ("rfc2217://lab",)}}, "machine and number of the port"),
        ({"ports": {"host": ("/dev/ttyACM0",)}}, "has its own serial port"),
        ({"excluded": ({"board": "host"},)}, "every cell of the matrix is left out"),
    ],
)
def test_what_makes_no_sense_is_refused_before_anything_runs(options: dict[str, object], message: str, tmp_path: Path) -> None:
    works = Works()
    with pytest.raises((InputError, UnknownNameError), match=message):
        run(request(tmp_path, **options), works)
    assert not works.done
    assert {path.name for path in (tmp_path / "out").glob("*")} <= {".gitignore"}
