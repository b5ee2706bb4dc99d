# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""PlatformIO development platform `mcu_toolkit`: PlatformIO loads this file by name and the class by its name."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from platformio.compat import load_python_module
from platformio.exception import UserSideException
from platformio.platform.base import PlatformBase

_HERE = Path(__file__).resolve().parent
COMPILERS = ("gcc", "clang")


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

    def compiler(self, board: Any) -> Any:
        """How the board's core is compiled for, which the toolkit wrote into the board's file; raises UserSideException without it."""
        facts = board.get("mcu_toolkit.compiler", None)
        if facts is None:
            raise UserSideException(f"boards/{board.id}.json does not say how to compile for its core; generate the project again")
        return SimpleNamespace(**facts)

    def wants_clang(self, option: str) -> bool:
        """Whether `custom_compiler` of platformio.ini names Clang; without it GCC compiles.  UserSideException for another name."""
        if option not in ("", *COMPILERS):
            raise UserSideException(f"{self.COMPILER} = {option} is unknown; known: {', '.join(COMPILERS)}")
        return option == "clang"

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
        compiler = self.compiler(self.board_config(options["board"]))
        if self.wants_clang(options.get(self.COMPILER, "")):
            self._require_clang()
        wanted = "" if shutil.which(f"{compiler.tool_prefix}gcc") else compiler.registry_package
        if not wanted and not shutil.which(f"{compiler.tool_prefix}gcc"):
            packages = " ".join(compiler.debian_packages)
            raise UserSideException(f"{compiler.tool_prefix}gcc is not on PATH. Install it, on Debian: sudo apt-get install {packages}")
        for name in list(self.packages):
            if name == wanted:
                self.packages[name]["optional"] = False
            else:
                # An installed package would be put on PATH before the system's compiler.
                del self.packages[name]
        super().configure_default_packages(options, targets)
