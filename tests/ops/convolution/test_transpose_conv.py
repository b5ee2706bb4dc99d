from __future__ import annotations

from hypothesis import strategies as st

from tests.ops.convolution.layers import add_bias, add_input, add_output, add_weights, layer
from tests.ops.harness import Case, activations, channel_counts, check_draws, draws, seeds

FORMS = ("int8", "int16", "int16 int16 bias")


@st.composite
def transposed(draw: st.DrawFn, form: str) -> Case:
    at = layer(draw, form, draw(seeds))
    sizes = st.integers(1, 5)
    batch, height, width, depth, channels = draw(st.integers(1, 2)), draw(sizes), draw(sizes), draw(sizes), draw(channel_counts(5))
    kernel, strides = (draw(st.integers(1, 4)), draw(st.integers(1, 4))), (draw(st.integers(1, 3)), draw(st.integers(1, 3)))
    padding = draw(st.sampled_from(["SAME", "VALID"]))
    if padding == "SAME":
        output = (height * strides[0], width * strides[1])
    else:
        output = tuple((n - 1) * s + k + draw(st.integers(0, s - 1)) for n, s, k in zip((height, width), strides, kernel, strict=True))
    if draw(st.integers(0, 5)) == 0:  # TFLM takes any size: taps that fall outside are left out
        output = (max(1, output[0] - draw(st.integers(0, 3))), output[1] + draw(st.integers(0, 3)))
        at.features.add("another output size")
    shape = [batch, *output, channels]
    x = add_input(draw, at, [batch, height, width, depth])
    w = add_weights(draw, at, (channels, *kernel, depth), 0, zero_point=draw(st.sampled_from([0, 0, 0, 3])))
    bias = add_bias(draw, at, channels)
    y, y_scale = add_output(draw, at, shape, depth)
    activation, where = draw(activations), at.builder.tensor([4], "int32", data=shape)
    inputs = [where, w, x] if bias is None else [where, w, x, bias]
    options = {"padding": padding, "stride_h": strides[0], "stride_w": strides[1], "fused_activation_function": activation}
    at.builder.op("TRANSPOSE_CONV", inputs, [y], **options)
    at.features |= {activation, padding}
    what = f"{form} [{batch}, {height}, {width}, {depth}] to {shape} {kernel=} {options} {y_scale=} biases={bias is not None}"
    return Case(at.builder.build([x], [y]), what, frozenset(at.features))


COVERED = ("NONE", "RELU", "RELU6", "RELU_N1_TO_1", "SAME", "VALID", "per channel", "per tensor", "no bias", "bias", "another output size")


@draws
def test_equals_tflm(draws: int) -> None:
    check_draws(draws, *map(transposed, FORMS), covering=[*FORMS, *COVERED, "weights with a zero point"], rows=["TRANSPOSE_CONV"])
