# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Clang in GCC's place: which of a core's flags it gets, and what it needs of GCC.

Clang compiles, and LLD links, also where objects hold LLVM's intermediate code (-flto).  Headers and libraries are those of the
core's GCC, which therefore has to be there, too: Debian's Clang has neither a C library nor its own library of arithmetic for these cores.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

PROGRAMS = ("clang", "ld.lld", "llvm-ar", "llvm-ranlib")
DEBIAN_PACKAGES = ("clang", "lld", "llvm")

_TARGETS = {"arm-none-eabi-": "arm-none-eabi", "riscv64-unknown-elf-": "riscv32-unknown-elf"}
"""Clang's name of a target by the prefix of GCC's programs."""
_GCC_ONLY = ("-mfpu=auto", "-misa-spec=", "--specs=")
"""Beginnings of flags that Clang does not know and does not need."""


class Clang(NamedTuple):
    """How to compile and link for one core with Clang."""

    compile_flags: tuple[str, ...]
    linker: tuple[str, ...]
    """The linking program, GCC's driver, which finds its libraries by the core's own flags, and what makes it call LLD."""


def missing_programs(which: Callable[[str], str | None] = shutil.which) -> list[str]:
    """Those of `PROGRAMS` that are not on PATH."""
    return [program for program in PROGRAMS if which(program) is None]


def clang_of(compiler: Any, path: str | None = None) -> Clang:
    """`compiler`: the core's GCC, as the board's file has it; `path`: where programs are looked for, instead of PATH.

    GCC is asked where its headers are.
    """
    gcc = f"{compiler.tool_prefix}gcc"
    if not compiler.tool_prefix:
        return Clang((), ("clang", "-fuse-ld=lld"))
    flags = [flag for flag in compiler.flags if not flag.startswith(_GCC_ONLY)]
    lld = shutil.which("ld.lld", path=path) or "ld.lld"
    # -B: a GCC for another machine looks for arm-none-eabi-ld.lld on PATH, and for ld.lld here.
    linker = (gcc, f"-B{os.path.dirname(lld)}", "-fuse-ld=lld", "-fno-use-linker-plugin", "-Wl,--error-limit=0")  # noqa: PTH120  (a relative one stays so)
    return Clang((f"--target={_TARGETS[compiler.tool_prefix]}", *flags, "-isystem", _headers(gcc, compiler.flags, path)), linker)


def _headers(gcc: str, flags: tuple[str, ...], path: str | None) -> str:
    """The folder of the C library's headers: where GCC with the flags of the core takes string.h from."""
    environment = None if path is None else {**os.environ, "PATH": path}
    command = [shutil.which(gcc, path=path) or gcc, *flags, "-M", "-x", "c", "-"]
    done = subprocess.run(command, input="#include <string.h>\n", capture_output=True, text=True, env=environment, check=True)
    found = [word for word in done.stdout.replace("\\\n", " ").split() if word.endswith("/string.h")]
    return str(Path(found[0]).parent)
