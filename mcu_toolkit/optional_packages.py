"""Packages that not every installation has: the only place that looks for them, and says how to install what is missing.

mcu-toolkit-core has none of them; mcu-toolkit brings what trains, quantizes and validates; its extras bring the rest.
"""

from __future__ import annotations

import importlib.util
import platform
import sys
from collections.abc import Sequence

from mcu_toolkit.errors import ToolError

COMPLETE = "mcu-toolkit"
"""The distribution whose dependencies are everything but the extras."""


def is_installed(package: str) -> bool:
    """True where `package` (a name as in `import`) can be imported; imports nothing."""
    return importlib.util.find_spec(package) is not None


def missing(packages: Sequence[str]) -> tuple[str, ...]:
    """Those of `packages` (names as in `import`) that are not installed."""
    return tuple(name for name in packages if not is_installed(name))


def install_command(extra: str | None = None) -> str:
    """The line that installs the complete toolkit, and `extra` with it."""
    return f"pip install {COMPLETE}" if extra is None else f"pip install '{COMPLETE}[{extra}]'"


def what_brings_it(extra: str | None = None) -> str:
    """The same in words, for `expected` of an error."""
    return f"the complete toolkit, {COMPLETE}" if extra is None else f"the extra '{extra}'"


def require(packages: Sequence[str], purpose: str, *, extra: str | None = None, on: object = None) -> None:
    """Raise ToolError where one of `packages` is missing: which, for what `purpose`, and the line that installs them."""
    absent = missing(packages)
    if absent:
        some = "a package that is" if len(absent) == 1 else "packages that are"
        raise ToolError(
            f"{purpose} needs {some} not installed: {', '.join(absent)}",
            on=on,
            expected=what_brings_it(extra),
            hint=install_command(extra),
        )


def tflm_is_published_here() -> bool:
    """True on systems that TFLM's interpreter, the package tflite_micro, is published for."""
    return sys.platform == "linux" and platform.machine() == "x86_64"
