"""A confined process writes to its folder and nowhere else, and has no network: with every protection there is."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from mcu_toolkit.errors import InputError
from mcu_toolkit.system import sandbox, sandbox_launcher

METHODS = [name for name in ("landlock", "namespace") if sandbox._works(name)]  # type: ignore[arg-type]
needs_linux = pytest.mark.skipif(sys.platform != "linux", reason="confinement is Linux only")


@pytest.fixture(params=["landlock", "namespace"])
def method(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Each protection in turn, forced."""
    if request.param not in METHODS:
        pytest.skip(f"this machine has no {request.param}")
    monkeypatch.setenv(sandbox.CHOICE_VARIABLE, request.param)
    monkeypatch.setattr(sandbox, "protection", lambda: request.param)
    return str(request.param)


def run(code: str, folder: Path | None, cwd: Path) -> str:
    command = sandbox.confined([sys.executable, "-c", f"import os, pathlib, socket, subprocess\n{code}\nprint('done')"], folder)
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=60, check=False)
    return "done" if done.stdout.endswith("done\n") else done.stderr.strip().splitlines()[-1]


ALLOWED = {
    "file": "pathlib.Path('in/a').write_text('x')",
    "folder": "os.makedirs('in/b/c')",
    "rename": "os.makedirs('in/b'); pathlib.Path('in/a').write_text('x'); os.rename('in/a', 'in/b/a')",
    "cut": "pathlib.Path('in/a').write_text('x'); os.truncate('in/a', 0); os.unlink('in/a')",
    "link": "os.symlink('x', 'in/l')",
    "null": "pathlib.Path('/dev/null').write_text('x')",
    "read": "pathlib.Path('kept').read_text()",
    "program": "subprocess.run(['true'], check=True)",
    "pair": "socket.socketpair()",
}
FORBIDDEN = {
    "new file": "pathlib.Path('planted').write_text('x')",
    "overwrite": "pathlib.Path('kept').write_text('x')",
    "append": "open('kept', 'a').write('x')",
    "cut": "os.truncate('kept', 0)",
    "remove": "os.unlink('kept')",
    "folder": "os.mkdir('planted')",
    "link": "os.symlink('x', 'planted')",
    "rename away": "os.rename('kept', 'in/kept')",
    "rename out": "pathlib.Path('in/a').write_text('x'); os.rename('in/a', 'planted')",
    "through a link": "os.symlink('../planted', 'in/l'); pathlib.Path('in/l').write_text('x')",
    "absolute": "pathlib.Path(os.getcwd(), 'planted').write_text('x')",
    "a program of its own": "subprocess.run(['touch', 'planted'], check=True, capture_output=True)",
    "internet": "socket.socket()",
    "datagrams": "socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)",
    "local sockets": "socket.socket(socket.AF_UNIX)",
    "memory of its parent": "open(f'/proc/{os.getppid()}/mem', 'r+b')",
    "shared memory": "open('/dev/shm/planted-by-a-test', 'w')",
    "mounts": "subprocess.run(['mount', '-o', 'remount,rw', '/'], check=True, capture_output=True)",
}


@needs_linux
@pytest.mark.parametrize("case", ALLOWED)
def test_what_a_library_needs_works(case: str, method: str, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "kept").write_text("kept")
    assert run(ALLOWED[case], tmp_path / "in", tmp_path) == "done"


@needs_linux
@pytest.mark.parametrize("case", FORBIDDEN)
def test_nothing_else_does(case: str, method: str, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "kept").write_text("kept")
    last = run(FORBIDDEN[case], tmp_path / "in", tmp_path)
    assert any(word in last for word in ("PermissionError", "Read-only file system", "Invalid cross-device", "CalledProcessError")), last
    assert (tmp_path / "kept").read_text() == "kept"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in", "kept"]


@needs_linux
def test_without_a_folder_nothing_can_be_written(method: str, tmp_path: Path) -> None:
    assert "done" not in run("pathlib.Path('planted').write_text('x')", None, tmp_path)
    assert list(tmp_path.iterdir()) == []


@needs_linux
def test_this_machine_has_what_the_suite_is_to_test() -> None:
    assert METHODS, "neither Landlock nor user namespaces: the confinement of models is untested here"
    assert "landlock" not in METHODS or sandbox_launcher.landlock_abi() >= sandbox_launcher.LANDLOCK_ABI_MIN


@pytest.mark.parametrize(("value", "what"), [("chroot", "'chroot' is no protection"), ("namespace", "does not have the protection")])
def test_a_protection_that_does_not_exist_is_refused(value: str, what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(sandbox.CHOICE_VARIABLE, value)
    monkeypatch.setattr(sandbox, "_works", lambda name: False)
    sandbox.protection.cache_clear()
    with pytest.raises(InputError, match=what):
        sandbox.protection()
    sandbox.protection.cache_clear()
