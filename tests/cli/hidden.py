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
    for distribution in metadata.distributions():
        name = _plain(distribution.metadata["Name"])
        if name not in kept | {"mcu_toolkit"}:
            found |= {name, *_packages(distribution)}
    return found


def _packages(distribution: metadata.Distribution) -> set[str]:
    """What it installs at the top of site-packages, by its list of files: Python 3.10's `packages_distributions` knows fewer."""
    tops = {file.parts[0] for file in distribution.files or () if file.suffix in (".py", ".so") and not file.is_absolute()}
    return {top.split(".")[0] for top in tops if not top.endswith((".dist-info", ".data")) and not top.startswith((".", "_"))}


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "_", name).lower()
