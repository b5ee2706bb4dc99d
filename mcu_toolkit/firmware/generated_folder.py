"""A folder of generated files: what was written before is known by a manifest, so that nothing of the user's is lost."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Generic, TypeVar

from mcu_toolkit.errors import InputError
from mcu_toolkit.firmware.collisions import refuse_equal_names, refuse_files_of_others
from mcu_toolkit.system.confined import path_inside, write_inside
from mcu_toolkit.system.files import sha256_hex
from mcu_toolkit.system.json_table import JsonTable
from mcu_toolkit.system.json_text import json_text
from mcu_toolkit.system.parsing import json_value
from mcu_toolkit.system.records import INLINE, named

NO_FILES: Mapping[str, bytes] = MappingProxyType({})
_GIT_NAMES = frozenset({".git", ".gitignore", ".gitattributes"})
"""What a folder may hold that is new but for being a repository."""


M = TypeVar("M")
"""A record: what a manifest says beside the files."""


@dataclass(frozen=True)
class Written(Generic[M]):
    """What was generated in a folder."""

    manifest: M = field(metadata=INLINE)
    hashes: Mapping[str, str | None] = field(metadata=named("files"))
    """SHA-256 of what was written, by name in the folder; None for files of a generation that was broken off."""
    complete: bool
    """False where the generation was broken off."""


@dataclass(frozen=True)
class GeneratedFolder(Generic[M]):
    """`path` with the JSON file `manifest` in it, which names every generated file with the SHA-256 of what was written."""

    path: Path
    manifest: str
    what: str
    """`project`, `export`: for messages."""
    read: Callable[[JsonTable], M]
    """What else than `files` and `complete` a manifest has; raises ValueError where that is damaged."""

    def read_manifest(self) -> Written[M] | None:
        """What was generated, or None where nothing was; raises InputError for a damaged manifest."""
        text = self._text()
        return None if text is None else self._parsed(text)

    def _text(self) -> bytes | None:
        path = self.path / self.manifest
        return path.read_bytes() if path.is_file() else None

    def _parsed(self, text: bytes) -> Written[M]:
        try:
            table = JsonTable(json_value(text))
            files = table.table("files")
            if "files" not in table:
                raise ValueError("it names no files")
            hashes = {name: files.optional(name, str) for name in files}
            return Written(self.read(table), hashes, table.get("complete", default=True))
        except ValueError:
            raise InputError(
                "is damaged",
                on=self.path / self.manifest,
                expected="the JSON that `mcu generate` wrote",
                hint="remove the folder and generate again",
            ) from None

    def write(self, files: Mapping[str, bytes], manifest: M, *, overwrite: bool, users: Mapping[str, bytes] = NO_FILES) -> None:
        """Write `files` (name in the folder -> content), remove those of an earlier generation that are not wanted any more.

        `users` are files that are the user's as soon as they are written: only where there are none.  Unchanged files keep
        their time stamps.  Raises InputError, and writes nothing, if the folder holds something else, a link in the place of
        a file, or (unless `overwrite`) generated files that were edited since, or files of the user's with these names; and
        where two names are one.
        """
        old = self._files_of_earlier_generation()
        refuse_equal_names((*files, *users, self.manifest))
        new = {name: content for name, content in users.items() if not os.path.lexists(self.path / name)}
        for name in (*files, *new, self.manifest):
            path_inside(self.path, name)
        if not overwrite:
            refuse_files_of_others(self.path, files, {*old, *users, self.manifest})
            self._refuse_edited(files)
        # First a manifest of what is to come: a generation that is broken off can then be done again in the same folder.
        self._write_manifest({**dict.fromkeys(old), **files}, manifest, complete=False)
        for name, content in (*files.items(), *new.items()):
            write_inside(self.path, name, content)
        for name in old - set(files) - set(users):
            (self.path / name).unlink(missing_ok=True)
        self._write_manifest(files, manifest, complete=True)

    def replace(self, name: str, content: bytes) -> None:
        """Replace the content of one of the generated files, as if it had been generated so; see `path_inside` for what it raises."""
        text = self._text()
        if text is not None and name in self._parsed(text).hashes and write_inside(self.path, name, content):
            manifest = json_value(text)  # not the record: what another version of the toolkit wrote into it stays
            manifest["files"][name] = sha256_hex(content)
            write_inside(self.path, self.manifest, _json(manifest))

    def _files_of_earlier_generation(self) -> set[str]:
        written = self.read_manifest()
        if written is not None:
            return {name for name in written.hashes if self._holds(name)}
        if self.path.exists() and (not self.path.is_dir() or any(item.name not in _GIT_NAMES for item in self.path.iterdir())):
            raise InputError(
                f"is not empty and not a generated {self.what}", on=self.path, expected="a new folder", hint="choose another with -o"
            )
        return set()

    def _holds(self, name: str) -> bool:
        """True for a file that stands below the folder, links followed: nothing else may be removed."""
        path = self.path / name
        return path.parent.resolve().is_relative_to(self.path.resolve()) and (path.is_symlink() or path.is_file())

    def _refuse_edited(self, files: Mapping[str, bytes]) -> None:
        """Raise InputError if a generated file was changed by hand and would now be replaced."""
        written = self.read_manifest()
        if written is None or not written.complete:
            return
        edited = []
        for name, content in files.items():
            path, known = self.path / name, written.hashes.get(name)
            if known is not None and path.is_file() and sha256_hex(path.read_bytes()) not in (known, sha256_hex(content)):
                edited.append(name)
        if edited:
            raise InputError(
                f"these generated files were edited and would be replaced: {', '.join(sorted(edited))}",
                on=self.path,
                hint="keep your changes elsewhere, then --force; or -o another folder",
            )

    def _write_manifest(self, files: Mapping[str, bytes | None], manifest: M, *, complete: bool) -> None:
        hashes = {name: None if content is None else sha256_hex(content) for name, content in sorted(files.items())}
        write_inside(self.path, self.manifest, _json(Written(manifest, hashes, complete)))


def _json(manifest: object) -> bytes:
    return json_text(manifest, ascii_only=True, sort_keys=True).encode()
