# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Puts an image into an emulated board: what `pio run -t upload` calls.

    python flash.py BOARD.json IMAGE.elf

Checks the image, stops the running emulator of this board, and starts a new one behind the same serial port link.
Standard library only; prints the port.  Exit code 1 with a message if it fails.
"""

from __future__ import annotations

import json
import os
import shlex
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from image import Machine, Memory, check_image
from kinds import kind_of, require_program
from state import Config, EmulatorError, FileLock, base_folder, log_tail, request

_START_TIMEOUT_S = 30.0
_STOP_TIMEOUT_S = 3.0


def flash(board_file: Path, image: Path) -> Path:
    """Run `image` on the board described in `board_file`; returns the path of its serial port.

    Raises EmulatorError: the image is not for this board, the emulator is missing or does not start.
    """
    board: dict[str, Any] = json.loads(board_file.read_text())["mcu_toolkit"]
    memories = tuple(Memory(name, board[name]["origin"], board[name]["length_bytes"]) for name in ("flash", "ram"))
    check_image(image, Machine(**board["machine"]), memories)
    emulator = dict(board["emulator"])
    debian_package = emulator.pop("debian_package")
    own_arguments = emulator.pop("extra_arguments")
    arguments = (*own_arguments, *shlex.split(os.environ.get("MCU_QEMU_ARGUMENTS", "")))
    config = Config(board=board["id"], extra_arguments=arguments, **emulator)
    images = _images(config, image)
    require_program(config, debian_package)
    folder = base_folder() / config.board
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _require_own(folder)
        return _replace_running(folder, config, images)
    except OSError as error:
        raise EmulatorError(f"{folder}: {error.strerror}; set MCU_STATE_DIR to a folder that can be written") from None


def _images(config: Config, elf: Path) -> dict[str, Path]:
    """The files to flash, by their names in the state folder: the ELF file, and what the build has made of it."""
    images = {name: elf if name == "image.elf" else elf.with_suffix(Path(name).suffix) for name in kind_of(config).images}
    for path in images.values():
        if not path.is_file():
            raise EmulatorError(f"{path}: is missing; remove {elf.name} there, if it exists, and build with `pio run`")
    return images


def _require_own(folder: Path) -> None:
    """Images in `folder` are run, so nobody else may write there: refuse a link and a folder of another user, close it for others."""
    facts = folder.lstat()
    if not stat.S_ISDIR(facts.st_mode) or facts.st_uid != os.geteuid():
        raise EmulatorError(f"{folder}: is a link or belongs to another user; remove it, or set MCU_STATE_DIR to a folder of your own")
    if facts.st_mode & 0o077:
        folder.chmod(0o700)


def _replace_running(folder: Path, config: Config, images: dict[str, Path]) -> Path:
    """Only one flash.py at a time gets here for a board."""
    turn = FileLock(folder / "flash.lock")
    if not turn.acquire(_START_TIMEOUT_S):
        raise EmulatorError(f"{folder}: somebody else has been flashing this board for {_START_TIMEOUT_S:g} s")
    try:
        _stop(folder)
        _store(folder, "config.json", config.to_json().encode())
        for name, path in images.items():
            _store(folder, name, path.read_bytes(), mode=0o700)
        _start(folder)
    finally:
        turn.release()
    return folder / "tty"


def _stop(folder: Path) -> None:
    """End the running bridge, politely first; a bridge is running exactly if its lock is taken."""
    request(folder, "stop", timeout_s=_STOP_TIMEOUT_S)
    lock = FileLock(folder / "lock")
    try:
        if not lock.acquire(_STOP_TIMEOUT_S):
            os.kill(int((folder / "pid").read_text()), signal.SIGKILL)
            if not lock.acquire(_STOP_TIMEOUT_S):
                raise EmulatorError(f"{folder}: the old emulator cannot be stopped")
    except (ProcessLookupError, ValueError, FileNotFoundError):
        raise EmulatorError(f"{folder}: locked by a process that is not its emulator; remove the folder") from None
    finally:
        lock.release()


def _store(folder: Path, name: str, content: bytes, mode: int = 0o600) -> None:
    temporary = folder / f".{name}.new"
    temporary.write_bytes(content)
    temporary.chmod(mode)
    temporary.replace(folder / name)


def _start(folder: Path) -> None:
    """Start a bridge in a session of its own, and wait until its board runs."""
    command = [sys.executable, str(Path(__file__).with_name("bridge.py")), str(folder)]
    with (folder / "log").open("wb") as log:
        bridge = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True, cwd=folder)
    try:
        if _is_up(bridge, folder):
            bridge.returncode = 0  # it lives on without us: Popen must not warn about that
            return
    except BaseException:  # Ctrl-C: whoever interrupts the upload does not want what it was about to start
        bridge.kill()
        raise
    if bridge.poll() is None:
        bridge.kill()
        bridge.wait()
    raise EmulatorError(f"the emulator did not start; {folder / 'log'} ends with:\n{log_tail(folder)}")


def _is_up(bridge: subprocess.Popen[bytes], folder: Path) -> bool:
    """Wait until `bridge` answers (True), or has ended or takes too long."""
    deadline_s = time.monotonic() + _START_TIMEOUT_S
    while bridge.poll() is None and time.monotonic() < deadline_s:
        answer = request(folder, "status", timeout_s=1.0)
        if answer is not None and answer.get("pid") == bridge.pid:
            return True
        time.sleep(0.01)
    return False


def main(arguments: list[str]) -> int:
    """Command line of this file; returns the exit code."""
    if len(arguments) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    try:
        port = flash(Path(arguments[0]), Path(arguments[1]))
    except EmulatorError as error:
        print(f"Error: {error}", file=sys.stderr)
        return 1
    print(f"Emulated board is running, serial port: {port}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
