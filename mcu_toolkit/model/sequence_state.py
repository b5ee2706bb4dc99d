"""What a model keeps from one inference to the next, and whether it is to keep it.

TFLM and LiteRT keep variable tensors (those of an LSTM, an SVDF) from one inference to the next: right for a stream that comes
step by step, wrong for a model that is given a whole sequence at a time and was trained to begin each with zeros (Keras'
`stateful=False`).  The graph looks the same in both cases, so `mcu quantize` stores an entry among the file's metadata that says
so.  A file without it, of another converter, keeps its state as TFLM does.
"""

from __future__ import annotations

from mcu_toolkit.model.graph import Model
from mcu_toolkit.model.metadata import with_metadata

STATE_ENTRY = "mcu_toolkit_state"
"""Name of the entry among the file's metadata."""
_RESET_FIRST = b"reset before each inference"
_RESOURCES = frozenset({"VAR_HANDLE", "READ_VARIABLE", "ASSIGN_VARIABLE", "CALL_ONCE"})
_KEEPING_CUSTOM = frozenset(
    {
        "CIRCULAR_BUFFER",
        "SignalDelay",
        "SignalFilterBankSpectralSubtraction",
        "SignalFramer",
        "SignalOverlapAdd",
        "SignalStacker",
    }
)


def resetting(content: bytes) -> bytes:
    """The .tflite file `content`, marked: every inference begins with the initial state."""
    return with_metadata(content, STATE_ENTRY, _RESET_FIRST)


def has_state(model: Model) -> bool:
    """True where the graph has something that an inference leaves behind and the next one reads."""
    for graph in model.graphs:
        if any(tensor.is_variable for tensor in graph.tensors):
            return True
        if any(op.name in _RESOURCES or op.custom_name in _KEEPING_CUSTOM for op in graph.ops):
            return True
    return False


def resets_first(model: Model) -> bool:
    """True where every inference begins with the initial state: before each one the runners and the firmware reset it.

    The mark counts for variable tensors only, which are all that a reset of TFLM's interpreter reaches.
    """
    marked = model.metadata.get(STATE_ENTRY) == _RESET_FIRST
    return marked and not any(op.name in _RESOURCES for graph in model.graphs for op in graph.ops)


def remembers(model: Model) -> bool:
    """True where an inference depends on those before it."""
    return has_state(model) and not resets_first(model)
