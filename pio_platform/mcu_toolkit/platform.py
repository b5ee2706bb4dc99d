"""PlatformIO development platform `mcu_toolkit`: PlatformIO loads this file by name and the class by its name."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

from platformio.compat import load_python_module
from platformio.exception import UserSideException
from platformio.platform.base import PlatformBase

_HERE = Path(__file__).resolve().parent
COMPILERS = ("gcc", "clang")
"""The first one where a project names none."""


class Mcu_toolkitPlatform(PlatformBase):  # type: ignore[misc]  # noqa: N801  (PlatformIO derives the name from platform.json)
    """Compiles with the system's compiler where there is one on PATH, else with the registry's package."""

    COMPILER = "custom_compiler"
    """Option of platformio.ini: one of `COMPILERS`."""

    def is_embedded(self) -> bool:
        """True: `pio test` uploads its programs."""
        return True

    def get_build_script(self) -> str:
        """builder/main.py, relative to the project, where it is run: SCons would read its words and `$` in an absolute path."""
        return os.path.relpath(super().get_build_script())

    def core(self, board: Any) -> Any:
        """The row of builder/cores.py for a board's configuration; raises UserSideException for an unknown core."""
        cores = load_python_module("mcu_toolkit_cores", str(_HERE / "builder" / "cores.py")).CORES
        name = board.get("mcu_toolkit.core")
        if name not in cores:
            raise UserSideException(f"core '{name}' of board '{board.id}' is unknown; known: {', '.join(sorted(cores))}")
        return cores[name]

    def compiler(self, wanted: str) -> str:
        """The compiler that `custom_compiler` of platformio.ini names, GCC where it names none; UserSideException for another."""
        if wanted not in ("", *COMPILERS):
            raise UserSideException(f"{self.COMPILER} = {wanted} is unknown; known: {', '.join(COMPILERS)}")
        return wanted or COMPILERS[0]

    def clang(self) -> Any:
        """builder/clang.py."""
        return load_python_module("mcu_toolkit_clang", str(_HERE / "builder" / "clang.py"))

    def _require_clang(self) -> None:
        missing = self.clang().missing_programs()
        if missing:
            install = f"sudo apt-get install {' '.join(self.clang().DEBIAN_PACKAGES)}"
            raise UserSideException(f"{self.COMPILER} = clang, but not on PATH: {', '.join(missing)}. Install it, on Debian: {install}")

    def configure_default_packages(self, options: dict[str, Any], targets: list[str]) -> None:
        """Ask for the registry's compiler only where PATH has none; PlatformIO calls this before it installs packages."""
        core = self.core(self.board_config(options["board"]))
        if self.compiler(options.get(self.COMPILER, "")) == "clang":
            self._require_clang()
        wanted = "" if shutil.which(f"{core.tool_prefix}gcc") else core.registry_package
        if not wanted and not shutil.which(f"{core.tool_prefix}gcc"):
            packages = " ".join(core.debian_packages)
            raise UserSideException(f"{core.tool_prefix}gcc is not on PATH. Install it, on Debian: sudo apt-get install {packages}")
        for name in list(self.packages):
            if name == wanted:
                self.packages[name]["optional"] = False
            else:
                # An installed package would be put on PATH before the system's compiler.
                del self.packages[name]
        super().configure_default_packages(options, targets)
