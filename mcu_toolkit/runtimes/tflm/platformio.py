"""What the generated platformio.ini says about the library."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mcu_toolkit.boards import Board
from mcu_toolkit.runtimes.tflm.library import Library

_ARDUINO_VERSION = "10819"
"""Value of the macro ARDUINO, which some copies of the library guard their optimized kernels with: the last IDE of series 1."""


def options_for(library: Library, board: Board) -> Mapping[str, str | Sequence[str]]:
    """Options of the `[env]` section that add `library` to a firmware for `board`."""
    options: dict[str, str | Sequence[str]] = {
        "lib_deps": (f"tflm={library.specification}" if library.is_local else library.specification,),
        # The library's manifest may name other architectures and frameworks than the board's.
        "lib_compat_mode": "off",
        # Only what lib_deps names, and the Arduino core's own libraries only where they are included.
        "lib_ldf_mode": "chain",
    }
    flags = [f"-D{name}" for name in _defines(library, board)]
    if not board.platformio.framework:
        flags.append("-Ishim")
        options["extra_scripts"] = ("pre:tflm_flags.py",)
    if flags:
        options["build_flags"] = tuple(flags)
    return options


def _defines(library: Library, board: Board) -> list[str]:
    facts = library.facts
    if facts is None:
        return []
    if facts.optimized_define == "CMSIS_NN":
        return ["CMSIS_NN"] if board.core.startswith("cortex-m") else []
    if (facts.optimized_define == "ARDUINO" or facts.wants_arduino) and not board.platformio.framework:
        return [f"ARDUINO={_ARDUINO_VERSION}"]
    return []
