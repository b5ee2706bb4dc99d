"""The public models beside the project: byte-equal to TFLM at the outputs and after every layer, and no larger arena."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from mcu_toolkit.model import read_model
from mcu_toolkit.runners import AotHostRunner, TflmRunner
from mcu_toolkit.runtimes.aot import Target, compile_model
from mcu_toolkit.validate.kept_channels import of_kept
from tests import shared_models
from tests.ops.harness import compile_library


@pytest.mark.parametrize("name", shared_models.NAMES)
def test_a_public_model_is_byte_equal_layer_by_layer(name: str, tmp_path: Path) -> None:
    model = read_model(shared_models.shared_model(name))
    ours, golden = AotHostRunner(compile_library([model], tmp_path, flags=["-O2"]), model), TflmRunner(model)
    random = np.random.default_rng(5)
    inputs = [random.integers(-128, 128, (6, *tensor.shape[1:])).astype(tensor.dtype.numpy) for tensor in model.inputs]
    try:
        expected, result = golden.run(inputs), ours.run(inputs)
        assert all(a.tobytes() == b.tobytes() for a, b in zip(result.outputs, expected.outputs, strict=True))
        assert result.arena is not None
        assert expected.arena is not None
        assert result.arena.used_bytes <= expected.arena.used_bytes
        layers, golden_layers = ours.trace([array[:1] for array in inputs]), golden.trace([array[:1] for array in inputs])
    finally:
        golden.close()
    assert layers.keys() == golden_layers.keys()
    kept = compile_model(model, Target()).kept_channels
    golden_layers = {tensor: of_kept(values, kept[tensor]) if tensor in kept else values for tensor, values in golden_layers.items()}
    differing = [tensor for tensor, values in golden_layers.items() if layers[tensor].tobytes() != values.tobytes()]
    assert differing == []
