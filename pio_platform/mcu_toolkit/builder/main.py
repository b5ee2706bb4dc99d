# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""SCons script of the platform: how a firmware is compiled, linked, measured and uploaded.

Flags and commands are handed to a shell, and only file names among them are quoted.  So no path here is absolute: every
program is started in the project's folder, and below it all names are the toolkit's own.
"""

from __future__ import annotations

import os
import shlex
from pathlib import Path
from typing import Any

from SCons.Script import AlwaysBuild, Default, DefaultEnvironment
from SCons.Subst import Literal

_EMULATOR = "emulator"
_LINKER_SCRIPT = "linker.ld"
_SMALL = "custom_small_sources"
"""Option of platformio.ini: patterns of sources that are optimised for size, whatever the others are optimised for."""


def main(env: Any) -> None:
    """Configure `env` and define the targets."""
    platform, board = env.PioPlatform(), env.BoardConfig()
    compiler = platform.compiler(board)
    _quote_paths(env)
    _configure_tools(env, compiler)
    compile_flags = list(compiler.flags)
    if platform.wants_clang(env.GetProjectOption(platform.COMPILER, "")):
        compile_flags = _use_clang(env, platform.clang().clang_of(compiler, env["ENV"]["PATH"]))
    _configure_flags(env, compiler, compile_flags)
    for pattern in env.GetProjectOption(_SMALL, "").split():
        # The pattern is compared with the whole path, which is absolute or begins with src, as SCons knows the project's folder.
        env.AddBuildMiddleware(_for_size, f"*src{os.sep}{pattern}")
    has_linker_script = Path(_LINKER_SCRIPT).is_file()
    if has_linker_script:
        env.Replace(LDSCRIPT_PATH=_LINKER_SCRIPT)
    program = env.BuildProgram()
    if has_linker_script:
        env.Depends(program, f"#{_LINKER_SCRIPT}")  # SCons does not look for it in the linker's flags
    _add_chip_step(env, platform, board, program)
    AlwaysBuild(env.Alias("buildprog", program))
    env.AddPlatformTarget("size", program, env.VerboseAction("$SIZEPRINTCMD", "Sizes of $SOURCE"), "Program Size", "Sizes of all sections")
    _add_upload_target(env, platform, board, program)
    Default([program])


def _quote_paths(env: Any) -> None:
    """Have the shell read folders behind -I and -L, too, as one word without a meaning: a library may lie in one called R&D.

    SCons quotes file names only, and with double quotes, in which a shell still runs what is in backticks.
    """
    joined, prefixes = env["_concat"], (env["INCPREFIX"], env["LIBDIRPREFIX"])

    def as_words(prefix: Any, *others: Any, **options: Any) -> Any:
        found = joined(prefix, *others, **options)
        return [Literal(one) if prefix in prefixes and str(one).startswith(prefix) else one for one in found]

    env.Replace(_concat=as_words)
    if os.name == "posix":
        env.Replace(ESCAPE=shlex.quote)


def _configure_tools(env: Any, compiler: Any) -> None:
    prefix = compiler.tool_prefix
    env.Replace(
        AR=f"{prefix}gcc-ar",
        AS=f"{prefix}as",
        CC=f"{prefix}gcc",
        CXX=f"{prefix}g++",
        GDB=f"{prefix}gdb",
        OBJCOPY=f"{prefix}objcopy",
        RANLIB=f"{prefix}gcc-ranlib",
        SIZETOOL=f"{prefix}size",
        ARFLAGS=["rc"],
        PROGNAME="firmware",
        PROGSUFFIX=".elf",
        SIZECHECKCMD="$SIZETOOL -A -d $SOURCES",
        SIZEPRINTCMD="$SIZETOOL -A -x $SOURCES",
        # Initial values of .data are stored in flash as well.
        SIZEPROGREGEXP=r"^(?:\.boot2|\.vectors|\.text|\.rodata\S*|\.init_array|\.fini_array|\.eh_frame\S*|\.ARM\.exidx|\.data\S*)\s+(\d+).*",
        SIZEDATAREGEXP=r"^(?:\.data\S*|\.bss|\.noinit|\.stack)\s+(\d+).*",
    )


def _use_clang(env: Any, clang: Any) -> list[str]:
    """Have Clang compile and LLD link, instead of the core's GCC; what names the core to Clang."""
    env.Replace(AR="llvm-ar", CC="clang", CXX="clang++", RANLIB="llvm-ranlib", LINK=" ".join(map(_word, clang.linker)))
    return [_word(flag) for flag in clang.compile_flags]


def _configure_flags(env: Any, compiler: Any, compile_flags: list[str]) -> None:
    """Flags that follow from the core; everything a user may want to change is in platformio.ini."""
    map_file = _in_project(env, os.path.join(env.subst("$BUILD_DIR"), "firmware.map"))  # noqa: PTH118
    env.Append(
        ASFLAGS=list(compile_flags),
        CCFLAGS=list(compile_flags),
        LINKFLAGS=[*compiler.flags, *compiler.link_flags, f"-Wl,-Map={map_file}"],
    )


def _word(word: str) -> str:
    """For the shell and for SCons one word, without a meaning: a compiler may be installed below a folder called R&D."""
    return shlex.quote(word).replace("$", "$$")


def _in_project(env: Any, path: str) -> str:
    return os.path.relpath(path, env.subst("$PROJECT_DIR"))


def _for_size(env: Any, node: Any) -> Any:
    flags = [flag for flag in env["CCFLAGS"] if not str(flag).startswith("-O")]
    return env.Object(node, CCFLAGS=[*flags, "-Os"])


def _add_chip_step(env: Any, platform: Any, board: Any, program: Any) -> None:
    """Have chips/<name>.py finish the linked image, where the chip has such a file."""
    name = f"{board.get('mcu_toolkit.chip', '')}.py"
    script = os.path.join(platform.get_dir(), "chips", name)  # noqa: PTH118
    if Path(script).is_file():
        command = f'"$PYTHONEXE" {shlex.quote(_in_project(env, script))} "$TARGET"'
        env.AddPostAction(program, env.VerboseAction(command, "Finishing $TARGET"))


def _add_upload_target(env: Any, platform: Any, board: Any, program: Any) -> None:
    protocol = env.subst("$UPLOAD_PROTOCOL") or board.get("upload.protocol", "")
    if protocol != _EMULATOR:
        env.AddPlatformTarget("upload", program, [env.VerboseAction("$UPLOADCMD", "Uploading $SOURCE")], "Upload")
        return
    script = _in_project(env, os.path.join(platform.get_dir(), "emulator", "flash.py"))  # noqa: PTH118
    command = f'"$PYTHONEXE" {shlex.quote(script)} {shlex.quote(_in_project(env, board.manifest_path))} "$SOURCE"'
    env.Replace(UPLOADCMD=command)
    env.AddPlatformTarget(
        "upload", program, [env.VerboseAction("$UPLOADCMD", "Starting the emulator with $SOURCE")], "Upload", "Start the emulated board"
    )


main(DefaultEnvironment())
