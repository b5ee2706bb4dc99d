"""Custom operators: what each one is, and what to do where no runtime has a kernel for it; runtimes name those they have.

The one table that all runtimes' checks and `mcu inspect` read, so that they cannot contradict each other.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from mcu_toolkit.model.own_operators import GRU, SIMPLE_RNN


@dataclass(frozen=True)
class CustomOperator:
    """One custom operator, or one kind of them."""

    what: str
    """In words, for messages."""
    remedy: str


def _compiled_for(processor: str, compiler: str) -> CustomOperator:
    return CustomOperator(
        f"the model was compiled for {processor} by {compiler}, and only that processor can run it",
        f"give the original .tflite, from before {compiler}",
    )


def _of_our_own(layer: str) -> CustomOperator:
    return CustomOperator(
        f"a {layer} layer as one operator of this toolkit's own, for which TensorFlow Lite Micro has no kernel",
        "--runtime aot; or an LSTM layer in its place, which both runtimes have",
    )


_FLEX = CustomOperator(
    "an operator of TensorFlow itself, which needs TensorFlow's own kernels (Flex)",
    "convert with TFLITE_BUILTINS_INT8 only (mcu quantize does) and replace the layer it comes from",
)
_UNKNOWN = CustomOperator("a custom operator, for which there is no kernel", "replace the layer by others, or convert the model without it")

SIGNAL_OPERATORS: Mapping[str, str] = MappingProxyType(
    {
        "SignalDelay": "AddDelay",
        "SignalEnergy": "AddEnergy",
        "SignalFftAutoScale": "AddFftAutoScale",
        "SignalFilterBank": "AddFilterBank",
        "SignalFilterBankLog": "AddFilterBankLog",
        "SignalFilterBankSpectralSubtraction": "AddFilterBankSpectralSubtraction",
        "SignalFilterBankSquareRoot": "AddFilterBankSquareRoot",
        "SignalFramer": "AddFramer",
        "SignalIrfft": "AddIrfft",
        "SignalOverlapAdd": "AddOverlapAdd",
        "SignalPCAN": "AddPCAN",
        "SignalRfft": "AddRfft",
        "SignalStacker": "AddStacker",
        "SignalWindow": "AddWindow",
    }
)
"""TFLM's signal library: the name in the model, and the method of its resolver (micro_mutable_op_resolver.h) that registers it."""

CUSTOM_OPERATORS: Mapping[str, CustomOperator] = MappingProxyType(
    {
        GRU: _of_our_own("GRU"),
        SIMPLE_RNN: _of_our_own("SimpleRNN"),
        "CIRCULAR_BUFFER": CustomOperator("TFLM's ring of the last inputs", ""),
        **{name: CustomOperator("a part of an audio front end, of TFLM's signal library", "") for name in SIGNAL_OPERATORS},
        "TFLite_Detection_PostProcess": CustomOperator(
            "the choice of boxes at the end of a detection model",
            "end the model before it and do this step in your program",
        ),
        "ethos-u": _compiled_for("an Arm Ethos-U", "Vela"),
        "edgetpu-custom-op": _compiled_for("a Google Edge TPU", "edgetpu_compiler"),
    }
)
"""By the name in the model."""


def custom_operator(name: str) -> CustomOperator:
    """What is known of the custom operator `name`; those that are in no table are of no runtime."""
    return CUSTOM_OPERATORS.get(name) or (_FLEX if name.startswith("Flex") else _UNKNOWN)
