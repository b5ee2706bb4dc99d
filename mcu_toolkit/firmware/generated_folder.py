"""A folder of generated files: what was written before is known by a manifest, so that nothing of the user's is lost."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mcu_toolkit.errors import InputError
from mcu_toolkit.files import sha256_hex, write_bytes_if_changed, write_text


@dataclass(frozen=True)
class GeneratedFolder:
    """`path` with the JSON file `manifest` in it, which names every generated file with the SHA-256 of what was written."""

    path: Path
    manifest: str
    what: str
    """`project`, `export`: for messages."""
    is_valid: Callable[[Mapping[str, Any]], bool]
    """What else than `files` a manifest must have."""

    def read_manifest(self) -> dict[str, Any] | None:
        """The manifest, or None where there is none; raises InputError for a damaged one."""
        path = self.path / self.manifest
        if not path.is_file():
            return None
        try:
            manifest = json.loads(path.read_bytes())
        except ValueError:
            manifest = None
        if not isinstance(manifest, dict) or not isinstance(manifest.get("files"), dict) or not self.is_valid(manifest):
            raise InputError(
                "is damaged", on=path, expected="the JSON that `mcu generate` wrote", hint="remove the folder and generate anew"
            )
        return dict(manifest)

    def write(self, files: Mapping[str, bytes], facts: Mapping[str, Any], *, overwrite: bool) -> None:
        """Write `files` (name in the folder -> content), remove those of an earlier generation that are not wanted any more.

        Unchanged files keep their time stamps.  Raises InputError, and writes nothing, if the folder holds something else, or
        (unless `overwrite`) generated files that were edited since.
        """
        old = self._files_of_earlier_generation()
        if not overwrite:
            self._refuse_edited(files)
        # First a manifest of what is to come: a generation that is broken off can then be done again in the same folder.
        self._write_manifest({**dict.fromkeys(old), **files}, facts, complete=False)
        for name, content in files.items():
            write_bytes_if_changed(self.path / name, content)
        for name in old - set(files):
            (self.path / name).unlink(missing_ok=True)
        self._write_manifest(files, facts, complete=True)

    def replace(self, name: str, content: bytes) -> None:
        """Write one of the generated files anew, as if it had been generated so."""
        manifest = self.read_manifest()
        if manifest is not None and name in manifest["files"] and write_bytes_if_changed(self.path / name, content):
            manifest["files"][name] = sha256_hex(content)
            write_text(self.path / self.manifest, json.dumps(manifest, indent=2, sort_keys=True) + "\n")

    def _files_of_earlier_generation(self) -> set[str]:
        manifest = self.read_manifest()
        if manifest is not None:
            return {name for name in manifest["files"] if self._holds(name)}
        if self.path.exists() and (not self.path.is_dir() or any(self.path.iterdir())):
            raise InputError(
                f"is not empty and not a generated {self.what}", on=self.path, expected="a new folder", hint="choose another with -o"
            )
        return set()

    def _holds(self, name: str) -> bool:
        """True for a file below the folder, links followed: nothing else may be removed."""
        return (self.path / name).resolve().parent.is_relative_to(self.path.resolve())

    def _refuse_edited(self, files: Mapping[str, bytes]) -> None:
        """Raise InputError if a generated file was changed by hand and would now be replaced."""
        manifest = self.read_manifest()
        if manifest is None or not manifest.get("complete", True):
            return
        edited = []
        for name, content in files.items():
            path, written = self.path / name, manifest["files"].get(name)
            if written is not None and path.is_file() and sha256_hex(path.read_bytes()) not in (written, sha256_hex(content)):
                edited.append(name)
        if edited:
            raise InputError(
                f"these generated files were edited and would be replaced: {', '.join(sorted(edited))}",
                on=self.path,
                hint="keep your changes elsewhere, then --force; or -o another folder",
            )

    def _write_manifest(self, files: Mapping[str, bytes | None], facts: Mapping[str, Any], *, complete: bool) -> None:
        hashes = {name: None if content is None else sha256_hex(content) for name, content in sorted(files.items())}
        manifest = {**facts, "complete": complete, "files": hashes}
        write_text(self.path / self.manifest, json.dumps(manifest, indent=2, sort_keys=True) + "\n")
