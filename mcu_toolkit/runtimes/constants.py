"""What a layer's constants in an image must be: sizes and CRC-32, as READ_CONSTANTS of docs/protocol.md reports them."""

from __future__ import annotations

import zlib
from collections.abc import Iterable

from mcu_toolkit.artifacts.compiled_model import ConstantDigests, Digest


def constant_digests(pieces: Iterable[tuple[int, bytes]], whole: bytes | None = None) -> ConstantDigests:
    """The digests by layer, and of everything together.

    `pieces`: (layer, bytes) of every array in the order of the image; `whole`: what counts as everything, if not the pieces.
    """
    layers: dict[int, Digest] = {}
    together = Digest() if whole is None else Digest(len(whole), zlib.crc32(whole))
    for layer, content in pieces:
        layers[layer] = _extended(layers.get(layer, Digest()), content)
        if whole is None:
            together = _extended(together, content)
    return ConstantDigests(together, layers)


def _extended(digest: Digest, content: bytes) -> Digest:
    return Digest(digest.size_bytes + len(content), zlib.crc32(content, digest.crc32))
