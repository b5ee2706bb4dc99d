"""The JavaScript libraries that a page holds: fetched at set-up by name, version and hash, never part of the repository.

`libraries.toml` beside this module says which; scripts/fetch_page_libraries.py fetches them.  Without them a page has tables and
static pictures.
"""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from mcu_toolkit.system.files import sha256_hex
from mcu_toolkit.system.parsing import parse_toml

HERE = Path(__file__).resolve().parent
FETCHED = HERE / "fetched"
TABLE = HERE / "libraries.toml"
_LARGEST_BYTES = 8 << 20
"""Of a library's text."""


@dataclass(frozen=True)
class Library:
    """A library of the npm registry."""

    name: str
    version: str
    integrity: str
    """Of its package, as npm writes it: `sha512-` and base64."""
    file: str
    """The one file of the package that a page needs."""
    sha256: str
    """Of that file."""
    notices: tuple[str, ...]
    """Files of the package that say whose it is and how it may be used."""
    licence: str

    @property
    def stem(self) -> str:
        """What its fetched files are called after."""
        return self.name.rpartition("/")[2]

    @property
    def kept(self) -> str:
        """The file that holds its text, compressed: a third of the size of an installed package that nobody reads."""
        return f"{self.stem}.js.gz"


def wanted() -> tuple[Library, ...]:
    """All of them, in the order in which a page loads them."""
    table: Mapping[str, Mapping[str, object]] = parse_toml(TABLE.read_bytes(), TABLE)
    return tuple(
        Library(
            name=name,
            version=str(one["version"]),
            integrity=str(one["integrity"]),
            file=str(one["file"]),
            sha256=str(one["sha256"]),
            notices=tuple(map(str, one["notices"])) if isinstance(one["notices"], list) else (),
            licence=str(one["licence"]),
        )
        for name, one in table.items()
    )


def fetched(folder: Path | None = None) -> tuple[str, ...] | None:
    """The texts of all libraries; None where one is missing, or is not what its hash says."""
    texts = []
    for library in wanted():
        content = unpacked((folder or FETCHED) / library.kept)
        if sha256_hex(content) != library.sha256:
            return None
        texts.append(content.decode("utf-8"))
    return tuple(texts)


def packed(text: bytes) -> bytes:
    """`text` as it is kept; the same bytes in every run."""
    return gzip.compress(text, mtime=0)


def unpacked(path: Path) -> bytes:
    """The text of a kept file; nothing where there is none, or it holds something else."""
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(path.read_bytes())) as file:
            return file.read(_LARGEST_BYTES)
    except (OSError, EOFError, zlib.error):
        return b""
