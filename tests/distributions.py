"""The two distributions of this tree, built as `make wheel` builds them."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from dataclasses import dataclass
from email.message import Message
from email.parser import Parser
from pathlib import Path

from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[1]
FOLDERS = {"mcu_toolkit": ".", "mcu_toolkit_core": "packaging/core"}
"""Where each is built from, by the name that its files begin with."""


@dataclass(frozen=True)
class Wheels:
    """Their files."""

    complete: Path
    core: Path


def build_wheels(target: Path, tree: Path = ROOT) -> Wheels:
    """Both wheels of `tree`, in the folder `target`."""
    built = [build(tree / folder, target, "wheel", f"{name}-*.whl") for name, folder in FOLDERS.items()]
    return Wheels(*built)


def build(project: Path, target: Path, kind: str, pattern: str) -> Path:
    """What hatchling makes of the folder `project`: a file in `target` that `pattern` fits; `kind` is wheel or sdist."""
    command = [sys.executable, "-m", "hatchling", "build", "-t", kind, "-d", target]
    subprocess.run(command, cwd=project, check=True, capture_output=True)
    [built] = target.glob(pattern)
    return built


def files_in(wheel: Path) -> set[str]:
    """The paths in a wheel."""
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def metadata_of(wheel: Path) -> Message:
    """The fields of its METADATA."""
    with zipfile.ZipFile(wheel) as archive:
        [name] = [name for name in archive.namelist() if name.endswith(".dist-info/METADATA")]
        return Parser().parsestr(archive.read(name).decode("utf-8"))


def requirements_of(wheel: Path) -> dict[str, Requirement]:
    """What it asks for without extras, by name."""
    found = (Requirement(text) for text in metadata_of(wheel).get_all("Requires-Dist", []))
    return {one.name: one for one in found if one.marker is None or "extra" not in str(one.marker)}
