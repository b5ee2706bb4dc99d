"""Files are written whole or not at all, and what is no file is not replaced by one."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from mcu_toolkit.errors import InputError
from mcu_toolkit.system.files import atomic_path, write_bytes, write_bytes_if_changed, write_text


def test_a_failure_in_the_middle_leaves_the_old_content_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    write_text(path, "old")

    def half() -> None:
        with atomic_path(path) as temporary:
            temporary.write_text("half of the ne")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        half()
    assert path.read_text() == "old"
    assert [item.name for item in tmp_path.iterdir()] == ["a.txt"]


def test_a_link_stays_a_link_and_its_target_is_written(tmp_path: Path) -> None:
    target, link = tmp_path / "target", tmp_path / "link"
    target.write_text("old")
    link.symlink_to(target)
    write_text(link, "new")
    assert link.is_symlink()
    assert target.read_text() == "new"


def test_a_pipe_is_written_to_and_stays_a_pipe(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    received: list[bytes] = []
    reader = threading.Thread(target=lambda: received.append(pipe.read_bytes()))
    reader.start()
    write_bytes(pipe, b"through the pipe")
    reader.join(timeout=10)
    assert received == [b"through the pipe"]
    assert pipe.is_fifo()


def test_a_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is a folder"):
        write_text(tmp_path, "text")


def test_a_name_no_file_can_have_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="not a file name"):
        write_text(tmp_path / "a\0b", "text")


def test_an_equal_file_keeps_its_time_stamp(tmp_path: Path) -> None:
    path = tmp_path / "a"
    assert write_bytes_if_changed(path, b"x")
    os.utime(path, (1, 1))
    assert not write_bytes_if_changed(path, b"x")
    assert path.stat().st_mtime == 1
    assert write_bytes_if_changed(path, b"y")


def test_permissions_follow_the_umask(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        write_text(tmp_path / "a", "x")
    finally:
        os.umask(before)
    assert (tmp_path / "a").stat().st_mode & 0o777 == 0o640


def test_a_link_that_leads_to_itself_is_refused_and_stays(tmp_path: Path) -> None:
    link = tmp_path / "loop"
    link.symlink_to(link)
    with pytest.raises(InputError, match="is a link that leads nowhere"):
        write_text(link, "x")
    assert link.is_symlink()
