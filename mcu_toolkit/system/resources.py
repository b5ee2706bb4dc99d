"""The only place that knows where shipped data lives: beside the package in a checkout, inside it in a wheel."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parents[1]


def _root() -> Path:
    installed = _PACKAGE / "_data"
    return installed if installed.is_dir() else _PACKAGE.parent


def templates_dir() -> Path:
    """The folder `firmware_templates/`."""
    return _root() / "firmware_templates"


def boards_dir() -> Path:
    """The folder `boards/` with one TOML file a board."""
    return _root() / "boards"


def pio_platform_dir() -> Path:
    """The folder `pio_platform/`: our PlatformIO development platform."""
    return _root() / "pio_platform"


def code_sizes_dir() -> Path:
    """The folder with what code takes in flash and on the stack: one JSON file a core, as `benchmarks.code_sizes` measures it."""
    return _PACKAGE / "runtimes" / "aot" / "code_sizes"


def tflm_sizes_dir() -> Path:
    """The folder with what copies of the TFLM library take: one JSON file a library and core, as `benchmarks.tflm_sizes` measures it."""
    return _PACKAGE / "runtimes" / "tflm" / "code_sizes"
