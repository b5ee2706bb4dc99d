"""Libraries of report pages: what npm brings is kept only where it is what libraries.toml says; without npm the reason is said."""

from __future__ import annotations

import base64
import hashlib
import io
import os
import subprocess
import sys
import tarfile
from dataclasses import replace
from pathlib import Path

import pytest

from mcu_toolkit.report.page import libraries
from mcu_toolkit.report.page.libraries import Library
from scripts import fetch_page_libraries as script

CODE = b"window.nothing = 1;\n"


def package(folder: Path, files: dict[str, bytes]) -> Path:
    path = folder / "made-1.0.0.tgz"
    with tarfile.open(path, "w:gz") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(f"package/{name}")
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return path


@pytest.fixture
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Library:
    """A library of one file, which an npm of our own brings; `fetched` is where it belongs."""
    made = package(tmp_path, {"dist/made.min.js": CODE, "LICENSE": b"free"})
    npm = tmp_path / "bin/npm"
    npm.parent.mkdir()
    npm.write_text(f'#!/bin/sh\ncp "{made}" . && echo made-1.0.0.tgz\n', encoding="utf-8")
    npm.chmod(0o755)
    monkeypatch.setenv("PATH", f"{npm.parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.delenv("MCU_OFFLINE", raising=False)
    integrity = "sha512-" + base64.b64encode(hashlib.sha512(made.read_bytes()).digest()).decode()
    one = Library("@some/made", "1.0.0", integrity, "dist/made.min.js", hashlib.sha256(CODE).hexdigest(), ("LICENSE",), "MIT")
    use(monkeypatch, tmp_path / "fetched", one)
    return one


def use(monkeypatch: pytest.MonkeyPatch, folder: Path, one: Library) -> None:
    for module in (script, libraries):
        monkeypatch.setattr(module, "FETCHED", folder)
        monkeypatch.setattr(module, "wanted", lambda: (one,))


def test_what_npm_brings_is_kept_with_its_notice(library: Library, tmp_path: Path) -> None:
    assert script.main() == 0
    assert libraries.unpacked(tmp_path / "fetched/made.js.gz") == CODE
    assert (tmp_path / "fetched/made.LICENSE.txt").read_bytes() == b"free"
    assert libraries.fetched() == (CODE.decode(),)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"integrity": "sha512-AAAA"}, "is not what it was: its hash is sha512-"),
        ({"sha256": "0" * 64}, "is not what it was"),
        ({"file": "dist/other.js"}, "other.js"),
    ],
)
def test_anything_else_is_refused_and_pages_stay_static(
    change: dict[str, str], said: str, library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    use(monkeypatch, tmp_path / "fetched", replace(library, **change))  # type: ignore[arg-type]
    assert script.main() == 3
    told = capsys.readouterr().err
    assert said in told
    assert "static pictures" in told
    assert libraries.fetched() is None


@pytest.mark.parametrize(("name", "value", "said"), [("PATH", "", "npm is not installed"), ("MCU_OFFLINE", "1", "MCU_OFFLINE is set")])
def test_without_npm_or_a_network_the_reason_is_said(
    name: str, value: str, said: str, library: Library, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(name, value)
    assert script.main() == 3
    assert said in capsys.readouterr().err


def test_nothing_is_asked_of_npm_where_all_is_there(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    assert script.main() == 0
    monkeypatch.setenv("PATH", "")
    assert script.main() == 0


def test_the_script_runs_with_the_python_of_a_bare_tree(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, script.__file__], cwd=tmp_path, env={**os.environ, "PATH": ""}, capture_output=True, text=True, check=False
    )
    assert done.returncode in (0, 3), done.stderr
    assert "Traceback" not in done.stderr


def test_each_library_is_named_with_version_hashes_and_licence() -> None:
    for one in libraries.wanted():
        assert one.integrity.startswith("sha512-")
        assert len(one.sha256) == 64
        assert one.notices
        assert one.licence in ("MIT", "Apache-2.0")
