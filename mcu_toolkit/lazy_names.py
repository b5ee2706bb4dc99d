"""Names that a package hands on, imported when they are first asked for: a command starts without what only others need.

The package imports them below `if TYPE_CHECKING:`, as type checkers and readers expect it, and lists them in `__all__`:

__getattr__ = lazy_names(__name__)

Not for a package that has a module and a function of one name: the module would take the function's place once it is imported.
"""

from __future__ import annotations

import ast
import functools
import importlib
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any


def lazy_names(package: str) -> Callable[[str], Any]:
    """The `__getattr__` of the package called `package` (PEP 562), which raises AttributeError for names that it does not hand on."""

    def get(name: str) -> Any:
        module = _modules(package).get(name)
        if module is None:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        value = getattr(importlib.import_module(module), name)
        setattr(sys.modules[package], name, value)
        return value

    return get


@functools.cache
def _modules(package: str) -> Mapping[str, str]:
    """The module of each name that `package` imports in a block of its own source, which runs for type checkers only."""
    source = Path(sys.modules[package].__file__ or "").read_text("utf-8")
    blocks = (node for node in ast.parse(source).body if isinstance(node, ast.If))
    imports = (node for block in blocks for node in block.body if isinstance(node, ast.ImportFrom))
    return {alias.name: node.module for node in imports if node.module for alias in node.names}
