"""Adding a named piece of data to a .tflite file without touching anything that is in it.

References in a FlatBuffer point forwards only, so what is new goes in front: a new root table, whose references lead to
the old file's objects behind it.  Those keep their bytes and, because the new part is a multiple of 16 bytes long,
their alignment; what becomes useless is the old root table, some dozens of bytes.
"""

from __future__ import annotations

import struct

from mcu_toolkit.errors import InputError, UnsupportedModelError
from mcu_toolkit.model.flatbuffer import Source, Table
from mcu_toolkit.model.flatbuffer_writer import FlatBufferWriter
from mcu_toolkit.model.schema import FILE_IDENTIFIER

_ALIGNMENT_BYTES = 16
"""Of weights, as TFLM's and LiteRT's kernels want them (`force_align` in the schema)."""
_VERSION, _BUFFERS, _METADATA = 0, 4, 6
"""Numbers of fields of the schema's table Model; every other field of it is a reference."""
_MAX_ENTRIES = 200_000


def with_metadata(content: bytes, name: str, data: bytes) -> bytes:
    """The .tflite file `content` with `data` as its metadata called `name`; an entry of that name is replaced.

    Raises UnsupportedModelError for a file that keeps buffers behind the FlatBuffer (over 2 GB): its offsets are absolute.
    """
    old = _Old(content)
    front = FlatBufferWriter()
    root_slot = front.add(struct.pack("<I", 0) + FILE_IDENTIFIER)
    fields = sorted({_VERSION, _BUFFERS, _METADATA, *old.fields})
    table, slots = front.table(fields)
    front.refer(root_slot, table)
    front.patch(slots[_VERSION], old.version)
    buffers = front.references(len(old.buffers) + 1)
    metadata = front.references(len(kept := old.metadata_except(name)) + 1)
    front.refer(slots[_BUFFERS], buffers)
    front.refer(slots[_METADATA], metadata)
    entry, entry_slots = front.table([0, 1])
    front.refer(metadata + 4 + 4 * len(kept), entry)
    front.patch(entry_slots[1], len(old.buffers))
    front.refer(entry_slots[0], front.text(name))
    buffer, buffer_slots = front.table([0])
    front.refer(buffers + 4 + 4 * len(old.buffers), buffer)
    front.refer(buffer_slots[0], front.data(data, alignment_bytes=_ALIGNMENT_BYTES))
    shift = front.close(_ALIGNMENT_BYTES)
    for number, position in enumerate(old.buffers):
        front.refer(buffers + 4 + 4 * number, shift + position)
    for number, position in enumerate(kept):
        front.refer(metadata + 4 + 4 * number, shift + position)
    for field, position in old.fields.items():
        if field not in (_VERSION, _BUFFERS, _METADATA):
            front.refer(slots[field], shift + position)
    return front.content() + content


class _Old:
    """Where the objects of a .tflite file are that its root table refers to."""

    def __init__(self, content: bytes) -> None:
        if content[4:8] != FILE_IDENTIFIER:
            raise InputError("not a .tflite model", expected=f"the identifier {FILE_IDENTIFIER.decode()} at byte 4")
        source = Source(content, "model")
        root = Table.root(source, "Model")
        self.version: int = root.scalar(_VERSION, "I")
        self.fields = {number: position for number in range(1, root.field_count) if (position := root.reference(number))}
        self.buffers = root.references(_BUFFERS, max_elements=_MAX_ENTRIES)
        self._metadata = {
            position: Table(source, position, "Metadata").text(0) for position in root.references(6, max_elements=_MAX_ENTRIES)
        }
        if any(Table(source, position, "Buffer").scalar(1, "Q") > 1 for position in self.buffers):
            raise UnsupportedModelError("keeps weights behind the FlatBuffer", on="model", expected="a .tflite file below 2 GB")

    def metadata_except(self, name: str) -> list[int]:
        return [position for position, found in self._metadata.items() if found != name]
