"""PlatformIO's core folder is ready without a network, and nothing waits for one."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from mcu_toolkit.build import core_dir
from mcu_toolkit.errors import InputError, ToolError


@pytest.fixture(autouse=True)
def _fresh(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    monkeypatch.delenv("PLATFORMIO_CORE_DIR", raising=False)
    monkeypatch.setenv("MCU_CACHE_DIR", str(tmp_path / "cache"))
    forget = core_dir.registry_answers.cache_clear
    forget()
    yield
    forget()


def _registry(monkeypatch: pytest.MonkeyPatch, *, answers: bool) -> None:
    monkeypatch.setattr(core_dir, "registry_answers", lambda: answers)


def test_without_a_registry_scons_is_made_a_package_that_platformio_accepts(monkeypatch: pytest.MonkeyPatch) -> None:
    _registry(monkeypatch, answers=False)
    folder = core_dir.prepare_core_dir()
    code = "from platformio.package.manager.core import get_core_package_dir as d; print(d('tool-scons', auto_install=False))"
    environment = {"PLATFORMIO_CORE_DIR": str(folder), "PATH": "/usr/bin:/bin", "HOME": str(folder)}
    found = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True).stdout.strip()
    assert Path(found) == folder / "packages/tool-scons"
    scons = subprocess.run([sys.executable, f"{found}/scons.py", "--version"], capture_output=True, text=True, check=True)
    assert "SCons" in scons.stdout


def test_without_scons_of_our_own_platformio_fetches_it_from_its_registry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(core_dir, "_installed_scons", lambda: None)
    _registry(monkeypatch, answers=True)
    assert not (core_dir.prepare_core_dir() / "packages").exists()
    _registry(monkeypatch, answers=False)
    with pytest.raises(ToolError, match="SCons is not installed and PlatformIO's registry does not answer"):
        core_dir.prepare_core_dir()


def test_with_scons_of_our_own_the_registry_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    def asked() -> bool:
        raise AssertionError("the registry was asked")

    monkeypatch.setattr(core_dir, "registry_answers", asked)
    assert (core_dir.prepare_core_dir() / "packages/tool-scons/package.json").is_file()


def test_a_prepared_folder_is_used_without_asking_the_registry(monkeypatch: pytest.MonkeyPatch) -> None:
    _registry(monkeypatch, answers=False)
    folder = core_dir.prepare_core_dir()

    def asked() -> bool:
        raise AssertionError("the registry was asked")

    monkeypatch.setattr(core_dir, "registry_answers", asked)
    assert core_dir.prepare_core_dir() == folder


def test_a_package_of_another_version_does_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    _registry(monkeypatch, answers=False)
    manifest = core_dir.prepare_core_dir() / "packages/tool-scons/package.json"
    manifest.write_text(json.dumps({"name": "tool-scons", "version": "4.1.0"}))
    core_dir.prepare_core_dir()
    assert json.loads(manifest.read_text())["version"] != "4.1.0"


def test_the_users_choice_of_a_core_folder_wins(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PLATFORMIO_CORE_DIR", str(tmp_path / "mine"))
    assert core_dir.core_dir() == tmp_path / "mine"


def test_the_users_own_folder_is_used_if_this_platformio_has_used_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("PLATFORMIO_CORE_DIR", str(tmp_path / ".platformio"))
    _registry(monkeypatch, answers=False)
    own = core_dir.prepare_core_dir()
    monkeypatch.delenv("PLATFORMIO_CORE_DIR")
    monkeypatch.delenv("MCU_CACHE_DIR")
    assert core_dir.core_dir() == own
    (own / "appstate.json").write_text(json.dumps({"last_version": "5.0.0"}))  # that one would "upgrade", over the network
    assert core_dir.core_dir() != own


def test_a_registry_that_never_answers_is_given_up_after_two_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:  # accepts connections and says nothing
        host = f"localhost:{silent.getsockname()[1]}"
        monkeypatch.setattr(core_dir, "registry_hosts", [host])
        monkeypatch.setattr(core_dir, "_REGISTRY_URL", "https://{host}/")
        start_s = time.monotonic()
        assert not core_dir.registry_answers()
        assert time.monotonic() - start_s < core_dir.REGISTRY_TIMEOUT_S + 1.0
        start_s = time.monotonic()
        assert not core_dir.registry_answers()
        assert time.monotonic() - start_s < 0.1, "asked again"


def test_processes_that_prepare_one_folder_at_once_do_not_disturb_each_other(tmp_path: Path) -> None:
    code = (
        "from mcu_toolkit.build import core_dir; core_dir.registry_answers = lambda: False;"
        "print(core_dir._has_scons(core_dir.prepare_core_dir()))"
    )
    children = [subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) for _ in range(3)]
    assert [child.communicate()[0].strip() for child in children] == ["True"] * 3


def test_a_folder_that_cannot_be_made_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("MCU_CACHE_DIR", str(tmp_path / "file" / "cache"))
    with pytest.raises(InputError, match="file"):
        core_dir.prepare_core_dir()
