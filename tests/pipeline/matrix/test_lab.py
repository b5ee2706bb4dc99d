"""Jobs by way of a real Dask scheduler and worker processes on loopback: what dies loses nothing, and no board is held twice."""

from __future__ import annotations

import os
import pty
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("distributed", reason="the extra 'lab' is not installed")

from mcu_toolkit.errors import InputError, ToolError
from mcu_toolkit.pipeline.matrix.jobs import Job
from mcu_toolkit.pipeline.matrix.lab import Lab, check_address
from mcu_toolkit.pipeline.matrix.records import Conditions, JobResult
from tests.pipeline.matrix.fakes import Remembers
from tests.pipeline.matrix.lab import LabHere, lab_here
from tests.pipeline.matrix.sleeping import do_sleeping, sleeping_job


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LabHere]:
    """Two workers that both promise the board, on one machine."""
    folder = tmp_path_factory.mktemp("lab")
    with lab_here(folder) as lab:
        for name in ("one", "two"):
            lab.start_worker(name, resources="nano33ble=1", threads=2, state=folder / "state")
        lab.wait_for("one", "two")
        yield lab


@pytest.fixture
def port() -> Iterator[str]:
    master, own = pty.openpty()
    yield os.ttyname(own)
    os.close(master)
    os.close(own)


class Sees(Remembers):
    """A watch that calls back when a job begins."""

    def __init__(self, began: dict[str, str]) -> None:
        super().__init__()
        self.where = began

    def began(self, job: Job, where: str) -> None:
        self.where[job.cell.model] = where


def run(lab: LabHere, jobs: list[Job]) -> dict[str, JobResult]:
    results = {job.cell.model: result for job, result in Lab(lab.address, do_sleeping).run(jobs, Remembers())}
    assert len(results) == len(jobs)
    return results


def test_every_job_has_its_own_result_and_all_workers_work(here: LabHere, tmp_path: Path) -> None:
    results = run(here, [sleeping_job(tmp_path, f"j{number}", sleep_s=0.2) for number in range(16)])
    assert {name: result.outcome.reasons for name, result in results.items()} == {f"j{number}": (f"j{number}",) for number in range(16)}
    assert {result.outcome.machine for result in results.values()} == {"one", "two"}


def test_a_worker_that_is_killed_in_mid_run_loses_nothing(here: LabHere, tmp_path: Path) -> None:
    here.start_worker("victim", threads=2)
    here.wait_for("victim")
    where: dict[str, str] = {}
    watch = Sees(where)
    jobs = [sleeping_job(tmp_path, f"j{number}", sleep_s=1.0) for number in range(12)]
    results = {}
    for job, result in Lab(here.address, do_sleeping).run(jobs, watch):
        results[job.cell.model] = result
        if here.workers["victim"].poll() is None and "victim" in where.values():
            here.workers["victim"].kill()
            here.workers["victim"].wait()
    assert here.workers["victim"].returncode == -signal.SIGKILL, "it had no job: the test proves nothing"
    assert sorted(results) == sorted(job.cell.model for job in jobs)
    assert {result.outcome.verdict for result in results.values()} == {"pass"}


def overlaps(log: Path) -> list[str]:
    """Where a tool began while another had not ended."""
    lines = [line.split() for line in log.read_text().splitlines()]
    running: list[str] = []
    found = []
    for what, pid in lines:
        if what == "began":
            found += [f"{pid} beside {running}"] if running else []
            running.append(pid)
        else:
            running.remove(pid)
    assert not running
    return found


def test_a_board_that_two_workers_promise_is_never_held_twice(here: LabHere, tmp_path: Path, port: str) -> None:
    log = tmp_path / "flashed"
    conditions = Conditions(ports=(port,), time_limit_s=60, wait_limit_s=60)
    jobs = [
        sleeping_job(tmp_path, f"j{number}", resource="nano33ble", conditions=conditions, flashes=str(log), sleep_s=0.1)
        for number in range(6)
    ]
    results = run(here, jobs)
    assert {result.outcome.verdict for result in results.values()} == {"pass"}
    assert {result.outcome.machine for result in results.values()} == {"one", "two"}
    assert log.read_text().count("began") == 6
    assert overlaps(log) == []


