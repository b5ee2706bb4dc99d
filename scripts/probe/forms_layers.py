"""Probe forms of operators with weights or windows: convolutions, matrix products, pooling, reductions, resizing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from scripts.probe.case import Form, Spec, constant, noise

ACTIVATIONS = ("NONE", "RELU", "RELU6", "RELU_N1_TO_1", "TANH")
QUANTIZED = ("int8", "int16")
X = Spec((1, 6, 5, 4))
CONV = {
    "padding": "SAME",
    "stride_w": 1,
    "stride_h": 1,
    "dilation_w_factor": 1,
    "dilation_h_factor": 1,
    "fused_activation_function": "NONE",
}
DEPTHWISE = {**CONV, "depth_multiplier": 1}
DEEP = {**CONV, "depth_multiplier": 2}
VARIANTS: tuple[tuple[str, Mapping[str, Any], tuple[int, int]], ...] = (
    ("SAME", {}, (6, 5)),
    ("VALID", {"padding": "VALID"}, (4, 3)),
    ("stride 2", {"stride_w": 2, "stride_h": 2}, (3, 3)),
    ("dilation 2", {"dilation_w_factor": 2, "dilation_h_factor": 2}, (6, 5)),
    *((f"fused {name}", {"fused_activation_function": name}, (6, 5)) for name in ACTIVATIONS[1:]),
)
PACKED = bytes(range(16, 16 + 128))
"""int4 weights, two in a byte; the low half is the first."""


def _weights(shape: tuple[int, ...], **more: Any) -> Spec:
    return Spec(shape, "WEIGHTS", data=noise(shape), **more)


def _bias(count: int, dtype: str = "BIAS") -> Spec:
    return Spec((count,), dtype, data=noise((count,), -500, 500))


def convolutions() -> list[Form]:
    """CONV_2D and DEPTHWISE_CONV_2D; weights [channels, 3, 3, 4] and [1, 3, 3, channels]."""
    forms = []
    kinds = (("CONV_2D", (4, 3, 3, 4), CONV, 0), ("DEPTHWISE_CONV_2D", (1, 3, 3, 4), DEPTHWISE, 3))
    for operator, shape, options, axis in kinds:
        per_channel, result = _weights(shape, scales=(0.01, 0.02, 0.03, 0.04), axis=axis), Spec((1, 6, 5, 4))
        for name, change, size in VARIANTS:
            output = Spec((1, *size, 4))
            forms.append(Form(operator, name, (X, per_channel, _bias(4)), (output,), {**options, **change}))
        forms.append(Form(operator, "one scale for all channels", (X, _weights(shape), _bias(4)), (result,), options))
        forms.append(Form(operator, "no bias", (X, per_channel), (result,), options))
        forms.append(Form(operator, "int32 bias", (X, per_channel, _bias(4, "int32")), (result,), options, ("int16",)))
        forms.append(
            Form(operator, "weights with a zero point", (X, _weights(shape, zero_point=3), _bias(4)), (result,), options, QUANTIZED)
        )
        forms.append(Form(operator, "weights are an input", (X, Spec(shape, "WEIGHTS"), _bias(4)), (result,), options))
        forms.append(
            Form(operator, "zero point other than 0", (Spec(X.shape, zero_point=5), per_channel, _bias(4)), (result,), options, ("int16",))
        )
        for label, scales in (("", None), (" per channel", (0.01, 0.02, 0.03, 0.04))):
            count = shape[0] * 9 * 4 // 2
            packed = Spec(shape, "int4", data=PACKED[:count], scales=scales, axis=axis)
            forms.append(Form(operator, f"int4 weights{label}", (X, packed, _bias(4)), (result,), options, QUANTIZED))
        hybrid = Spec(shape, "int8", data=noise(shape), scale=0.02)
        forms.append(Form(operator, "int8 weights, float input", (X, hybrid), (result,), options, ("float32",)))
        forms.append(Form(operator, "batch of 3", (Spec((3, 6, 5, 4)), per_channel, _bias(4)), (Spec((3, 6, 5, 4)),), options))
    grouped = _weights((4, 3, 3, 2), scales=(0.01, 0.02, 0.03, 0.04))
    forms.append(Form("CONV_2D", "2 groups", (X, grouped, _bias(4)), (Spec((1, 6, 5, 4)),), CONV))
    doubled = _weights((1, 3, 3, 8), scales=tuple(0.01 * k for k in range(1, 9)), axis=3)
    forms.append(Form("DEPTHWISE_CONV_2D", "depth multiplier 2", (X, doubled, _bias(8)), (Spec((1, 6, 5, 8)),), DEEP))
    return forms


def transposed() -> list[Form]:
    """TRANSPOSE_CONV; weights [channels, 3, 3, 4]."""
    forms = []
    for name, padding, size in (("SAME, stride 2", "SAME", (12, 10)), ("VALID, stride 2", "VALID", (13, 11))):
        for label, scales in (("", None), (", per channel", (0.01, 0.02))):
            inputs = constant([1, *size, 2]), _weights((2, 3, 3, 4), scales=scales), X
            options = {"padding": padding, "stride_w": 2, "stride_h": 2}
            result = (Spec((1, *size, 2)),)
            forms.append(Form("TRANSPOSE_CONV", f"{name}{label}", inputs, result, options))
            forms.append(Form("TRANSPOSE_CONV", f"{name}{label}, bias", (*inputs, _bias(2)), result, options))
            if label:
                forms.append(
                    Form("TRANSPOSE_CONV", f"{name}{label}, int16 bias", (*inputs, _bias(2, "int16")), result, options, ("int16",))
                )
                forms.append(
                    Form("TRANSPOSE_CONV", f"{name}{label}, int32 bias", (*inputs, _bias(2, "int32")), result, options, ("int16",))
                )
    fused = {"padding": "SAME", "stride_w": 1, "stride_h": 1, "fused_activation_function": "RELU"}
    inputs = constant([1, 6, 5, 2]), _weights((2, 3, 3, 4)), X
    forms.append(Form("TRANSPOSE_CONV", "fused RELU", inputs, (Spec((1, 6, 5, 2)),), fused))
    return forms


def products() -> list[Form]:
    """FULLY_CONNECTED; weights [3, 8]."""
    x, out, weights = Spec((2, 8)), (Spec((2, 3)),), _weights((3, 8))
    per_channel = _weights((3, 8), scales=(0.01, 0.02, 0.03))
    name = "FULLY_CONNECTED"
    return [
        *(Form(name, f"fused {act}", (x, weights, _bias(3)), out, {"fused_activation_function": act}) for act in ACTIVATIONS),
        Form(name, "per channel", (x, per_channel, _bias(3)), out),
        Form(name, "no bias", (x, weights), out),
        Form(name, "bias left out (-1)", (x, weights, None), out),
        Form(name, "int32 bias", (x, weights, _bias(3, "int32")), out, {}, ("int16",)),
        Form(name, "zero point other than 0", (Spec((2, 8), zero_point=5), weights, _bias(3)), out, {}, ("int16",)),
        Form(name, "weights with a zero point", (x, _weights((3, 8), zero_point=3), _bias(3)), out, {}, QUANTIZED),
        Form(name, "weights are an input", (x, Spec((3, 8), "WEIGHTS"), _bias(3)), out),
        Form(name, "4 dimensions, flattened", (Spec((2, 2, 2, 2)), weights, _bias(3)), out),
        Form(name, "keep_num_dims", (Spec((2, 5, 8)), weights, _bias(3)), (Spec((2, 5, 3)),), {"keep_num_dims": True}),
        Form(name, "int4 weights", (x, Spec((3, 8), "int4", data=PACKED[:12]), _bias(3)), out, {}, QUANTIZED),
        Form(
            name,
            "int4 weights per channel",
            (x, Spec((3, 8), "int4", data=PACKED[:12], scales=(0.1, 0.2, 0.3)), _bias(3)),
            out,
            {},
            QUANTIZED,
        ),
        Form(name, "int8 weights, float input", (x, Spec((3, 8), "int8", data=noise((3, 8)), scale=0.02)), out, {}, ("float32",)),
        Form(name, "int16 output", (x, weights, _bias(3)), (Spec((2, 3), "int16", scale=0.01),), {}, ("int8",)),
    ]


def matrices() -> list[Form]:
    """BATCH_MATMUL."""
    forms = []
    for label, left, right, result, options in (
        ("2 dimensions", (3, 4), (4, 5), (3, 5), {}),
        ("batches broadcast", (2, 1, 3, 4), (1, 3, 4, 5), (2, 3, 3, 5), {}),
        ("5 dimensions", (2, 1, 2, 3, 4), (2, 2, 2, 4, 5), (2, 2, 2, 3, 5), {}),
        ("different ranks", (2, 3, 3, 4), (4, 5), (2, 3, 3, 5), {}),
        ("adj_x", (2, 4, 3), (2, 4, 5), (2, 3, 5), {"adj_x": True}),
        ("adj_y", (2, 3, 4), (2, 5, 4), (2, 3, 5), {"adj_y": True}),
    ):
        forms.append(Form("BATCH_MATMUL", label, (Spec(left), Spec(right)), (Spec(result),), options))
        forms.append(
            Form("BATCH_MATMUL", f"{label}, second constant", (Spec(left), Spec(right, data=noise(right))), (Spec(result),), options)
        )
    mixed = Spec((4, 5), "int8", data=noise((4, 5)))
    forms.append(Form("BATCH_MATMUL", "int8 second input", (Spec((3, 4)), mixed), (Spec((3, 5)),), {}, ("int16", "float32")))
    return forms


def windows() -> list[Form]:
    """Pooling, resizing."""
    forms = []
    for operator in ("AVERAGE_POOL_2D", "MAX_POOL_2D", "L2_POOL_2D"):
        base = {"stride_w": 2, "stride_h": 2, "filter_width": 3, "filter_height": 3, "fused_activation_function": "NONE"}
        for padding, size in (("SAME", (3, 3)), ("VALID", (2, 2))):
            forms.append(Form(operator, padding, (X,), (Spec((1, *size, 4)),), {**base, "padding": padding}))
        for act in ACTIVATIONS[1:]:
            options = {**base, "padding": "SAME", "fused_activation_function": act}
            forms.append(Form(operator, f"fused {act}", (X,), (Spec((1, 3, 3, 4)),), options))
        other = Spec((1, 3, 3, 4), scale=0.06)
        forms.append(Form(operator, "another output scale", (X,), (other,), {**base, "padding": "SAME"}, QUANTIZED))
        odd = Spec(X.shape, zero_point=5), Spec((1, 3, 3, 4), zero_point=5)
        forms.append(Form(operator, "zero point other than 0", odd[:1], odd[1:], {**base, "padding": "SAME"}, ("int16",)))
    flags = (("", {}), (", align_corners", {"align_corners": True}), (", half_pixel_centers", {"half_pixel_centers": True}))
    for operator in ("RESIZE_BILINEAR", "RESIZE_NEAREST_NEIGHBOR"):
        for size in ((12, 9), (3, 2)):
            for label, options in flags:
                result = Spec((1, *size, 4))
                forms.append(Form(operator, f"to {size[0]}x{size[1]}{label}", (X, constant(list(size))), (result,), options))
        live = Spec((2,), "int32", sample=(12, 9))
        forms.append(Form(operator, "size is an input", (X, live), (Spec((1, 12, 9, 4)),)))
    both = {"align_corners": True, "half_pixel_centers": True}
    forms.append(Form("RESIZE_NEAREST_NEIGHBOR", "both flags", (X, constant([12, 9])), (Spec((1, 12, 9, 4)),), both))
    forms.append(Form("RESIZE_BILINEAR", "both flags", (X, constant([12, 9])), (Spec((1, 12, 9, 4)),), both))
    return forms


def reductions() -> list[Form]:
    """MEAN, SUM, REDUCE_*, ARG_*."""
    forms = []
    shapes = (
        ("axes 1 and 2, keep_dims", [1, 2], True, (1, 1, 1, 4)),
        ("axes 1 and 2", [1, 2], False, (1, 4)),
        ("last axis as -1", [-1], False, (1, 6, 5)),
        ("all axes", [0, 1, 2, 3], False, ()),
        ("axis twice", [1, 1], False, (1, 5, 4)),
    )
    for operator in ("MEAN", "SUM", "REDUCE_MAX", "REDUCE_MIN", "REDUCE_PROD"):
        for name, axes, keep, shape in shapes:
            options = {"keep_dims": keep}
            dtypes = ("int8", "int16", "float32", "int32", "int64")
            forms.append(Form(operator, name, (X, constant(axes)), (Spec(shape),), options, dtypes))
        forms.append(Form(operator, "axis a scalar", (X, constant(2)), (Spec((1, 6, 4)),)))
        forms.append(Form(operator, "another output scale", (X, constant([1, 2])), (Spec((1, 4), scale=0.01),), {}, QUANTIZED))
        forms.append(
            Form(operator, "zero point other than 0", (Spec(X.shape, zero_point=5), constant([1])), (Spec((1, 5, 4)),), {}, ("int16",))
        )
        forms.append(Form(operator, "axes are an input", (X, Spec((1,), "int32", sample=1)), (Spec((1, 5, 4)),)))
    for operator in ("REDUCE_ALL", "REDUCE_ANY"):
        for name, axes, keep, shape in shapes:
            forms.append(Form(operator, name, (X, constant(axes)), (Spec(shape),), {"keep_dims": keep}, ("bool",)))
    for operator in ("ARG_MAX", "ARG_MIN"):
        for axis, shape in ((1, (1, 5, 4)), (-1, (1, 6, 5))):
            for output in ("int32", "int64"):
                label, options = f"axis {axis}, {output} output", {"output_type": output.upper()}
                dtypes = ("int8", "int16", "float32", "int32", "uint8", "bool")
                forms.append(Form(operator, label, (X, constant([axis])), (Spec(shape, output),), options, dtypes))
    return forms


FORMS: tuple[Form, ...] = (*convolutions(), *transposed(), *products(), *matrices(), *windows(), *reductions())
