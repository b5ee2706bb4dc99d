"""Which sources an image was built from: a hash over the project, compiled into the firmware and reported in HELLO."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from mcu_toolkit.firmware import MANIFEST
from mcu_toolkit.firmware.manifest import project_files
from mcu_toolkit.protocol.ids import BUILD_ID_DIGITS
from mcu_toolkit.system.files import read_bytes

BUILD_ID_HEADER = "src/build_id.h"
_DEFINED = re.compile(rb'#define BUILD_ID "([0-9a-f]+)"')
_TEXT = """\
/* Which sources this image was built from: the start of a SHA-256 over all files of the project but this one.
 * `mcu build` and `mcu flash` bring it up to date; the firmware reports it in HELLO, and `mcu verify` asks for it. */
#ifndef MCU_BUILD_ID_H
#define MCU_BUILD_ID_H

#define BUILD_ID "{build_id}"

#endif
"""


def build_id_header(build_id: str) -> bytes:
    """The content of `src/build_id.h`."""
    return _TEXT.format(build_id=build_id).encode()


def build_id_of(files: Mapping[str, bytes]) -> str:
    """The build id of a project with these files: name in its folder -> content."""
    digest = hashlib.sha256()
    for name in sorted(set(files) - {BUILD_ID_HEADER}):
        digest.update(name.encode("utf-8", "surrogateescape") + b"\0" + hashlib.sha256(files[name]).digest())
    return digest.hexdigest()[:BUILD_ID_DIGITS]


def files_of(folder: Path, manifest: str) -> dict[str, bytes]:
    """What a project is built from, the user's own files included: all but hidden ones and the manifest, which holds hashes of them."""
    return {name: read_bytes(folder / name) for name in _names_below(folder, "") if name != manifest}


def _names_below(folder: Path, prefix: str) -> Iterator[str]:
    for item in folder.iterdir():
        if item.name.startswith(".") or item.name == "__pycache__":
            continue
        if item.is_dir():
            yield from _names_below(item, f"{prefix}{item.name}/")
        elif item.is_file():
            yield f"{prefix}{item.name}"


def written_build_id(folder: Path) -> str | None:
    """The build id in the header of a project; None where it has none (made by an older toolkit, or with another protocol)."""
    path = folder / BUILD_ID_HEADER
    found = _DEFINED.search(read_bytes(path)) if path.is_file() else None
    return None if found is None else found[1].decode()


def project_build_id(folder: Path, libraries: Mapping[str, str]) -> str | None:
    """The build id of a project as it is now; None where its firmware does not report one.

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
