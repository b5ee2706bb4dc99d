"""Systems without Linux's modules and packages.  Nothing but Linux was tried; here what others lack is taken away from our code."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from mcu_toolkit.system.files import sha256_hex
from tests import small_models

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).resolve().parents[1]

WINDOWS = """
import builtins, os, signal, socket, sys

names = {"fcntl", "termios", "pty", "tty", "resource", "pwd", "grp", "tflite_micro"}
real = builtins.__import__

def without(name, globals=None, locals=None, fromlist=(), level=0):
    ours = str((globals or {}).get("__name__", "")).startswith("mcu_toolkit")
    if ours and level == 0 and name.split(".")[0] in names:
        raise ModuleNotFoundError(f"No module named {name!r}", name=name)
    return real(name, globals, locals, fromlist, level)

builtins.__import__ = without
taken = {os: ("openpty", "killpg", "O_CLOEXEC", "O_DIRECTORY"), socket: ("AF_UNIX",), signal: ("SIGHUP",)}
for module, attributes in taken.items():
    for attribute in attributes:
        delattr(module, attribute)
"""
"""What Windows does not have, taken away.  Modules only from ours: what we depend on has another half for Windows."""

IMPORT_ALL = """
import importlib, json, pkgutil, mcu_toolkit
failed = {}
for info in pkgutil.walk_packages(mcu_toolkit.__path__, "mcu_toolkit."):
    if not info.name.endswith(("__main__", "_child")):
        try:
            importlib.import_module(info.name)
        except Exception as error:
            failed[info.name] = repr(error)
print(json.dumps(failed))
"""
RUN = "sys.argv = ['mcu', *{words!r}]\nfrom mcu_toolkit.cli import main\nmain()\n"


def python(code: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", WINDOWS + code], capture_output=True, text=True, check=False, cwd=cwd, timeout=200)


def mcu(*words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return python(RUN.format(words=words), cwd)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MCU_STATE_DIR", str(tmp_path / "state"))
    (tmp_path / "tiny.tflite").write_bytes(small_models.fully_connected())
    return tmp_path


def test_every_module_can_be_imported(tmp_path: Path) -> None:
    done = python(IMPORT_ALL, tmp_path)
    assert json.loads(done.stdout) == {}, done.stderr


def test_steps_of_the_host_work(folder: Path) -> None:
    for words in (("inspect", "tiny.tflite"), ("header", "tiny.tflite", "-o", "h"), ("generate", "tiny.tflite", "-o", "p"), ("boards",)):
        done = mcu(*words, cwd=folder)
        assert done.returncode == 0, done.stderr
    assert (folder / "h/model_data.cc").is_file()
    assert sha256_hex((folder / "tiny.tflite").read_bytes()) in (folder / "p/mcu-project.json").read_text()
    assert mcu("boards", "stop", cwd=folder).stdout == "no emulated board is running\n"


@pytest.mark.parametrize("words", [("flash", "p"), ("deploy", "tiny.tflite", "-o", "out")])
def test_an_emulated_board_is_refused_in_words(words: tuple[str, ...], folder: Path) -> None:
    assert mcu("generate", "tiny.tflite", "-o", "p", cwd=folder).returncode == 0
    done = mcu(*words, cwd=folder)
    assert done.returncode == 3
    assert done.stderr[done.stderr.index("error:") :] == (
        "error: netduinoplus2: emulated boards need pseudo-terminals, which this system does not have\n"
        "  expected: Linux or macOS\n  try: a real board, or the Windows Subsystem for Linux\n"
    )
    assert not (folder / "out").exists()


def requirements_for(system: str, machine: str) -> set[str]:
    """Names of what pip installs there, by the markers in pyproject.toml."""
    platform = {"linux": "Linux", "darwin": "Darwin", "win32": "Windows"}[system]
    environment = {"sys_platform": system, "platform_machine": machine, "platform_system": platform, "python_version": "3.11"}
    texts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["dependencies"]
    found = (Requirement(text) for text in texts)
    return {one.name for one in found if one.marker is None or one.marker.evaluate(environment)}


def test_tflm_is_asked_for_only_where_it_is_published() -> None:
    everything = requirements_for("linux", "x86_64")
    assert "tflite-micro" in everything
    for system, machine in (("linux", "aarch64"), ("darwin", "arm64"), ("darwin", "x86_64"), ("win32", "AMD64")):
        assert everything - requirements_for(system, machine) == {"tflite-micro"}
