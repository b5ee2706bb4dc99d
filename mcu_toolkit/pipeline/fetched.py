"""A library that PlatformIO fetched while it built: only then is it known which operators it has."""

from __future__ import annotations

from mcu_toolkit.artifacts import FirmwareProject
from mcu_toolkit.errors import UnsupportedModelError
from mcu_toolkit.firmware import load_project_models
from mcu_toolkit.runtimes.tflm.facts import find_sources, read_facts
from mcu_toolkit.runtimes.tflm.rules import check_library


def check_fetched_library(project: FirmwareProject) -> None:
    """Raise UnsupportedModelError where a TensorFlow Lite Micro that was fetched for `project` would run one of its models wrong.

    Nothing is said of projects that fetched none: their library was looked at before anything was generated.
    """
    for folder in sorted((project.folder / ".pio" / "libdeps" / project.board_id).glob("*/")):
        root = find_sources(folder)
        if root is None:
            continue
        facts = read_facts(root)
        for model in load_project_models(project.folder):
            findings = check_library(model, facts, folder.name)
            if findings:
                reasons = "\n".join(f"    {finding}" for finding in findings)
                raise UnsupportedModelError(f"the library that was fetched cannot run this model:\n{reasons}", on=model.name)
