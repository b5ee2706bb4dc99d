"""Name and version of a library's folder, by its manifest: which measured figures are its own."""

from __future__ import annotations

import json
import re
from pathlib import Path

MANIFESTS = ("library.json", "library.properties", "module.json")
"""PlatformIO takes a folder with any of them as a library, and reads the first that is there."""
_LONGEST_BYTES = 1 << 16
_LONGEST_WORD = 80
_PROPERTY = re.compile(r"^\s*(name|version)\s*=[ \t]*(.*?)\s*$", re.MULTILINE)


def read_manifest(folder: Path) -> tuple[str, str]:
    """(name, version); each is empty where the manifest does not say it.  What cannot be read says nothing: PlatformIO judges it."""
    path = next((folder / name for name in MANIFESTS if (folder / name).is_file()), None)
    if path is None:
        return "", ""
    try:
        with path.open("rb") as file:
            text = file.read(_LONGEST_BYTES).decode("utf-8", "replace")
    except OSError:
        return "", ""
    said = dict(reversed(_PROPERTY.findall(text))) if path.suffix == ".properties" else _of_json(text)
    return _word(said.get("name")), _word(said.get("version"))


def _of_json(text: str) -> dict[str, object]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _word(value: object) -> str:
    """Printable and short, as it is shown to people."""
    return value[:_LONGEST_WORD] if isinstance(value, str) and value.isprintable() else ""
