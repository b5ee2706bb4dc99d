"""Packages hand on what they import for type checkers, when it is asked for."""

from __future__ import annotations

import importlib
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[1] / "mcu_toolkit"
LAZY = [path.parent for path in sorted(PACKAGE.rglob("__init__.py")) if "= lazy_names(__name__)" in path.read_text("utf-8")]


def name_of(folder: Path) -> str:
    return ".".join(folder.relative_to(PACKAGE.parent).parts)


@pytest.mark.parametrize("name", [name_of(folder) for folder in LAZY])
def test_every_name_that_a_package_lists_can_be_had_and_no_other(name: str) -> None:
    package = importlib.import_module(name)
    assert package.__all__
    for each in package.__all__:
        assert getattr(package, each) is not None
    with pytest.raises(AttributeError, match=f"module '{name}' has no attribute 'nothing'"):
        _ = package.nothing


def test_there_are_such_packages_and_importing_one_imports_none_of_its_modules() -> None:
    assert len(LAZY) > 5
    program = "import sys, mcu_toolkit.device; print(*(name for name in sys.modules if name.startswith('mcu_toolkit.device.')))"
    assert subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout == "\n"
