"""A plugin of pytest: tests prove models on a board.

def test_model(mcu_board):
    assert mcu_board.verify("kws.tflite").passed

docs/how-to/pytest.md describes it.  pytest loads this module in every run of an environment with the toolkit in it, so that
nothing else is imported before a test asks for the fixture.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from mcu_toolkit.api.given import Data, StrPath
    from mcu_toolkit.boards import Board
    from mcu_toolkit.report import Limits, Report
    from mcu_toolkit.runtimes import RuntimeOptions

_FIXTURE = "mcu_board"
_DEFAULT = "netduinoplus2"


@dataclass(frozen=True)
class BoardUnderTest:
    """The board that the tests of a session run models on."""

    id: str
    board: str
    """As it was asked for: an id, or a .toml file."""
    port: str | None
    """None where the board is emulated, or found by its USB id."""
    folder: Path
    """For firmware, from one session to the next: what is up to date is not built again."""

    def verify(
        self,
        model: StrPath,
        *,
        data: Data | None = None,
        random: int | None = None,
        seed: int = 0,
        samples: int | None = None,
        keras: StrPath | None = None,
        runtime: str | None = None,
        options: RuntimeOptions | None = None,
        limits: Limits | None = None,
    ) -> Report:
        """Put firmware with the .tflite `model` onto the board, where it is not there already, and compare all outputs with TFLM's.

        The arguments are those of `mcu_toolkit.deploy`; the report is printed, so that pytest shows it where the test fails.
        """
        from mcu_toolkit.api.chain import deploy

        return _shown(
            deploy(
                model,
                board=self.board,
                port=self.port,
                output=self._output(model),
                data=data,
                random=random,
                seed=seed,
                samples=samples,
                keras=keras,
                runtime=runtime,
                options=options,
                limits=limits,
            )
        )

    def bench(
        self,
        model: StrPath,
        *,
        data: Data | None = None,
        random: int | None = None,
        seed: int = 0,
        runtime: str | None = None,
        options: RuntimeOptions | None = None,
        limits: Limits | None = None,
        baseline: StrPath | None = None,
        fail_on: str | None = None,
    ) -> Report:
        """The same, and measure what an inference costs there; the arguments are those of `mcu_toolkit.bench`."""
        from mcu_toolkit.api.chain import bench

        return _shown(
            bench(
                model,
                board=self.board,
                port=self.port,
                output=self._output(model),
                data=data,
                random=random,
                seed=seed,
                runtime=runtime,
                options=options,
                limits=limits,
                baseline=baseline,
                fail_on=fail_on,
            )
        )

    def _output(self, model: StrPath) -> Path:
        """A folder for each model, by where its file is: two may have one name."""
        return self.folder / f"{self.id}-{hashlib.sha256(os.fsencode(Path(model).resolve())).hexdigest()[:16]}"


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options of the command line, and their defaults in pytest's settings."""
    group = parser.getgroup("mcu", "models on microcontrollers (mcu_toolkit)")
    group.addoption(
        "--mcu-board",
        action="append",
        metavar="BOARD",
        help=f"Board id or .toml file for the fixture {_FIXTURE}; several run its tests on each.  A board that is named must be there.",
    )
    group.addoption("--mcu-port", metavar="PORT", help="Serial port of a real board; default: by its USB id.")
    parser.addini("mcu_board", f"board id or .toml file for the fixture {_FIXTURE}; its tests are skipped without it", default=_DEFAULT)
    parser.addini("mcu_port", "serial port of that board", default="")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """With several boards each test runs on each."""
    boards = metafunc.config.getoption("mcu_board") or []
    if _FIXTURE in metafunc.fixturenames and len(boards) > 1:
        metafunc.parametrize(_FIXTURE, list(dict.fromkeys(boards)), indirect=True, scope="session")


@pytest.fixture(scope="session")
def mcu_board(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[BoardUnderTest]:
    """The board of `--mcu-board`, else of `mcu_board` in pytest's settings: an emulated one, which starts when it is needed.

    A board that nobody named on the command line, and that cannot be used here, skips the test with the reason.
    """
    from mcu_toolkit.boards import load_board
    from mcu_toolkit.errors import McuError

    config = request.config
    named = config.getoption("mcu_board")
    wanted = getattr(request, "param", None) or (named[0] if named else config.getini("mcu_board"))
    port = config.getoption("mcu_port") or config.getini("mcu_port") or None
    try:
        board = load_board(wanted)
        _require(board, port)
    except McuError as error:
        if named:
            pytest.fail(f"--mcu-board {wanted}: {error}", pytrace=False)
        pytest.skip(f"no board to run on: {error}")
    cache = getattr(config, "cache", None)
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    folder = tmp_path_factory.mktemp("mcu") if cache is None else Path(cache.mkdir(f"mcu-{worker}"))
    with _own_emulators(wanted) if board.is_emulated else nullcontext():
        yield BoardUnderTest(board.id, wanted, port, folder)


def _require(board: Board, port: str | None) -> None:
    """Raise a McuError where the board cannot be used here: a tool is missing, or a real one is not plugged in."""
    from mcu_toolkit.build import require_tools
    from mcu_toolkit.pipeline.proof.device import port_of, refuse_other_port

    require_tools(board)
    refuse_other_port(board, port)
    if not board.is_emulated:
        port_of(board, port)


@contextmanager
def _own_emulators(wanted: str) -> Iterator[None]:
    """Emulated boards of this process alone, so that sessions side by side do not meet; they end with it."""
    from mcu_toolkit.boards import custom_board_file
    from mcu_toolkit.boards.trust import trust_file
    from mcu_toolkit.device import running_emulators
    from mcu_toolkit.system.user_folders import STATE_VARIABLE

    before = os.environ.get(STATE_VARIABLE)
    folder = tempfile.mkdtemp(prefix="mcu-")  # short: the paths of Unix sockets are
    os.environ[STATE_VARIABLE] = folder
    try:
        own = custom_board_file(wanted)
        if own is not None:  # it was loaded, so the user trusts it: that is written in the folder of before
            trust_file(own)
        yield
    finally:
        for emulator in running_emulators():
            emulator.stop()
        shutil.rmtree(folder, ignore_errors=True)
        os.environ.pop(STATE_VARIABLE)
        if before is not None:
            os.environ[STATE_VARIABLE] = before


def _shown(report: Report) -> Report:
    from mcu_toolkit.report import to_summary

    print(to_summary(report))
    return report
