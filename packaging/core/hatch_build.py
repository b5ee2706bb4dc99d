"""What hatchling asks while it builds mcu-toolkit-core: version and dependencies from the top of the tree, and the files there.

The tree is two folders up in a checkout, and beside this file in a source distribution, which is laid out like that.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from hatchling.metadata.plugin.interface import MetadataHookInterface

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

_HERE = Path(__file__).resolve().parent
_TREE = _HERE if (_HERE / "mcu_toolkit").is_dir() else _HERE.parents[1]
_TOP = "mcu-toolkit.toml"
"""What the pyproject.toml of the top is called in a source distribution, where that name is taken."""
_SAYS = "pyproject.toml" if _TREE != _HERE else _TOP
"""Which versions of its dependencies the complete distribution asks for."""
_DATA = ("boards", "firmware_templates", "pio_platform")
"""Folders that lie beside the package in the tree, and inside of it in a wheel (mcu_toolkit/system/resources.py)."""
_NAME = re.compile(r"[A-Za-z0-9._-]+")


def version() -> str:
    """The version of both distributions, which the package states."""
    text = (_TREE / "mcu_toolkit/version.py").read_text(encoding="utf-8")
    found = re.search(r'^__version__ = "(.+)"$', text, re.MULTILINE)
    if found is None:
        raise ValueError(f'{_TREE / "mcu_toolkit/version.py"}: no line __version__ = "..."')
    return found[1]


def chosen(names: Sequence[str], requirements: Sequence[str]) -> list[str]:
    """Those of `requirements` whose names are `names`; raises ValueError for a name that is not among them."""
    by_name: dict[str, list[str]] = {}
    for requirement in requirements:
        match = _NAME.match(requirement)
        by_name.setdefault(match[0].lower() if match else "", []).append(requirement)
    unknown = sorted(set(names) - set(by_name))
    if unknown:
        raise ValueError(f"not among the dependencies in pyproject.toml at the top: {', '.join(unknown)}")
    return [requirement for name in names for requirement in by_name[name]]


class CoreMetadata(MetadataHookInterface):
    """The dependencies: a choice, by name, from those of the complete distribution."""

    def update(self, metadata: dict[str, Any]) -> None:
        """Write `dependencies` into the project's table."""
        with (_TREE / _SAYS).open("rb") as stream:
            project: Mapping[str, Any] = tomllib.load(stream)["project"]
        metadata["dependencies"] = chosen(self.config["dependencies"], project["dependencies"])


class CoreFiles(BuildHookInterface[Any]):
    """The files: the package and its data, from the tree; a development install only points to them."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Say what goes where; `version` is hatchling's name of the kind of build."""
        if self.target_name == "sdist":
            inside = {_SAYS: _TOP} | {name: name for name in ("mcu_toolkit", *_DATA, "LICENSE")}
        elif version == "editable":  # a development install points to the tree (dev-mode-dirs)
            inside = {}
        else:
            metadata = f"{self.metadata.core.name.replace('-', '_')}-{self.metadata.version}.dist-info"
            inside = {"mcu_toolkit": "mcu_toolkit", "LICENSE": f"{metadata}/licenses/LICENSE"}
            inside |= {name: f"mcu_toolkit/_data/{name}" for name in _DATA}
        build_data["force_include"] = {str(_TREE / source): target for source, target in inside.items()}
