"""Putting a .tflite file's inputs and outputs into another order, in place: only two vectors of tensor numbers change."""

from __future__ import annotations

import struct
from collections.abc import Sequence

from mcu_toolkit.errors import InputError
from mcu_toolkit.model.flatbuffer import Source, Table
from mcu_toolkit.model.interface import input_names, output_names
from mcu_toolkit.model.parse import parse_model

_SUBGRAPHS, _INPUTS, _OUTPUTS = 2, 1, 2
"""Numbers of fields of the schema's tables Model and SubGraph."""


def in_order(content: bytes, inputs: Sequence[str], outputs: Sequence[str], name: str) -> bytes:
    """The .tflite file `content` with its inputs and outputs in the order of these names; it need not have all of them.

    `name` is the model's, for messages.  Raises InputError where two inputs or outputs of the file have one name, or one has
    a name that is none of these.
    """
    model = parse_model(content, name)
    graph = Table.root(Source(content, name), "Model").tables(_SUBGRAPHS, "SubGraph", max_elements=len(model.graphs))[0]
    changed = bytearray(content)
    for field, wanted, found, tensors in (
        (_INPUTS, inputs, input_names(model), model.main.inputs),
        (_OUTPUTS, outputs, output_names(model), model.main.outputs),
    ):
        order = [tensors[number] for number in _order(wanted, found, name)]
        if len(order) > 1:
            struct.pack_into(f"<{len(order)}i", changed, graph.reference(field) + 4, *order)
    return bytes(changed)


def _order(wanted: Sequence[str], found: Sequence[str], model: str) -> list[int]:
    """The places in `found`, in the order in which `wanted` has the names."""
    if not set(found) <= set(wanted):
        raise InputError(f"the converter calls them {', '.join(found)}", on=model, expected=f"the model's names, {', '.join(wanted)}")
    return sorted(range(len(found)), key=lambda number: wanted.index(found[number]))
