"""Packages that are installed and that a command does not find: children of it neither."""

from __future__ import annotations

import re
from collections.abc import Collection
from importlib import metadata
from pathlib import Path

from tests.distributions import ROOT

_SITE = """
import importlib.machinery
HIDDEN = {hidden!r}
finder = importlib.machinery.PathFinder
find, distributions = finder.find_spec, finder.find_distributions

def find_other(cls, name, path=None, target=None):
    return None if name.split(".")[0] in HIDDEN else find(name, path, target)

def other_distributions(cls, *context):
    return (one for one in distributions(*context) if one.metadata["Name"].lower().replace("-", "_") not in HIDDEN)

finder.find_spec = classmethod(find_other)
finder.find_distributions = classmethod(other_distributions)
"""


def hide(folder: Path, packages: Collection[str]) -> dict[str, str]:
    """The environment of a command that does not find `packages`: names as in `import`, and of distributions with underscores."""
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(_SITE.format(hidden=sorted(packages)))
    return {"PYTHONPATH": str(folder)}


def not_in_core() -> set[str]:
    """What mcu-toolkit-core does not install: every package and distribution here that requirements/core.lock does not list."""
    lock = (ROOT / "requirements/core.lock").read_text(encoding="utf-8")
    kept = {_plain(name) for name in re.findall(r"^([\w.-]+)==", lock, re.MULTILINE)} | {"mcu_toolkit_core"}
    found: set[str] = set()
    for package, owners in metadata.packages_distributions().items():
        if package != "mcu_toolkit" and not {_plain(owner) for owner in owners} & kept:
            found |= {package, *map(_plain, owners)}
    return found


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "_", name).lower()
