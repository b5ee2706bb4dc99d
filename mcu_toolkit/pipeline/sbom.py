"""`mcu sbom`: the bill of materials of a firmware, from its project and its image."""

from __future__ import annotations

import datetime
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from mcu_toolkit.artifacts import FirmwareImage, FirmwareProject
from mcu_toolkit.artifacts.sbom import BillOfMaterials, Component, Hash, Licence, Property
from mcu_toolkit.build import compiler_of_image, read_image_parts
from mcu_toolkit.build.libraries import library_specifications
from mcu_toolkit.errors import InputError
from mcu_toolkit.firmware import MANIFEST
from mcu_toolkit.firmware.build_id import files_of, written_build_id
from mcu_toolkit.firmware.manifest import project_files
from mcu_toolkit.pipeline.firmware import ensure_built
from mcu_toolkit.pipeline.workspace.inputs import board_of
from mcu_toolkit.pipeline.workspace.locks import folder_in_use
from mcu_toolkit.pipeline.workspace.progress import Progress
from mcu_toolkit.pipeline.workspace.step_result import StepResult
from mcu_toolkit.system.files import sha256_hex, write_text
from mcu_toolkit.version import __version__

_EPOCH = "SOURCE_DATE_EPOCH"
_SPDX = re.compile(rb"SPDX-License-Identifier: ([A-Za-z0-9.+-]+(?: (?:WITH|AND|OR) [A-Za-z0-9.+-]+)*)")
_OWN_LICENCE = Licence("Apache-2.0 WITH LLVM-exception")
_GCC_LICENCE = Licence("GPL-3.0-or-later WITH GCC-exception-3.1")
_OF_GCC = re.compile(r"lib(?:gcc|stdc\+\+|supc\+\+)")
_MODELS = "models/"
_TFLM_LICENCE = Licence("Apache-2.0")


@dataclass(frozen=True)
class SbomResult:
    """What `mcu sbom` wrote."""

    file: Path
    image: Path
    image_sha256: str
    components: int


def write_sbom(project: FirmwareProject, output: Path | None, progress: Progress) -> StepResult[SbomResult]:
    """The bill of materials of `project` in `output` (default: beside its folder), after building what changed.

    Raises InputError for a file inside the project, where it would be one of its sources, and for a SOURCE_DATE_EPOCH that is no number.
    """
    path = output if output is not None else project.folder.with_name(f"{project.folder.resolve().name}.cdx.json")
    if path.resolve().is_relative_to(project.folder.resolve()):
        raise InputError("is inside the project, where it would be one of the firmware's sources", on=path, expected="a file elsewhere")
    timestamp = _timestamp(os.environ)
    with folder_in_use(project.folder):
        image, _ = ensure_built(project, board_of(project), progress, force=False)
        bill = BillOfMaterials(_firmware(project, image), tuple(_parts(project, image)), tuple(_tools(image)))
    write_text(path, bill.to_json(timestamp))
    lines = (f"bill of materials: {path} (CycloneDX 1.6, {len(bill.parts)} components)",)
    return StepResult("sbom", lines, SbomResult(path, image.elf, image.sha256, len(bill.parts)))


def _timestamp(environment: Mapping[str, str]) -> str:
    """Now, or the time that reproducible builds give."""
    given = environment.get(_EPOCH)
    try:
        moment = datetime.datetime.now(datetime.timezone.utc) if given is None else _moment(int(given))
    except (ValueError, OverflowError, OSError):
        raise InputError(f"is '{given}'", on=_EPOCH, expected="a whole number of seconds since 1970") from None
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _moment(seconds: int) -> datetime.datetime:
    return datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc)


def _firmware(project: FirmwareProject, image: FirmwareImage) -> Component:
    facts = {"board": project.board_id, "runtime": project.runtime, "build id": written_build_id(project.folder) or ""}
    return Component(
        type="firmware",
        ref="firmware",
        name=", ".join(project.model_names),
        version=facts["build id"] or None,
        hashes=(Hash(image.sha256),),
        properties=tuple(Property.of(name, value) for name, value in facts.items() if value),
    )


def _parts(project: FirmwareProject, image: FirmwareImage) -> Iterator[Component]:
    for number, (name, sha256) in enumerate(zip(project.model_names, project.model_sha256s, strict=True)):
        yield Component("machine-learning-model", f"model:{number}", name, hashes=(Hash(sha256),))
    written = project_files(project.folder).read_manifest()
    known = {} if written is None else written.hashes
    for name, content in sorted(files_of(project.folder, MANIFEST).items()):
        if not name.startswith(_MODELS):
            yield file_component(name, content, known)
    for number, specification in enumerate(library_specifications(project.folder)):
        yield _library(number, specification)
    archives = {part.name.partition("(")[0] for part in read_image_parts(image.elf) if part.group == "libc"}
    for archive in sorted(archives):
        licences = (_GCC_LICENCE,) if _OF_GCC.match(archive) else ()
        yield Component("library", f"archive:{archive}", archive, description="of the compiler's distribution", licences=licences)


def file_component(name: str, content: bytes, known: Mapping[str, str | None]) -> Component:
    """A file that the image is built from: who wrote it, and its licence where its first line says one."""
    digest = sha256_hex(content)
    licence = _SPDX.search(content.partition(b"\n")[0])
    if name not in known:
        origin = "the user's"
    elif known[name] != digest:
        origin = "edited"
    else:
        origin = "toolkit" if licence else "generated"
    return Component(
        type="file",
        ref=f"file:{name}",
        name=name,
        hashes=(Hash(digest),),
        licences=(Licence(licence[1].decode()),) if licence else (),
        properties=(Property.of("origin", origin),),
    )


def _library(number: int, specification: str) -> Component:
    """A library that PlatformIO brings, TensorFlow Lite Micro or one that the user added; of a folder the bill has the name only."""
    name = specification.rstrip("/").rpartition("/")[2]
    plain, _, version = name.partition("@")
    is_tflm = re.search(r"tensorflow|tflm|tflite", plain, re.IGNORECASE) is not None
    return Component(
        type="library",
        ref=f"library:{number}",
        name=plain or name,
        version=version.strip() or None,
        licences=(_TFLM_LICENCE,) if is_tflm else (),
    )


def _tools(image: FirmwareImage) -> Iterator[Component]:
    yield Component("application", "tool:toolkit", "mcu-toolkit", __version__, licences=(_OWN_LICENCE,))
    name, _, version = compiler_of_image(image.elf).rpartition(" ")
    if name:
        yield Component("application", "tool:compiler", name, version)
