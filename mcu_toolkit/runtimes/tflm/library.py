"""The TFLM library as the user names it: a folder on disk, or anything else PlatformIO takes in `lib_deps`."""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import os
import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

from mcu_toolkit.errors import InputError
from mcu_toolkit.runtimes.tflm.facts import KNOWN, LibraryFacts, find_sources, read_facts
from mcu_toolkit.runtimes.tflm.manifest import MANIFESTS, read_manifest

DEFAULT_LIBRARY = "spaziochirale/Chirale_TensorFLowLite@2.0.0"
"""Of PlatformIO's registry, whose spelling this is; boards/<id>.toml may name another."""
LIBRARY_VARIABLE = "MCU_TFLM_LIBRARY"
"""Names the library where no option and no mcu.toml does."""

_FOLDER_PREFIXES = ("symlink://", "file://")
_REGISTRY_NAME = re.compile(r"^(?:[\w.-]+/)?(?P<name>[\w. -]+?)\s*(?:@\s*(?P<version>[^@]+))?$")


@dataclass(frozen=True)
class Library:
    """A library that was looked at, as far as it is on this machine."""

    specification: str
    """For `lib_deps`."""
    called: str
    """For messages: `Chirale_TensorFLowLite@2.0.0`, or the folder."""
    facts: LibraryFacts | None
    """None where nothing is known before PlatformIO has fetched it."""
    folder: Path | None = None
    """Where it is on this machine; None where PlatformIO has to fetch it."""
    name: str = ""
    """As its manifest, or the registry, has it; empty where neither is known."""
    version: str = ""

    def without_optimized_kernels(self) -> Library:
        """The library as it is when only its reference kernels are compiled; raises InputError where it has none."""
        root = find_sources(self.folder) if self.folder is not None else None
        if root is None or self.facts is None or not self.facts.has_reference_twins:
            only = self.facts.kernels if self.facts is not None else "its own"
            raise InputError(
                f"TFLM library has {only} kernels only",
                on=self.called,
                expected="one with reference kernels beside them",
                hint="--tflm-library",
            )
        return dataclasses.replace(self, facts=read_facts(root, plain=True))

    @property
    def is_local(self) -> bool:
        """True where no network is needed."""
        return self.folder is not None

    @property
    def key(self) -> str:
        """Changes when the library does: a folder's by names, sizes and times of its files."""
        return self.specification if self.folder is None else _folder_key(self.folder)


def open_library(specification: str) -> Library:
    """Look at the library `specification`: a folder (`symlink:///path`, `/path`, `~/path`, `./path`) or any PlatformIO specification.

    Raises InputError if a folder is missing, holds no TFLM, or has no manifest, without which PlatformIO does not take it.
    """
    text = specification.strip()
    if not text or any(ord(character) < 32 or character in ";$" for character in text):
        raise InputError(f"'{specification}' cannot be a library", expected="a folder, or a PlatformIO library specification")
    folder = _folder_of(text)
    if folder is not None:
        return _open_folder(folder)
    match = _REGISTRY_NAME.match(text)
    known = KNOWN.get(match["name"].lower()) if match else None
    name, version = (match["name"], (match["version"] or "").strip()) if match else ("", "")
    return Library(text, text.rsplit("/", maxsplit=1)[-1], known, name=name, version=version)


def default_library(of_board: str) -> str:
    """What to use where nobody said: $MCU_TFLM_LIBRARY, else the board's own, else the default."""
    return os.environ.get(LIBRARY_VARIABLE) or of_board or DEFAULT_LIBRARY


def _folder_of(text: str) -> Path | None:
    """The folder that `text` names; None if it is a registry name, a URL or the like."""
    for prefix in _FOLDER_PREFIXES:
        if text.startswith(prefix):
            return Path(unquote(text[len(prefix) :])).expanduser()
    if text.startswith(("/", "./", "../", "~")) or Path(text).is_dir():
        return Path(text).expanduser()
    return None


def _open_folder(folder: Path) -> Library:
    folder = folder.absolute()
    if not folder.is_dir():
        raise InputError("TFLM library: no such folder", on=folder, expected="a folder with a PlatformIO or Arduino library")
    root = find_sources(folder)
    if root is None:
        raise InputError(
            "holds no TensorFlow Lite Micro", on=folder, expected="tensorflow/lite/micro/micro_mutable_op_resolver.h in it or in its src/"
        )
    if not any((folder / name).is_file() for name in MANIFESTS):
        raise InputError(
            "has no library manifest, so PlatformIO does not take it as a library",
            on=folder,
            expected=f"one of {', '.join(MANIFESTS)}",
            hint="write a library.json there that names its sources, include folders and flags",
        )
    name, version = read_manifest(folder)
    return Library(f"symlink://{folder}", str(folder), read_facts(root), folder, name, version)


@functools.lru_cache(maxsize=8)
def _folder_key(folder: Path) -> str:
    digest = hashlib.sha256(str(folder).encode())
    for path in sorted(folder.rglob("*")):
        if path.suffix in {".h", ".c", ".cc", ".cpp", ".S", ".json", ".properties"} and path.is_file():
            status = path.stat()
            digest.update(f"{path.relative_to(folder)}\0{status.st_size}\0{status.st_mtime_ns}\n".encode())
    return digest.hexdigest()
