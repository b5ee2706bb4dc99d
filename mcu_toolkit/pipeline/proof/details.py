"""What a report's page draws: the model's graph, errors and samples of a run, and what the image is made of."""

from __future__ import annotations

import contextlib
import dataclasses
import importlib.metadata
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from mcu_toolkit.artifacts import CompiledModelInfo, FirmwareImage, FirmwareProject, RunResult, Vectors
from mcu_toolkit.build import compiler_of_image, elf_path, read_image_parts
from mcu_toolkit.errors import McuError
from mcu_toolkit.firmware import load_project_info
from mcu_toolkit.model import Model
from mcu_toolkit.pipeline.application import labels_for
from mcu_toolkit.pipeline.proof.graph_details import graph_detail
from mcu_toolkit.pipeline.proof.sample_details import error_details, predictions_of, sample_details
from mcu_toolkit.report import Report
from mcu_toolkit.report.details import ArenaDetail, Details
from mcu_toolkit.runners import roles
from mcu_toolkit.system.files import read_bytes, sha256_hex

_PACKAGES: Mapping[str, str] = MappingProxyType(
    {roles.GOLDEN: "tflite-micro", roles.SECOND_OPINION: "ai-edge-litert", roles.FLOAT: "tensorflow"}
)
"""By runner: what it runs with on this machine."""


def with_run_details(report: Report, results: Mapping[str, RunResult], model: Model, vectors: Vectors) -> Report:
    """`report` with the graph of `model`, and with errors, classes and a few samples of the run; `results` are by runner name."""
    predictions = predictions_of(results, model, vectors)
    details = Details(
        data=Path(vectors.source).name if not vectors.source.startswith("random(") else vectors.source,
        versions=_versions(results),
        class_names=labels_for(model, None),
        graph=graph_detail(model),
        errors=error_details(results, report.golden, model),
        samples=sample_details(vectors, predictions, model),
        predictions=predictions,
    )
    return dataclasses.replace(report, details=details)


def with_image_details(report: Report, project: FirmwareProject, image: FirmwareImage | None = None) -> Report:
    """`report` with the arena, the steps of the compiled model and the parts of the image of `project`.

    What cannot be read is left out: the proof does not depend on it.
    """
    try:
        info = load_project_info(project.folder)
        elf = elf_path(project) if image is None else image.elf
        prefixes = [one.prefix for one in info.compiled_models]
        parts = read_image_parts(elf, prefixes)
        digest = sha256_hex(read_bytes(elf, kind="image")) if image is None else image.sha256
        compiler = compiler_of_image(elf)
    except McuError:
        return report
    before = report.details or Details()
    versions = {**before.versions, **({"compiler": compiler} if compiler else {})}
    details = dataclasses.replace(before, image=parts, image_sha256=digest, versions=versions)
    compiled = next((one for one in info.compiled_models if one.name == report.model_name), None)
    return dataclasses.replace(report, details=details if compiled is None else _with_plan(details, compiled))


def _versions(results: Mapping[str, RunResult]) -> dict[str, str]:
    """The runtime as the firmware says it, and the packages of the interpreters that ran."""
    told = {name: result.device.runtime for name, result in results.items() if result.device is not None and result.device.runtime}
    for runner, package in _PACKAGES.items():
        if runner in results:
            with contextlib.suppress(importlib.metadata.PackageNotFoundError):
                told[package] = importlib.metadata.version(package)
    return told


def _with_plan(details: Details, compiled: CompiledModelInfo) -> Details:
    arena = ArenaDetail(compiled.arena_bytes, compiled.arena_lower_bound_bytes, compiled.arena)
    return dataclasses.replace(details, arena=arena, steps=compiled.layers)