def test_a_retried_job_does_not_flash_while_the_first_still_does(here: LabHere, tmp_path: Path, port: str) -> None:
    log = tmp_path / "flashed"
    here.start_worker("flashes", resources="nano33ble=1", state=here.folder / "state")
    here.wait_for("flashes")
    conditions = Conditions(ports=(port,), time_limit_s=60, wait_limit_s=60)
    jobs = [
        sleeping_job(tmp_path, f"j{number}", resource="nano33ble", conditions=conditions, flashes=str(log), sleep_s=2.0)
        for number in range(3)
    ]
    where: dict[str, str] = {}
    results = {}
    for job, result in Lab(here.address, do_sleeping).run(jobs, Sees(where)):
        results[job.cell.model] = result
        if here.workers["flashes"].poll() is None:
            here.workers["flashes"].kill()  # in its turn, or waiting for one
    assert {result.outcome.verdict for result in results.values()} == {"pass"}
    assert overlaps(log) == []


def test_a_job_whose_board_no_worker_has_ends_in_an_error_in_time(here: LabHere, tmp_path: Path) -> None:
    gone = sleeping_job(tmp_path, "gone", resource="teensy41", conditions=Conditions(time_limit_s=5, wait_limit_s=2))
    begun_s = time.monotonic()
    results = run(here, [gone, sleeping_job(tmp_path, "there")])
    assert time.monotonic() - begun_s < 60
    assert results["there"].outcome.verdict == "pass"
    assert results["gone"].outcome.reasons == ("no worker has the board teensy41",)


def test_a_board_that_is_not_plugged_in_ends_in_an_error_in_time(here: LabHere, tmp_path: Path) -> None:
    conditions = Conditions(ports=(str(tmp_path / "ttyACM9"),), time_limit_s=5, wait_limit_s=1)
    results = run(here, [sleeping_job(tmp_path, "gone", resource="nano33ble", conditions=conditions, flashes=str(tmp_path / "log"))])
    assert "the board is not there" in results["gone"].outcome.reasons[0]
    assert not (tmp_path / "log").exists()


def test_what_fails_on_one_machine_is_done_on_another(here: LabHere, tmp_path: Path) -> None:
    results = run(here, [sleeping_job(tmp_path, f"j{number}", fails_on="one", sleep_s=0.05) for number in range(12)])
    assert {(result.outcome.verdict, result.outcome.machine) for result in results.values()} == {("pass", "two")}


def test_when_the_host_leaves_workers_end_what_they_do(here: LabHere, tmp_path: Path) -> None:
    stopped = tmp_path / "stopped"
    jobs = [sleeping_job(tmp_path, "quick"), sleeping_job(tmp_path, "slow", sleep_s=60, stopped=str(stopped))]
    running = Lab(here.address, do_sleeping).run(jobs, Remembers())
    next(running)
    time.sleep(1)  # for the slow one to begin
    deadline_s = time.monotonic() + 60
    running.close()  # type: ignore[attr-defined]
    while not stopped.exists() and time.monotonic() < deadline_s:
        time.sleep(0.1)
    assert stopped.read_text() in ("one", "two")


@pytest.mark.nightly
def test_a_thousand_jobs_on_eight_workers_of_which_one_fails(tmp_path: Path) -> None:
    names = [f"w{number}" for number in range(8)]
    with lab_here(tmp_path) as lab:
        for name in names:
            lab.start_worker(name)
        lab.wait_for(*names)
        results = run(lab, [sleeping_job(tmp_path, f"j{number}", fails_on="w3", sleep_s=0.02) for number in range(1000)])
    assert {name: result.outcome.reasons for name, result in results.items()} == {f"j{number}": (f"j{number}",) for number in range(1000)}
    assert {result.outcome.machine for result in results.values()} == set(names) - {"w3"}


ADDRESSES = ("tcp://192.0.2.7:8786", "lab:8786", "tcp://[2001:db8::1]:8786")


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_scheduler_on_another_machine_is_spoken_to_with_tls_only(address: str) -> None:
    with pytest.raises(InputError, match="without encryption") as refused:
        check_address(address)
    assert "tls://" in str(refused.value)


@pytest.mark.parametrize("address", ["tls://lab:8786", "127.0.0.1:8786", "localhost:8786", "tcp://[::1]:8786"])
def test_addresses_that_are_taken(address: str) -> None:
    check_address(address)


@pytest.mark.parametrize("address", ["", "lab", "http://lab:8786", "tls://lab", "tls://lab:port", "tcp://[::1", "inproc://x:1"])
def test_addresses_that_are_none(address: str) -> None:
    with pytest.raises(InputError, match="is no address of a Dask scheduler"):
        check_address(address)


def test_a_scheduler_that_is_not_there_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mcu_toolkit.pipeline.matrix.lab._CONNECT_S", 0.5)
    with pytest.raises(ToolError, match="the scheduler cannot be reached"):
        list(Lab("tcp://127.0.0.1:9").run([sleeping_job(tmp_path, "j")], Remembers()))
