"""Files of the plugin: parts of a run, and the blocks that a mark cuts."""

from __future__ import annotations

from pathlib import Path

import pytest

from mcu_toolkit.errors import DeviceError
from mcu_toolkit.execution_counts import BlockCount, Trace, read_trace


def trace(folder: Path, *lines: str) -> Trace:
    path = folder / "counts"
    path.write_text("\n".join(lines) + "\n", encoding="ascii")
    return read_trace(path)


def test_blocks_of_one_place_are_joined_within_a_part(tmp_path: Path) -> None:
    found = trace(tmp_path, "runs 1", "block 0x10 0x20 3 1 0", "block 0x10 0x20 2 1 0", "block 0x10 0x20 7 0 1")
    assert found == Trace(1, ((BlockCount(0x10, 0x20, 5, 2),), (BlockCount(0x10, 0x20, 7, 0),)))


def test_a_block_with_a_mark_in_it_is_cut_behind_the_mark(tmp_path: Path) -> None:
    """The block at 0x10 runs once, writes at 0x14, and branches away; its branch is noted in the part behind."""
    found = trace(tmp_path, "runs 2", "mark 1 0x18", "block 0x0 0x10 2 0 0", "block 0x10 0x20 2 0 0", "block 0x10 0x20 0 2 1")
    assert found.parts == (
        (BlockCount(0x0, 0x10, 2, 0), BlockCount(0x10, 0x18, 2, 0)),
        (BlockCount(0x18, 0x20, 2, 2),),
    )


def test_two_marks_in_a_block_cut_it_twice(tmp_path: Path) -> None:
    found = trace(tmp_path, "runs 1", "mark 1 0x14", "mark 2 0x18", "block 0x10 0x20 1 0 0", "block 0x10 0x20 0 1 2")
    assert [[(one.first, one.end, one.count) for one in part] for part in found.parts] == [
        [(0x10, 0x14, 1)],
        [(0x14, 0x18, 1)],
        [(0x18, 0x20, 1)],
    ]
    assert found.parts[2][0].taken == 1


def test_a_mark_at_the_end_of_its_block_cuts_nothing(tmp_path: Path) -> None:
    found = trace(tmp_path, "runs 1", "mark 1 0x20", "block 0x10 0x20 1 0 0", "block 0x20 0x24 1 1 1")
    assert found.parts == ((BlockCount(0x10, 0x20, 1, 0),), (BlockCount(0x20, 0x24, 1, 1),))


def test_blocks_come_by_address(tmp_path: Path) -> None:
    found = trace(tmp_path, "runs 3", "block 0x10 0x18 2 1 0", "block 0x8 0x10 5 0 0", "block 0x10 0x18 4 4 0")
    assert found == Trace(3, ((BlockCount(0x8, 0x10, 5, 0), BlockCount(0x10, 0x18, 6, 5)),))


def test_no_file_is_an_error_that_says_so(tmp_path: Path) -> None:
    with pytest.raises(DeviceError, match="the emulator counted nothing"):
        read_trace(tmp_path / "counts")
