"""Is there a compiler, or a way to get one?  Asked before PlatformIO runs, because it would wait a minute to say no."""

from __future__ import annotations

from pathlib import Path

from mcu_toolkit.boards import Board
from mcu_toolkit.boards.core import Compiler
from mcu_toolkit.boards.core_table import CORES
from mcu_toolkit.build.core_dir import REGISTRY, prepare_core_dir, registry_answers
from mcu_toolkit.errors import InputError, ToolError
from mcu_toolkit.system import network
from mcu_toolkit.system.process import find_tool, run
from mcu_toolkit.system.sinks import shell_command

_CPP_LIBRARY = "libstdc++.a"


def require_compiler(board: Board) -> None:
    """Raise ToolError with the command that installs it, where `board`'s compiler is missing and cannot be fetched."""
    core_dir = prepare_core_dir()
    if not board.platformio.is_own:
        _require_platform(board.platformio.platform, core_dir)
        return
    compiler = compiler_of(board)
    package = compiler.registry_package
    program = find_tool(compiler.program)
    if program is not None:
        _require_library(program, compiler, board)
        return
    if package and (core_dir / "packages" / package).is_dir():
        return
    if package and registry_answers():
        network.about_to_use(f"PlatformIO fetches the compiler, its package {package}")
        return
    unreachable = f" and {network.why_not(REGISTRY)}" if package else ""
    raise ToolError(f"no compiler for {board.core}: '{compiler.program}' is not on PATH{unreachable}", on=board.id, hint=_install(compiler))


def require_cpp_library(board: Board) -> None:
    """Raise ToolError where the compiler of a board of our own platform is installed without the C++ library for its core."""
    if not board.platformio.is_own:
        return
    compiler = compiler_of(board)
    program = find_tool(compiler.program)
    if not compiler.library_file or program is None:  # this machine's compiler; PlatformIO's package, which has it
        return
    if run([program, *compiler.flags, f"-print-file-name={_CPP_LIBRARY}"]).output.strip() != _CPP_LIBRARY:
        return
    install = f"sudo apt-get install {' '.join(compiler.cpp_packages)}" if compiler.cpp_packages else "another board"
    raise ToolError(
        f"no C++ library for {board.core}: '{program.name}' has no {_CPP_LIBRARY}, which TensorFlow Lite Micro needs",
        on=board.id,
        hint=f"{install}; or --runtime aot, which is plain C, if it takes the model (mcu inspect)",
    )


def _install(compiler: Compiler) -> str:
    return f"sudo apt-get install {' '.join(compiler.debian_packages)}"


def _require_library(program: Path, compiler: Compiler, board: Board) -> None:
    """GCC prints the whole path of a file it has, and only the name of one that it has not."""
    name = compiler.library_file
    if name and run([program, f"-print-file-name={name}"]).output.strip() == name:
        raise ToolError(f"no C library for {board.core}: '{compiler.program}' has no {name}", on=board.id, hint=_install(compiler))


def compiler_of(board: Board) -> Compiler:
    """What builds for a board of our own platform; raises InputError for a core that only a vendor's platform compiles for."""
    compiler = board.core_facts.compiler
    if compiler is None:
        known = ", ".join(sorted(core.name for core in CORES.values() if core.compiler is not None))
        raise InputError(f"core '{board.core}' cannot be compiled for", on=board.id, expected=f"one of {known}")
    return compiler


def _require_platform(specification: str, core_dir: Path) -> None:
    """A registry platform is either installed already or fetched; `specification` is `[owner/]name[@version]` or a URL."""
    name = specification.split("@", maxsplit=1)[0].rsplit("/", maxsplit=1)[-1]
    installed = any((core_dir / "platforms").glob(f"{name}*"))
    if installed:
        return
    if not registry_answers():
        raise ToolError(
            f"PlatformIO platform '{specification}' is not installed and {network.why_not(REGISTRY)}",
            hint=f"connect to the network once: {shell_command('pio', 'pkg', 'install', '-g', '-p', specification)}",
        )
    network.about_to_use(f"PlatformIO fetches its platform {specification} and the compiler for it")
