"""Models: reading .tflite files into a checked graph.  `read_model(path)`, `parse_model(bytes, name)`."""

from mcu_toolkit.model.graph import DType, Graph, Model, Op, Quantization, Tensor
from mcu_toolkit.model.names import c_identifier
from mcu_toolkit.model.parse import parse_model, read_model

__all__ = ["DType", "Graph", "Model", "Op", "Quantization", "Tensor", "c_identifier", "parse_model", "read_model"]
