"""Runtimes: ways of executing a model in firmware.  `get_runtime(name)`, `all_runtimes()`.

A runtime is a sub-package whose `RUNTIME` implements `Runtime`; adding the folder adds the runtime.
"""

from __future__ import annotations

import functools
import importlib
import pkgutil

from mcu_toolkit.errors import UnknownNameError
from mcu_toolkit.runtimes.base import (
    Contribution,
    Copied,
    ExportsSources,
    MeasuresArena,
    PlansMemory,
    Rendered,
    Runtime,
    RuntimeOptions,
)

__all__ = [
    "Contribution",
    "Copied",
    "ExportsSources",
    "MeasuresArena",
    "PlansMemory",
    "Rendered",
    "Runtime",
    "RuntimeOptions",
    "all_runtimes",
    "get_runtime",
]


@functools.lru_cache(maxsize=1)
def all_runtimes() -> tuple[Runtime, ...]:
    """Every runtime, sorted by name: each sub-package has one, called `RUNTIME`."""
    packages = [info.name for info in pkgutil.iter_modules(__path__) if info.ispkg]
    runtimes: list[Runtime] = [importlib.import_module(f"{__name__}.{package}").RUNTIME for package in packages]
    return tuple(sorted(runtimes, key=lambda runtime: runtime.name))


def get_runtime(name: str) -> Runtime:
    """The runtime with this name; raises UnknownNameError with the nearest names."""
    for runtime in all_runtimes():
        if runtime.name == name:
            return runtime
    raise UnknownNameError("runtime", name, [runtime.name for runtime in all_runtimes()], hint="mcu runtimes")
