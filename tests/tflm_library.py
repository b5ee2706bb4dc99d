"""TensorFlow Lite Micro itself, for tests marked `tflm`: it is nobody's to ship here, so $MCU_TFLM_LIBRARY names a folder with it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from mcu_toolkit.runtimes.tflm.library import LIBRARY_VARIABLE

_WHY = f"{LIBRARY_VARIABLE} does not name a folder with TensorFlow Lite Micro (any PlatformIO or Arduino library of it)"


def library_folder() -> Path | None:
    """The folder, or None."""
    named = os.environ.get(LIBRARY_VARIABLE)
    folder = Path(named.removeprefix("symlink://")).expanduser() if named else None
    return folder if folder is not None and folder.is_dir() else None


NEEDS_LIBRARY = (pytest.mark.tflm, pytest.mark.skipif(library_folder() is None, reason=_WHY))
"""Marks of a test, or of a parameter, that builds the library: it is skipped, saying why, where there is none."""
