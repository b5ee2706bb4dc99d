"""A job's own process: whatever becomes of it is one outcome, and nothing of it stays."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from mcu_toolkit.pipeline.matrix import execute as execute_module
from mcu_toolkit.pipeline.matrix.execute import execute
from mcu_toolkit.pipeline.matrix.records import Conditions, FileRef, JobResult, JobSpec
from mcu_toolkit.report import Limits
from mcu_toolkit.runtimes.base import RuntimeOptions

SPEC = JobSpec(FileRef("m.tflite", "hash"), "host", None, "aot", RuntimeOptions(), None, 1, 0, None, Limits())


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MCU_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def child(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file that is run in the place of the job's process."""
    monkeypatch.setattr(execute_module, "_CHILD", tmp_path / "child.py")
    monkeypatch.setattr(execute_module, "_MARGIN_S", 0.0)
    return tmp_path / "child.py"


def run(time_limit_s: float = 60.0, stop: threading.Event | None = None) -> tuple[JobResult, list[str]]:
    told: list[str] = []
    return execute(SPEC, Conditions(time_limit_s=time_limit_s), {"hash": b"model"}, told.append, stop), told


def test_a_process_that_is_killed_is_an_error_with_what_it_said_last(child: Path, cache: Path) -> None:
    child.write_text("import os\nprint('\\x1ebuilding', flush=True)\nprint('about to crash', flush=True)\nos.kill(os.getpid(), 9)\n")
    result, told = run()
    assert told == ["building"]
    assert result.outcome.verdict == "error"
    assert result.outcome.reasons == ("the job's process ended with exit code -9 and without a result; it said last:\n    about to crash",)
    assert not list((cache / "jobs").iterdir())


def test_a_process_that_does_not_end_is_ended(child: Path, cache: Path) -> None:
    child.write_text("import time\ntime.sleep(600)\n")
    begun_s = time.monotonic()
    result, _ = run(time_limit_s=1.0)
    assert time.monotonic() - begun_s < 30
    assert result.outcome.reasons == ("host: the job did not end within 1 s",)
    assert not list((cache / "jobs").iterdir())


def test_a_job_can_be_stopped_from_another_thread(child: Path, cache: Path) -> None:
    child.write_text("import time\nprint('\\x1ebegun', flush=True)\ntime.sleep(600)\n")
    stop = threading.Event()
    told: list[str] = []
    results: list[JobResult] = []
    thread = threading.Thread(target=lambda: results.append(execute(SPEC, Conditions(), {"hash": b""}, told.append, stop)))
    thread.start()
    while not told:
        time.sleep(0.02)
    stop.set()
    thread.join(30)
    assert not thread.is_alive()
    assert results[0].outcome.verdict == "error"
    assert not list((cache / "jobs").iterdir())


def test_what_a_killed_machine_left_is_removed_by_the_next_job(child: Path, cache: Path) -> None:
    child.write_text("")
    code = (
        "import os\nfrom mcu_toolkit.pipeline.matrix.folder import job_folder\n"
        "with job_folder() as folder:\n    (folder / 'large').write_bytes(bytes(1000))\n    os.kill(os.getpid(), 9)\n"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == -signal.SIGKILL
    assert len(list((cache / "jobs").glob("*/large"))) == 1
    run()
    assert not list((cache / "jobs").iterdir())


def test_a_running_job_keeps_its_folder_while_another_begins(child: Path, cache: Path) -> None:
    child.write_text("import os, sys\nprint(os.listdir('..'), flush=True)\nassert len(os.listdir('..')) == 2\n")
    held = "with job_folder():\n    print('in', flush=True)\n    sys.stdin.read()\n"
    code = f"import sys\nfrom mcu_toolkit.pipeline.matrix.folder import job_folder\n{held}"
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=os.environ) as other:
        assert other.stdout is not None
        other.stdout.readline()
        result, _ = run()
        assert "exit code 0" in result.outcome.reasons[0]
        other.communicate()


def test_a_name_that_leads_out_of_the_folder_is_refused(child: Path, cache: Path) -> None:
    child.write_text("")
    spec = JobSpec(FileRef("../../m.tflite", "hash"), "host", None, "aot", RuntimeOptions(), None, 1, 0, None, Limits())
    outcome = execute(spec, Conditions(), {"hash": b""}, print).outcome
    assert outcome.verdict == "error"
    assert not list(cache.rglob("m.tflite"))
