"""What a terminal of 40 columns shows, and that files and pipes get lines whole."""

from __future__ import annotations

import fcntl
import os
import struct
import termios
from pathlib import Path

import pytest

from mcu_toolkit.cli.wrapping import fitted, fitted_line

LONG = "/a/very/long/path/that/somebody/wants/to/copy/as/it/is"


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("short", "short"),
        ("aot      compiles the model to C ahead of time", "aot      compiles the model to C ahead of\n         time"),
        ("  try: another folder, or a disk with room", "  try: another folder, or a disk with\n    room"),
        (f"wrote {LONG} and more", f"wrote\n  {LONG}\n  and more"),
        ("a name of several words that is far too long  value", "a name of several words that is far too\n  long  value"),
    ],
)
def test_a_line_is_broken_between_words_below_its_text(line: str, shown: str) -> None:
    assert fitted_line(line, 40 + (line.startswith("aot"))) == shown


def test_only_a_terminal_gets_broken_lines(tmp_path: Path) -> None:
    ours, theirs = os.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 40, 0, 0))
    text = "word " * 9 + "end\n  try: this"
    with os.fdopen(theirs, "w") as terminal, (tmp_path / "file").open("w") as file:
        assert fitted(text, terminal) == "word word word word word word word word\n  word end\n  try: this"
        assert fitted(text, file) == text
    os.close(ours)
