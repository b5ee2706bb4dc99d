"""What the generated platformio.ini says about the library."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mcu_toolkit.boards import Board
from mcu_toolkit.boards.core_table import FAMILIES
from mcu_toolkit.runtimes.tflm.library import Library
from mcu_toolkit.system.sinks import unquoted_path

_ARDUINO_VERSION = "10819"
"""Value of the macro ARDUINO, which some copies of the library guard their optimized kernels with: the last IDE of series 1."""


def options_for(library: Library, board: Board) -> Mapping[str, str | Sequence[str]]:
    """Options of the `[env]` section that add `library` to a firmware for `board`; raises InputError for a folder that its platform's
    scripts could not name."""
    if library.folder is not None and board.platformio.framework:
        unquoted_path(library.folder)
    flags = [f"-D{name}" for name in _defines(library, board)]
    if not board.platformio.framework:
        flags.append("-Ishim")
    return {
        "lib_deps": (f"tflm={library.specification}" if library.is_local else library.specification,),
        # The library's manifest may name other architectures and frameworks than the board's.
        "lib_compat_mode": "off",
        # The Arduino core's own libraries only where they are included.
        "lib_ldf_mode": "chain",
        "build_flags": tuple(flags),
        "extra_scripts": ("pre:tflm_build.py",),
        "custom_tflm_kernels": "reference" if library.facts is not None and library.facts.kernels == "reference" else "optimized",
    }


def runs_on(kernels: str, board: Board) -> bool:
    """True if the optimized kernels can be compiled for the board's core."""
    own = board.core_facts.family.tflm_kernels
    return kernels == own or all(kernels != family.tflm_kernels for family in FAMILIES.values())


def _defines(library: Library, board: Board) -> list[str]:
    # The layout of the library's structures depends on it, so the library and our code must agree.
    defines = ["TF_LITE_STATIC_MEMORY"]
    facts = library.facts
    if facts is None:
        return defines
    if facts.optimized_define == "CMSIS_NN":
        defines.append("CMSIS_NN")
    if (facts.optimized_define == "ARDUINO" or facts.wants_arduino) and not board.platformio.framework:
        defines.append(f"ARDUINO={_ARDUINO_VERSION}")
    return defines
