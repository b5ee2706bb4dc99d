"""The quantization schemes, as data."""

from __future__ import annotations

from dataclasses import dataclass

from mcu_toolkit.errors import UnknownNameError


@dataclass(frozen=True)
class Scheme:
    """A way of converting: what it sets on TensorFlow's converter and what the result must look like."""

    name: str
    kind: str
    """What the result is called in reports."""
    optimize: bool
    """Quantize weights (`optimizations = [DEFAULT]`)."""
    operators: str = "TFLITE_BUILTINS"
    """Member of tf.lite.OpsSet: the only operators allowed."""
    weights: str | None = None
    """A dtype for `target_spec.supported_types`, if it is not the operators' own."""
    io: str | None = None
    """dtype of the model's inputs and outputs; None leaves them as they are in the source model."""
    needs_data: bool = False
    """A representative set chooses the scales of activations."""
    integer_inside: bool = False
    """No float tensor may be left, but for inputs and outputs that are float by choice (`io` None)."""


_SCHEMES = (
    Scheme("float32", "float", optimize=False),
    Scheme("float16", "float with 16-bit weights", optimize=True, weights="float16"),
    Scheme("dynamic", "dynamic range (int8 weights, float activations)", optimize=True),
    Scheme("int8", "full int8", optimize=True, operators="TFLITE_BUILTINS_INT8", io="int8", needs_data=True, integer_inside=True),
    Scheme(
        "int8-float-io",
        "int8 with float inputs and outputs",
        optimize=True,
        operators="TFLITE_BUILTINS_INT8",
        needs_data=True,
        integer_inside=True,
    ),
    Scheme(
        "int16x8",
        "int16 activations, int8 weights",
        optimize=True,
        operators="EXPERIMENTAL_TFLITE_BUILTINS_ACTIVATIONS_INT16_WEIGHTS_INT8",
        io="int16",
        needs_data=True,
        integer_inside=True,
    ),
)


def all_schemes() -> tuple[Scheme, ...]:
    """Every scheme, float first."""
    return _SCHEMES


def get_scheme(name: str) -> Scheme:
    """The scheme called `name`; raises UnknownNameError with the nearest names."""
    by_name = {scheme.name: scheme for scheme in _SCHEMES}
    if name not in by_name:
        raise UnknownNameError("quantization scheme", name, by_name)
    return by_name[name]
