"""No network unless a step needs it; when it does that is said, and `--offline` says no."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from mcu_toolkit.build import core_dir, libraries
from mcu_toolkit.system import network
from tests.cli.running import Outcome, mcu

# Every Python below `mcu` (PlatformIO, SCons) writes down whom it looks up and where it connects to.
_RECORDER = """
import os, socket
def _record(what):
    with open(os.environ["RECORD"], "a") as stream:
        stream.write(f"{what}\\n")
_look_up, _connect = socket.getaddrinfo, socket.socket.connect
def getaddrinfo(host, *more, **named):
    _record(f"look-up {host}")
    return _look_up(host, *more, **named)
class Socket(socket.socket):
    def connect(self, address):
        if self.family != socket.AF_UNIX:
            _record(f"connection {address}")
        return super().connect(address)
    def connect_ex(self, address):
        if self.family != socket.AF_UNIX:
            _record(f"connection {address}")
        return super().connect_ex(address)
socket.getaddrinfo, socket.socket = getaddrinfo, Socket
"""


@pytest.fixture
def fresh(here: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine on which `mcu` was never run; returns the file with every use of the network."""
    (here / "planted").mkdir()
    (here / "planted/sitecustomize.py").write_text(_RECORDER)
    monkeypatch.setenv("PYTHONPATH", str(here / "planted"))
    monkeypatch.setenv("RECORD", str(here / "record"))
    monkeypatch.setenv("MCU_CACHE_DIR", str(here / "cache"))
    monkeypatch.setenv("HOME", str(here / "home"))
    monkeypatch.delenv("PLATFORMIO_CORE_DIR", raising=False)
    return here / "record"


def recorded(record: Path) -> str:
    return record.read_text() if record.exists() else ""


def test_the_recorder_records(fresh: Path, here: Path) -> None:
    """Asked for what does need a network: `doctor` looks whether the registry answers, and says so."""
    outcome = mcu("doctor")
    assert "look-up api.registry.platformio.org" in recorded(fresh)
    assert "network: asking PlatformIO's registry, api.registry.platformio.org\n" in outcome.stderr


@pytest.mark.slow
def test_a_first_deployment_on_an_emulated_board_looks_nothing_up(tiny: Path, fresh: Path) -> None:
    outcome = mcu("deploy", tiny, "--board", "host", "-o", "out", "--random", "2")
    assert outcome.exit_code == 0, outcome.stderr
    assert recorded(fresh) == ""
    assert "network:" not in outcome.stderr


def test_it_works_where_there_is_no_network_at_all(tiny: Path, fresh: Path) -> None:
    prefix = ("unshare", "--user", "--map-root-user", "--net")
    if shutil.which("unshare") is None or subprocess.run([*prefix, "true"], capture_output=True, check=False).returncode != 0:
        pytest.skip("no network namespaces here")
    outcome = mcu("build", _generated(tiny), prefix=prefix)
    assert outcome.exit_code == 0, outcome.stderr


def _generated(tiny: Path) -> str:
    assert mcu("generate", tiny, "--board", "host", "-o", "p").exit_code == 0
    return "p"


@pytest.mark.parametrize("words", [("--offline", "doctor"), ("doctor", "--offline")])
def test_offline_is_obeyed_wherever_it_stands(words: tuple[str, ...], fresh: Path) -> None:
    outcome = mcu(*words)
    assert "PlatformIO registry     is not asked (--offline)" in outcome.stdout
    assert (recorded(fresh), "network:" in outcome.stderr) == ("", False)


def test_the_environment_says_it_as_well_and_help_explains_it(fresh: Path) -> None:
    assert "PlatformIO registry     is not asked (--offline)" in mcu("doctor", env={"MCU_OFFLINE": "1"}).stdout
    assert recorded(fresh) == ""
    assert "--offline" in mcu("--help").stdout


def test_a_platform_that_would_have_to_be_fetched_is_refused_offline(tiny: Path, fresh: Path) -> None:
    outcome = _build_for("nucleo_f446re", tiny)
    assert (outcome.exit_code, recorded(fresh)) == (3, "")
    assert "PlatformIO platform 'ststm32@^19.0.0' is not installed and PlatformIO's registry is not asked (--offline)" in outcome.error


def _build_for(board: str, tiny: Path) -> Outcome:
    assert mcu("generate", tiny, "--board", board, "--runtime", "aot", "-o", "p", "--offline").exit_code == 0
    return mcu("build", "p", "--offline")


def test_programs_that_we_run_get_a_dead_proxy_offline_and_nothing_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(network.OFFLINE_VARIABLE, raising=False)
    assert network.environment() == {}
    monkeypatch.setenv(network.OFFLINE_VARIABLE, "1")
    assert network.environment()["https_proxy"] == "http://127.0.0.1:9"
    assert network.environment()["no_proxy"] == ""


def test_offline_neither_the_registry_nor_another_host_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    def asked(*_: object) -> None:
        raise AssertionError("it was asked")

    monkeypatch.setenv(network.OFFLINE_VARIABLE, "1")
    monkeypatch.setattr(core_dir, "_ask_registry", asked)
    monkeypatch.setattr(libraries, "_connect", asked)
    core_dir.registry_answers.cache_clear()
    assert not core_dir.registry_answers()
    core_dir.registry_answers.cache_clear()
    assert not libraries._answers("https://example.org/library.git")


def test_each_use_is_said_once_before_it_begins(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    monkeypatch.setattr(network, "_listeners", [said.append])
    monkeypatch.setattr(network, "_said", set())
    network.about_to_use("fetching x")
    network.about_to_use("fetching x")
    network.about_to_use("fetching y")
    assert said == ["network: fetching x", "network: fetching y"]
