"""Emulators that are packages of npm: kept only if they are what their hash says, fetched only where the network may be used."""

from __future__ import annotations

import base64
import hashlib
import io
import tarfile
from pathlib import Path

import pytest

from mcu_toolkit.boards.emulator_table import EMULATOR_KINDS, NodePackage
from mcu_toolkit.build import node_packages
from mcu_toolkit.errors import ToolError
from mcu_toolkit.system import network


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MCU_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path / "cache"


def archive_of(files: dict[str, bytes], *, link: str = "") -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
        if link:
            member = tarfile.TarInfo(link)
            member.type, member.linkname = tarfile.SYMTYPE, "/etc/passwd"
            archive.addfile(member)
    return stream.getvalue()


def package_of(archive: bytes) -> NodePackage:
    integrity = "sha512-" + base64.b64encode(hashlib.sha512(archive).digest()).decode()
    return NodePackage("toy", "1.0.0", integrity, "MIT")


def test_a_package_is_kept_in_the_cache_whole(cache: Path) -> None:
    archive = archive_of({"package/package.json": b"{}", "package/dist/a.js": b"1"})
    package = package_of(archive)
    assert node_packages.installed(package) is None
    node_packages.keep(package, archive)
    assert node_packages.installed(package) == cache / "toy-1.0.0/package"
    assert (cache / "toy-1.0.0/package/dist/a.js").read_bytes() == b"1"
    assert node_packages.require_node_package(package) == cache / "toy-1.0.0/package", "nothing is fetched twice"


def test_another_archive_than_the_hash_says_is_refused_and_nothing_is_kept(cache: Path) -> None:
    archive = archive_of({"package/package.json": b"{}"})
    with pytest.raises(ToolError, match="is not what it was: its hash is sha512-"):
        node_packages.keep(package_of(archive), archive_of({"package/package.json": b"{ }"}))
    assert not cache.exists()


def test_files_that_would_lie_elsewhere_are_not_written(cache: Path, tmp_path: Path) -> None:
    bad = {"package/../../x": b"1", "/package/y": b"1", "other/z": b"1", "package/package.json": b"{}"}
    archive = archive_of(bad, link="package/link")
    node_packages.keep(package_of(archive), archive)
    assert [path.name for path in tmp_path.rglob("*") if not path.is_dir()] == ["package.json"]


@pytest.mark.parametrize("archive", [b"no archive", archive_of({"package/a.js": b"1"})])
def test_what_is_no_package_is_refused_with_its_right_hash_too(archive: bytes, cache: Path) -> None:
    with pytest.raises(ToolError, match=r"toy 1\.0\.0 (cannot be unpacked|has no package\.json)"):
        node_packages.keep(package_of(archive), archive)
    assert not cache.exists()


def test_offline_nothing_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(network.OFFLINE_VARIABLE, "1")
    monkeypatch.setattr(node_packages, "find_tool", lambda name: Path("/bin/false"))
    with pytest.raises(ToolError, match=r"toy@1\.0\.0 is not there yet, and the network is not to be used"):
        node_packages.require_node_package(package_of(b""))


def test_without_npm_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(node_packages, "find_tool", lambda name: None)
    with pytest.raises(ToolError, match="npm, which fetches it, is not on PATH") as error:
        node_packages.require_node_package(package_of(b""))
    assert error.value.hint == "sudo apt-get install npm"


def test_what_npm_says_is_passed_on_where_it_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    npm = tmp_path / "npm"
    npm.write_text("#!/bin/sh\necho no route to the registry\nexit 1\n")
    npm.chmod(0o755)
    monkeypatch.delenv(network.OFFLINE_VARIABLE, raising=False)
    monkeypatch.setattr(node_packages, "find_tool", lambda name: npm)
    with pytest.raises(ToolError, match=r"could not fetch toy@1\.0\.0:\nno route to the registry"):
        node_packages.require_node_package(package_of(b""))


def test_packages_are_named_by_version_and_hash() -> None:
    packages = [kind.package for kind in EMULATOR_KINDS.values() if kind.package is not None]
    assert [(package.name, package.version) for package in packages] == [("rp2040js", "1.4.1")]
    assert all(len(base64.b64decode(package.integrity.removeprefix("sha512-"))) == 64 for package in packages)
