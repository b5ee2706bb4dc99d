"""Probe forms of element-wise operators: arithmetic, comparisons, logic, activations, conversions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from scripts.probe.case import Form, Spec, constant, noise

FUSED = ("RELU", "RELU6", "RELU_N1_TO_1", "TANH", "SIGN_BIT")
NUMBERS = ("int8", "int16", "int32", "int64", "float32")
EVERY = (*NUMBERS, "bool", "uint8")
SHAPE = (1, 3, 4, 2)
PAIRS: tuple[tuple[str, tuple[int, ...], tuple[int, ...], tuple[int, ...]], ...] = (
    ("same shape", SHAPE, SHAPE, SHAPE),
    ("second input a scalar", SHAPE, (), SHAPE),
    ("channel vector broadcast", SHAPE, (2,), SHAPE),
    ("first input broadcast", (1, 1, 1, 2), SHAPE, SHAPE),
    ("both inputs broadcast", (3, 1, 2), (1, 4, 1), (3, 4, 2)),
    ("5 dimensions, broadcast", (2, 1, 3, 1, 2), (1, 2, 3, 2, 1), (2, 2, 3, 2, 2)),
    ("6 dimensions, broadcast", (2, 1, 1, 3, 1, 2), (1, 2, 1, 3, 2, 1), (2, 2, 1, 3, 2, 2)),
)


def pairs(operator: str, dtypes: Sequence[str], output: str = "T", **options: Any) -> list[Form]:
    """A binary operator in every shape of broadcasting."""
    forms = []
    for name, left, right, result in PAIRS:
        forms.append(Form(operator, name, (Spec(left), Spec(right)), (Spec(result, output),), options, tuple(dtypes)))
    fixed = Spec(SHAPE, data=noise(SHAPE, 1, 9))
    forms.append(Form(operator, "second input constant", (Spec(SHAPE), fixed), (Spec(SHAPE, output),), options, tuple(dtypes)))
    return forms


def fused(operator: str, dtypes: Sequence[str] = ("int8", "int16", "float32", "int32")) -> list[Form]:
    """A binary operator with each fused activation, and with quantizations at the limits."""
    forms = [
        Form(operator, f"fused {name}", (Spec(SHAPE), Spec(SHAPE)), (Spec(SHAPE),), {"fused_activation_function": name}, tuple(dtypes))
        for name in FUSED
    ]
    options = {"fused_activation_function": "NONE"}
    left, right, result = (
        Spec(SHAPE, scale=0.9, zero_point=-128),
        Spec(SHAPE, scale=0.01, zero_point=127),
        Spec(SHAPE, scale=0.5, zero_point=127),
    )
    forms.append(Form(operator, "different scales, extreme zero points", (left, right), (result,), options, ("int8",)))
    forms.append(Form(operator, "zero point other than 0", (Spec(SHAPE, zero_point=5), Spec(SHAPE)), (Spec(SHAPE),), options, ("int16",)))
    return forms


def single(
    operator: str,
    dtypes: Sequence[str] = EVERY,
    *,
    scale: float | None = None,
    scale16: float | None = None,
    zero_point: int | None = None,
    **options: Any,
) -> list[Form]:
    """A unary operator; `scale`, `scale16` and `zero_point` are those that its quantized outputs must have."""
    forms = []
    for dtype in dtypes:
        wanted = scale if dtype == "int8" else scale16 if dtype == "int16" else None
        result = Spec(SHAPE, scale=wanted, zero_point=zero_point if dtype == "int8" else None)
        forms.append(Form(operator, "4 dimensions", (Spec(SHAPE),), (result,), options, (dtype,)))
    quantized = tuple(dtype for dtype in dtypes if dtype in ("int8", "int16"))
    other = Spec(SHAPE, scale=0.07, zero_point=None)
    if quantized:
        forms.append(Form(operator, "another output scale", (Spec(SHAPE),), (other,), options, quantized))
        odd = Spec(SHAPE, zero_point=5)
        forms.append(Form(operator, "zero point other than 0", (odd,), (Spec(SHAPE, scale=scale16),), options, ("int16",)))
        forms.append(
            Form(operator, "no quantization", (Spec(SHAPE, quantized=False),), (Spec(SHAPE, quantized=False),), options, ("int16",))
        )
    return forms


def casts() -> list[Form]:
    """CAST and QUANTIZE between element types."""
    plain = ("int8", "int16", "int32", "int64", "uint8", "uint32", "float32", "bool")
    forms = []
    for source in plain:
        for target in plain:
            options = {"in_data_type": source.upper(), "out_data_type": target.upper()}
            ends = Spec((2, 3), quantized=False), Spec((2, 3), target, quantized=False)
            forms.append(Form("CAST", f"to {target}", ends[:1], ends[1:], options, (source,)))
    for source in ("float32", "int8", "int16", "uint8", "int32"):
        for target in ("int8", "int16", "int32", "uint8"):
            left = Spec((2, 3), scale=0.01 if source == "int32" else None)
            right = Spec((2, 3), target, scale=0.02, zero_point=128 if target == "uint8" else 0)
            forms.append(Form("QUANTIZE", f"to {target}", (left,), (right,), {}, (source,)))
    per_channel = Spec((2, 3), "int8", scales=(0.1, 0.2, 0.3), axis=1)
    forms.append(Form("QUANTIZE", "to int8 per channel", (Spec((2, 3)),), (per_channel,), {}, ("float32",)))
    forms.append(Form("DEQUANTIZE", "to float32", (Spec((2, 3)),), (Spec((2, 3), "float32"),), {}, ("int8", "int16", "uint8", "int32")))
    per_channel = Spec((2, 3), "int8", scales=(0.1, 0.2, 0.3), axis=1, data=noise((2, 3)))
    forms.append(Form("DEQUANTIZE", "constant per channel", (per_channel,), (Spec((2, 3), "float32"),), {}, ("int8",)))
    return forms


def activations() -> list[Form]:
    """Activation functions, with the output quantization that each one fixes."""
    x, square = Spec(SHAPE), Spec((2, 5))
    forms = [form for name in ("RELU", "RELU6", "RELU_N1_TO_1", "ELU", "HARD_SWISH", "GELU") for form in single(name)]
    forms += [*single("LEAKY_RELU", alpha=0.1)]
    forms.append(Form("LEAKY_RELU", "negative slope below zero", (x,), (Spec(SHAPE),), {"alpha": -0.5}, ("int8", "int16", "float32")))
    forms += single("LOGISTIC", scale=1 / 256, scale16=1 / 32768, zero_point=-128)
    forms.append(Form("LOGISTIC", "uint8", (Spec(SHAPE, zero_point=128),), (Spec(SHAPE, scale=1 / 256, zero_point=0),), {}, ("uint8",)))
    forms += single("TANH", scale=1 / 128, scale16=1 / 32768, zero_point=0)
    forms += single("SOFTMAX", scale=1 / 256, scale16=1 / 32768, zero_point=-128, beta=1.0)
    for name, options in (("SOFTMAX", {"beta": 0.5}), ("LOG_SOFTMAX", {})):
        result = Spec((2, 5), scale=1 / 256, zero_point=-128) if options else Spec((2, 5), scale=16 / 256, zero_point=127)
        forms.append(Form(name, "2 dimensions" + (", beta 0.5" if options else ""), (square,), (result,), options, ("int8", "float32")))
    wide = Spec((2, 5), "int16", scale=1 / 65536, zero_point=-32768)
    forms.append(Form("SOFTMAX", "to int16", (square,), (wide,), {"beta": 1.0}, ("int8",)))
    forms += single("LOG_SOFTMAX", scale=16 / 256, zero_point=127)
    for name, shape in (("alpha a channel", (2,)), ("alpha for all", (1, 1, 1)), ("alpha an element", SHAPE)):
        alpha = Spec(shape, "WEIGHTS", data=noise(shape))
        forms.append(Form("PRELU", name, (Spec(SHAPE), alpha), (Spec(SHAPE),)))
    forms.append(Form("PRELU", "alpha is an input", (Spec(SHAPE), Spec((2,), "WEIGHTS")), (Spec(SHAPE),)))
    forms.append(Form("PRELU", "alpha is int16", (Spec(SHAPE), Spec((2,), data=noise((2,)))), (Spec(SHAPE),), {}, ("int16",)))
    return forms


def unaries() -> list[Form]:
    """The other functions of one tensor."""
    forms = [form for name in ("ABS", "NEG", "RSQRT", "SQRT", "SQUARE", "EXP", "LOG", "SIN", "COS") for form in single(name)]
    forms += [form for name in ("FLOOR", "CEIL", "ROUND", "SIGN", "ZEROS_LIKE") for form in single(name)]
    forms += single("LOGICAL_NOT", ("bool",))
    below = Spec((2, 3), sample=-100)
    forms.append(Form("RSQRT", "a value below zero", (below,), (Spec((2, 3)),), {}, ("int8", "int16")))
    forms += single("L2_NORMALIZATION", scale=1 / 128, zero_point=0, fused_activation_function="NONE")
    relu = {"fused_activation_function": "RELU"}
    forms.append(
        Form("L2_NORMALIZATION", "fused RELU", (Spec(SHAPE),), (Spec(SHAPE, scale=1 / 128, zero_point=0),), relu, ("int8", "float32"))
    )
    five = (1, 2, 3, 2, 2)
    forms.append(
        Form("L2_NORMALIZATION", "5 dimensions", (Spec(five),), (Spec(five, scale=1 / 128, zero_point=0),), {}, ("int8", "float32"))
    )
    return forms


def sums() -> list[Form]:
    """Functions of several tensors or along an axis that keep the shape."""
    x = Spec(SHAPE)
    forms = [
        Form("ADD_N", "2 inputs", (x, Spec(SHAPE)), (Spec(SHAPE),), {}, NUMBERS),
        Form(
            "ADD_N",
            "4 inputs, another output scale",
            (x, Spec(SHAPE), Spec(SHAPE), Spec(SHAPE)),
            (Spec(SHAPE, scale=0.1),),
            {},
            ("int8", "float32"),
        ),
        Form("ADD_N", "inputs of different scales", (x, Spec(SHAPE, scale=0.06)), (Spec(SHAPE),), {}, ("int8",)),
    ]
    for axis in (0, 2, -1):
        for exclusive, reverse in ((False, False), (True, True)):
            name = f"axis {axis}" + (", exclusive, reverse" if exclusive else "")
            options = {"exclusive": exclusive, "reverse": reverse}
            forms.append(Form("CUMSUM", name, (x, constant([axis])), (Spec(SHAPE),), options, NUMBERS))
    forms.append(Form("CUMSUM", "axis is an input", (x, Spec((1,), "int32", sample=1)), (Spec(SHAPE),), {}, ("int8", "float32")))
    return forms


def _tables() -> list[Form]:
    forms: list[Form] = []
    for name in ("ADD", "SUB", "MUL", "DIV"):
        forms += pairs(name, NUMBERS, fused_activation_function="NONE") + fused(name)
    for name in ("MAXIMUM", "MINIMUM", "SQUARED_DIFFERENCE", "FLOOR_DIV", "FLOOR_MOD", "POW"):
        forms += pairs(name, NUMBERS)
    for name in ("EQUAL", "NOT_EQUAL", "GREATER", "GREATER_EQUAL", "LESS", "LESS_EQUAL"):
        forms += pairs(name, (*NUMBERS, "bool"), "bool")
        large = Spec(SHAPE, scale=1.5), Spec(SHAPE, scale=0.5)
        forms.append(Form(name, "a scale of 1 or more", large, (Spec(SHAPE, "bool"),), {}, ("int8",)))
    for name in ("LOGICAL_AND", "LOGICAL_OR"):
        forms += pairs(name, ("bool",), "bool")
    return forms


FORMS: tuple[Form, ...] = (*_tables(), *activations(), *unaries(), *sums(), *casts())
