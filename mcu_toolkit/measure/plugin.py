"""The plugin that counts: compiled once a machine, given to QEMU on its command line."""

from __future__ import annotations

import os
import shlex
from pathlib import Path

from mcu_toolkit.errors import ToolError
from mcu_toolkit.system.files import sha256_hex, write_bytes
from mcu_toolkit.system.process import require_tool, run
from mcu_toolkit.system.user_folders import private_cache

_SOURCE = Path(__file__).with_name("execution_counts.c")


def build_plugin() -> Path:
    """The compiled plugin; raises ToolError where this machine has no C compiler or the plugin does not compile."""
    source = _SOURCE.read_bytes()
    library = private_cache("plugins") / f"execution_counts-{sha256_hex(source)[:16]}.so"
    if library.is_file():
        return library
    compiler = require_tool("gcc", hint="sudo apt-get install gcc")
    made = library.with_name(f"{library.stem}-{os.getpid()}.so")
    try:
        completed = run([compiler, "-std=c99", "-Wall", "-Wextra", "-Werror", "-O2", "-shared", "-fPIC", "-o", made, _SOURCE])
        if completed.exit_code != 0:
            raise ToolError(f"QEMU's plugin does not compile:\n{completed.tail()}", on=str(_SOURCE))
        write_bytes(library, made.read_bytes())
    finally:
        made.unlink(missing_ok=True)
    return library


def plugin_arguments(plugin: Path, start: int, stop: int, counts: Path, mark: int | None = None) -> str:
    """Words for QEMU's command line: count between two addresses into the file `counts`; a write at `mark` begins a new part."""
    # A comma ends an option of QEMU's; two are one.
    library, file = (str(path.absolute()).replace(",", ",,") for path in (plugin, counts))
    marked = "" if mark is None else f",mark={mark:#x}"
    return f"-plugin {shlex.quote(f'{library},start={start:#x},stop={stop:#x},counts={file}{marked}')}"
