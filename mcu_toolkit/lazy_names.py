"""Names that a package hands on, imported when they are first asked for: a command starts without what only others need.

Not for a package that has a module and a function of one name: the module would take the function's place once it is imported.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any


def lazy_names(package: str, names: Mapping[str, Sequence[str]]) -> Callable[[str], Any]:
    """The `__getattr__` of the package called `package` (PEP 562); `names` are those that each of its modules gives it."""
    modules = {name: module for module, several in names.items() for name in several}

    def get(name: str) -> Any:
        if name not in modules:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        value = getattr(importlib.import_module(f"{package}.{modules[name]}"), name)
        setattr(sys.modules[package], name, value)
        return value

    return get
