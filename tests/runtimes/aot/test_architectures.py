"""Networks of the families that people deploy: byte-equal to TFLM at the outputs and after every layer, and no larger arena."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from mcu_toolkit.model import read_model
from mcu_toolkit.runners import AotHostRunner, TflmRunner
from mcu_toolkit.runtimes.aot import Target, compile_model
from mcu_toolkit.validate.kept_channels import of_kept
from tests.architectures import MLPERF_TINY, OTHERS, architecture
from tests.ops.harness import compile_library

pytestmark = pytest.mark.slow
SAMPLES = 4
CASES = [(name, "int8") for name in (*MLPERF_TINY, *OTHERS)] + [(name, "int16x8") for name in ("ds_cnn", "resnet8", "autoencoder", "gru")]


@pytest.mark.parametrize(("name", "scheme"), CASES, ids=lambda word: word)
def test_is_byte_equal_layer_by_layer(name: str, scheme: str, tmp_path: Path) -> None:
    model = read_model(architecture(name, scheme))
    ours, golden = AotHostRunner(compile_library([model], tmp_path, flags=["-O2"]), model), TflmRunner(model)
    random = np.random.default_rng(5)
    tensor = model.inputs[0]
    limits = np.iinfo(tensor.dtype.numpy)
    inputs = [random.integers(limits.min, limits.max, (SAMPLES, *tensor.shape[1:]), tensor.dtype.numpy, endpoint=True)]
    try:
        expected, result = golden.run(inputs), ours.run(inputs)
        golden.reset()
        ours.reset()
        layers, golden_layers = ours.trace([inputs[0][:1]]), golden.trace([inputs[0][:1]])
        others = ours.trace([inputs[0][1:2]])
    finally:
        golden.close()
    assert result.outputs[0].tobytes() == expected.outputs[0].tobytes()
    assert result.arena is not None
    assert expected.arena is not None
    assert result.arena.used_bytes <= expected.arena.used_bytes
    assert layers.keys() == golden_layers.keys()
    alive = [tensor for tensor in layers if layers[tensor].tobytes() != others[tensor].tobytes()]
    assert len(alive) > 0.7 * len(layers), "most layers answer to the input"
    kept = compile_model(model, Target()).kept_channels
    golden_layers = {tensor: of_kept(values, kept[tensor]) if tensor in kept else values for tensor, values in golden_layers.items()}
    assert [tensor for tensor, values in golden_layers.items() if layers[tensor].tobytes() != values.tobytes()] == []
