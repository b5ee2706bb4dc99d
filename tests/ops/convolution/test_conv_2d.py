from __future__ import annotations

from hypothesis import strategies as st

from tests.ops.convolution.layers import FORMS, add_bias, add_input, add_output, add_weights, layer
from tests.ops.convolution.windows import Window, windows
from tests.ops.harness import Case, activations, channel_counts, check_draws, draws, seeds


@st.composite
def convolution(draw: st.DrawFn, form: str = "int8", window: st.SearchStrategy[Window] = windows()) -> Case:  # noqa: B008 - a value
    at, window_at = layer(draw, form, draw(seeds)), draw(window)
    batch, groups = draw(st.integers(1, 2)), draw(st.sampled_from([1, 1, 1, 2, 3]))
    depth, filters = draw(channel_counts(6)), groups * draw(channel_counts(5))
    x = add_input(draw, at, [batch, window_at.height, window_at.width, groups * depth])
    shape = (filters, window_at.kernel_height, window_at.kernel_width, depth)
    w = add_weights(draw, at, shape, 0, zero_point=draw(st.sampled_from([0, 0, 0, 3])))
    bias = add_bias(draw, at, filters)
    y, y_scale = add_output(draw, at, [batch, *window_at.output, filters], depth * shape[1] * shape[2])
    activation = draw(activations)
    more = {"quantized_bias_type": "INT32"} if bias is None and at.dtype == "int16" and draw(st.booleans()) else {}
    inputs = [x, w] if bias is None else [x, w, bias]
    at.builder.op("CONV_2D", inputs, [y], **window_at.options, fused_activation_function=activation, version=3, **more)
    at.features |= {activation, window_at.padding, f"{groups} groups", *more.values()}
    what = f"{form} {window_at} {batch=} {groups=} {depth=} {filters=} {activation} {y_scale=} biases={len(inputs) > 2} {more}"
    return Case(at.builder.build([x, *at.live], [y]), what, frozenset(at.features))


COVERED = ("NONE", "RELU", "RELU6", "RELU_N1_TO_1", "SAME", "VALID", "INT32")


@draws
def test_equals_tflm(draws: int) -> None:
    features = ["1 groups", "2 groups", "3 groups", "per channel", "per tensor", "weights with a zero point", "live bias", "no bias"]
    ends = [f"input zero point {end}" for end in (-128, 127, -32768, 32767)]
    check_draws(draws, *map(convolution, FORMS), covering=[*FORMS, *COVERED, *features, *ends], rows=["CONV_2D"])


@draws
def test_pointwise_equals_tflm(draws: int) -> None:
    check_draws(draws, convolution("int8", windows(max_kernel=1)))
