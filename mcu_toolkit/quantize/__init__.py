"""Quantization: Keras model or SavedModel + representative data -> checked .tflite file."""

from mcu_toolkit.quantize.calibration import Finding, check_against_profile
from mcu_toolkit.quantize.compare import SchemeRow, compare_schemes
from mcu_toolkit.quantize.convert import ConvertOptions
from mcu_toolkit.quantize.debugger import Explanation, explain_quantization
from mcu_toolkit.quantize.qat import QatOptions
from mcu_toolkit.quantize.quantize import quantize_model
from mcu_toolkit.quantize.quantized_model import QuantizedModel, TensorFacts, write_with_record
from mcu_toolkit.quantize.schemes import Scheme, all_schemes, get_scheme

__all__ = [
    "ConvertOptions",
    "Explanation",
    "Finding",
    "QatOptions",
    "QuantizedModel",
    "Scheme",
    "SchemeRow",
    "TensorFacts",
    "all_schemes",
    "check_against_profile",
    "compare_schemes",
    "explain_quantization",
    "get_scheme",
    "quantize_model",
    "write_with_record",
]
