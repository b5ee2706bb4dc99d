"""Runtimes: ways of executing a model in firmware.  `get_runtime(name)`, `all_runtimes()`.

A runtime is a sub-package whose `RUNTIME` implements `Runtime`; adding the folder adds the runtime.
"""

from __future__ import annotations

import functools
import importlib
import pkgutil
from collections.abc import Callable

from mcu_toolkit.errors import UnknownNameError
from mcu_toolkit.runtimes.base import (
    NO_TRAITS,
    Contribution,
    Copied,
    ExportsSources,
    MeasuresArena,
    PlansMemory,
    Rendered,
    Runtime,
    RuntimeOptions,
    Traits,
)

__all__ = [
    "DEFAULT_RUNTIME",
    "NO_TRAITS",
    "Contribution",
    "Copied",
    "ExportsSources",
    "MeasuresArena",
    "PlansMemory",
    "Rendered",
    "Runtime",
    "RuntimeOptions",
    "Traits",
    "all_runtimes",
    "get_runtime",
    "runtime_names",
    "runtime_with",
    "traits_of",
]

DEFAULT_RUNTIME = "aot"
"""What exports are made with, what new boards get, and whose compiled code stands in for the golden interpreter."""


@functools.lru_cache(maxsize=1)
def all_runtimes() -> tuple[Runtime, ...]:
    """Every runtime, sorted by name: each sub-package has one, called `RUNTIME`."""
    runtimes: list[Runtime] = [importlib.import_module(f"{__name__}.{name}").RUNTIME for name in runtime_names()]
    assert tuple(runtime.name for runtime in runtimes) == runtime_names(), "a runtime has the name of its sub-package"
    return tuple(runtimes)


def get_runtime(name: str) -> Runtime:
    """The runtime with this name; raises UnknownNameError with the nearest names."""
    for runtime in all_runtimes():
        if runtime.name == name:
            return runtime
    raise UnknownNameError("runtime", name, [runtime.name for runtime in all_runtimes()], hint="mcu runtimes")


def runtime_names() -> tuple[str, ...]:
    """The names of all runtimes, sorted, without importing them: each has that of its sub-package."""
    return tuple(sorted(info.name for info in pkgutil.iter_modules(__path__) if info.ispkg))


def runtime_with(has: Callable[[Runtime], bool]) -> Runtime:
    """The runtime that `has` something: the default one if it does, else the first by name; raises LookupError where none does."""
    found = [runtime for runtime in all_runtimes() if has(runtime)]
    if not found:
        raise LookupError("no runtime has it")
    return next((runtime for runtime in found if runtime.name == DEFAULT_RUNTIME), found[0])


def traits_of(name: str) -> Traits:
    """Those of the runtime `name`, which a project was made with; NO_TRAITS for a name that none has."""
    return get_runtime(name).traits if name in runtime_names() else NO_TRAITS
