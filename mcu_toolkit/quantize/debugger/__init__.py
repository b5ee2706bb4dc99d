"""The quantization debugger: which layer loses how much of a model's accuracy, why, and what to do about it."""

from mcu_toolkit.quantize.debugger.explain import Explanation, explain_quantization
from mcu_toolkit.quantize.debugger.measure import LayerLoss

__all__ = ["Explanation", "LayerLoss", "explain_quantization"]
