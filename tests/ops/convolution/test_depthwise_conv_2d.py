from __future__ import annotations

from hypothesis import strategies as st

from tests.ops.convolution.layers import FORMS, add_bias, add_input, add_output, add_weights, layer
from tests.ops.convolution.windows import windows
from tests.ops.harness import Case, activations, channel_counts, check_draws, draws, seeds


@st.composite
def depthwise(draw: st.DrawFn, form: str) -> Case:
    at, window = layer(draw, form, draw(seeds)), draw(windows())
    batch, channels, multiplier = draw(st.integers(1, 2)), draw(channel_counts(9)), draw(st.sampled_from([1, 1, 1, 2, 3]))
    filters = channels * multiplier
    x = add_input(draw, at, [batch, window.height, window.width, channels])
    shape = (1, window.kernel_height, window.kernel_width, filters)
    w = add_weights(draw, at, shape, 3, zero_point=draw(st.sampled_from([0, 0, 0, 3])))
    bias = add_bias(draw, at, filters)
    y, y_scale = add_output(draw, at, [batch, *window.output, filters], shape[1] * shape[2])
    activation = draw(activations)
    inputs = [x, w] if bias is None else [x, w, bias]
    options = {"depth_multiplier": multiplier, "fused_activation_function": activation}
    at.builder.op("DEPTHWISE_CONV_2D", inputs, [y], **window.options, **options, version=3)
    at.features |= {activation, window.padding, f"multiplier {multiplier}", "one channel" if channels == 1 else "channels"}
    what = f"{form} {window} {batch=} {channels=} {multiplier=} {activation} {y_scale=} biases={len(inputs) > 2}"
    return Case(at.builder.build([x, *at.live], [y]), what, frozenset(at.features))


COVERED = ("NONE", "RELU", "RELU6", "RELU_N1_TO_1", "SAME", "VALID", "one channel", "live bias", "no bias", "per channel", "per tensor")


@draws
def test_equals_tflm(draws: int) -> None:
    forms = [form for form in FORMS if form != "int16 int32 bias"]  # TFLM reads them as if they were INT64
    features = ["multiplier 1", "multiplier 2", "multiplier 3", "weights with a zero point"]
    ends = [f"input zero point {end}" for end in (-128, 127, -32768, 32767)]
    check_draws(draws, *map(depthwise, forms), covering=[*forms, *COVERED, *features, *ends], rows=["DEPTHWISE_CONV_2D"])
