"""Quantization: Keras model or SavedModel + representative data -> checked .tflite file."""

from mcu_toolkit.quantize.compare import SchemeRow, compare_schemes
from mcu_toolkit.quantize.quantize import quantize_model
from mcu_toolkit.quantize.quantized_model import QuantizedModel, TensorFacts
from mcu_toolkit.quantize.schemes import Scheme, all_schemes, get_scheme

__all__ = [
    "QuantizedModel",
    "Scheme",
    "SchemeRow",
    "TensorFacts",
    "all_schemes",
    "compare_schemes",
    "get_scheme",
    "quantize_model",
]
