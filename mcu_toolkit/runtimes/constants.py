"""What a layer's constants in an image must be: sizes and CRC-32, as READ_CONSTANTS of docs/protocol.md tells them."""

from __future__ import annotations

import zlib
from collections.abc import Iterable

WHOLE_MODEL = "all"


def constant_digests(pieces: Iterable[tuple[int, bytes]], whole: bytes | None = None) -> dict[str, list[int]]:
    """[bytes, crc32] by layer number (as text: it goes into JSON), and for everything together under `WHOLE_MODEL`.

    `pieces`: (layer, bytes) of every array in the order of the image; `whole`: what counts as everything, if not the pieces.
    """
    found: dict[str, list[int]] = {WHOLE_MODEL: [0, 0]} if whole is None else {WHOLE_MODEL: [len(whole), zlib.crc32(whole)]}
    for layer, content in pieces:
        for key in (str(layer),) if whole is not None else (str(layer), WHOLE_MODEL):
            size_bytes, crc = found.get(key, [0, 0])
            found[key] = [size_bytes + len(content), zlib.crc32(content, crc)]
    return found
