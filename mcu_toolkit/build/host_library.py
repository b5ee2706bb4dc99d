"""AOT code compiled for this machine as a shared library, so that the host can run exactly what the board runs."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

from mcu_toolkit.errors import InputError, ToolError
from mcu_toolkit.system.files import atomic_path, read_bytes
from mcu_toolkit.system.process import require_tool, run
from mcu_toolkit.system.user_folders import private_cache

# As common/platformio.ini.j2 has them: same language, same floating-point rules, warnings are errors.
_FLAGS = ("-std=c99", "-O2", "-ffp-contract=off", "-Wall", "-Wextra", "-Werror", "-fPIC", "-shared", "-fvisibility=default")
_TIMEOUT_S = 600.0


_OBSERVER = "-DINFERENCE_OBSERVER=1"


def build_host_library(source_folder: Path, output: Path, *, observer: bool = False) -> Path:
    """Compile every C file below `source_folder` into the shared library `output` and return `output`.

    With `observer` the library shows what every layer makes (`AotHostRunner.trace`).

    Libraries are kept in the cache by the hash of compiler, flags and sources, so the same code is compiled once.
    Raises ToolError (no gcc, compile error with the end of its output) or InputError (no C file).
    """
    sources = sorted(source_folder.rglob("*.c"))
    if not sources:
        raise InputError("holds no C file", on=source_folder, expected="the folder of an AOT export")
    gcc = require_tool("gcc", hint="sudo apt-get install gcc libc6-dev")
    flags = (*_FLAGS, _OBSERVER) if observer else _FLAGS
    kept = private_cache("host-libraries") / f"{_key(gcc, flags, source_folder)}.so"
    if not kept.is_file():
        _compile(gcc, flags, source_folder, sources, kept)
    with atomic_path(output) as temporary:
        shutil.copyfile(kept, temporary)
    return output


def _key(gcc: Path, flags: tuple[str, ...], folder: Path) -> str:
    """The hash of everything the library depends on."""
    digest = hashlib.sha256()
    for part in (str(gcc), run([gcc, "--version"]).output, *flags):
        digest.update(part.encode() + b"\0")
    for path in sorted(path for path in folder.rglob("*") if path.suffix in (".c", ".h")):
        content = read_bytes(path, kind="source file")
        digest.update(f"{path.relative_to(folder).as_posix()}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()


def _compile(gcc: Path, flags: tuple[str, ...], folder: Path, sources: list[Path], output: Path) -> None:
    with atomic_path(output) as temporary:
        names = [path.relative_to(folder) for path in sources]
        completed = run([gcc, *flags, "-I.", *names, "-o", temporary, "-lm"], cwd=folder, timeout_s=_TIMEOUT_S)
        if completed.exit_code != 0:
            raise ToolError(f"gcc could not compile the generated code; its last lines:\n{completed.tail()}", on=folder)
