"""The build id of a project on disk, with what the user has changed in it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from mcu_toolkit.firmware import MANIFEST
from mcu_toolkit.firmware.build_id import BUILD_ID_HEADER, build_id_header, build_id_of, files_of, written_build_id
from mcu_toolkit.firmware.project import project_files


def project_build_id(folder: Path, libraries: Mapping[str, str]) -> str | None:
    """The build id of a project as it is now; None where its firmware does not tell one.

    `libraries` are the folders outside that it is linked with: path -> hash.
    """
    if written_build_id(folder) is None:
        return None
    outside = {f"{path}/": digest.encode() for path, digest in libraries.items()}
    return build_id_of({**files_of(folder, MANIFEST), **outside})


def stamp_build_id(folder: Path, libraries: Mapping[str, str]) -> None:
    """Bring `src/build_id.h` of a project up to date."""
    build_id = project_build_id(folder, libraries)
    if build_id is not None and build_id != written_build_id(folder):
        project_files(folder).replace(BUILD_ID_HEADER, build_id_header(build_id))
