"""Models: reading .tflite files into a checked graph.  `read_model(path)`, `parse_model(bytes, name)`."""

from mcu_toolkit.model.graph import ByContent, DType, Graph, Model, Op, OptionValue, Quantization, Signature, Tensor
from mcu_toolkit.model.interface import identifier_of, input_names, output_names, refuse_clashes
from mcu_toolkit.model.kind import Kind, float_fallbacks, kind_of
from mcu_toolkit.model.macs import macs_of, parameters, total_macs, weights_bytes
from mcu_toolkit.model.metadata import with_metadata
from mcu_toolkit.model.names import c_identifier
from mcu_toolkit.model.parse import parse_model, read_model
from mcu_toolkit.model.reorder import in_order
from mcu_toolkit.model.sequence_state import has_state, remembers, resets_first, resetting

__all__ = [
    "ByContent",
    "DType",
    "Graph",
    "Kind",
    "Model",
    "Op",
    "OptionValue",
    "Quantization",
    "Signature",
    "Tensor",
    "c_identifier",
    "float_fallbacks",
    "has_state",
    "identifier_of",
    "in_order",
    "input_names",
    "kind_of",
    "macs_of",
    "output_names",
    "parameters",
    "parse_model",
    "read_model",
    "refuse_clashes",
    "remembers",
    "resets_first",
    "resetting",
    "total_macs",
    "weights_bytes",
    "with_metadata",
]
