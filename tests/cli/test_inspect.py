"""`mcu inspect`: every fact about a model, for people and as JSON, for each kind of model."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mcu_toolkit.artifacts.contract import InputContract, with_contract
from tests import small_models
from tests.cli.running import succeed
from tests.cli.test_refused_models import dense
from tests.model_builder import ModelBuilder


def int16x8() -> bytes:
    builder = ModelBuilder()
    x = builder.tensor([1, 6], "int16", 0.001, name="x")
    weights = builder.tensor([4, 6], "int8", 0.02, data=np.arange(24).reshape(4, 6))
    y = builder.tensor([1, 4], "int16", 0.002, name="y")
    builder.op("FULLY_CONNECTED", [x, weights, -1], [y], fused_activation_function="NONE")
    return builder.build([x], [y])


def float_io() -> bytes:
    builder = ModelBuilder()
    x, q, r, y = (builder.tensor([1, 4], *kind) for kind in (("float32",), ("int8", 0.1), ("int8", 0.1), ("float32",)))
    builder.op("QUANTIZE", [x], [q]).op("ABS", [q], [r]).op("DEQUANTIZE", [r], [y])
    return builder.build([x], [y])


KINDS = {
    "float32": dense(int8_weights=False),
    "dynamic": dense(int8_weights=True),
    "int8": small_models.convolution(),
    "int8-float-io": float_io(),
    "int16x8": int16x8(),
}


def inspected(content: bytes, *words: str) -> tuple[dict[str, Any], str]:
    Path("m.tflite").write_bytes(content)
    outcome = succeed("inspect", "m.tflite", "--json", "r.json", *words)
    facts: dict[str, Any] = json.loads(Path("r.json").read_text())
    return facts, outcome.stdout


@pytest.mark.parametrize("kind", KINDS)
def test_the_kind_of_model_is_told_and_whether_runtimes_take_it(kind: str) -> None:
    facts, text = inspected(KINDS[kind])
    assert facts["kind"] == kind
    assert facts["runs_on_boards"] is (kind not in ("float32", "dynamic"))
    assert {runtime["name"] for runtime in facts["runtimes"]} == {"aot", "tflm"}
    for runtime in facts["runtimes"]:
        assert runtime["supported"] is (runtime["findings"] == [])
        assert all(finding[key] for finding in runtime["findings"] for key in ("where", "found", "expected", "remedy"))
    assert "\n  aot    " in text
    if not facts["runs_on_boards"]:
        assert "mcu quantize MODEL.keras --data data.npz --scheme int8" in text


def test_tensors_operators_and_sizes_are_told() -> None:
    facts, text = inspected(small_models.convolution())
    assert facts["inputs"] == [
        {
            "name": "image",
            "keras_name": None,
            "tensor": "image",
            "shape": [1, 6, 5, 3],
            "dtype": "int8",
            "scale": pytest.approx(0.05),
            "zero_point": -3,
        },
    ]
    [operator] = facts["operators"]
    assert (operator["name"], operator["macs"]) == ("CONV_2D", 6 * 5 * 4 * 27)
    assert [tensor["shape"] for tensor in operator["inputs"]] == [[1, 6, 5, 3], [4, 3, 3, 3], [4]]
    assert [tensor["shape"] for tensor in operator["outputs"]] == [[1, 6, 5, 4]]
    assert facts["parameters"] == 4 * 27 + 4
    assert facts["weights_bytes"] == 4 * 27 + 4 * 4
    assert "int8[1,6,5,3] -> int8[1,6,5,4]  3,240 MACs  (int8[4,3,3,3] int32[4])" in text
    assert "weights  124 B, 112 parameters" in text


def test_the_memory_of_compiled_code_is_told_with_the_plan() -> None:
    facts, text = inspected(small_models.convolution(), "--board", "microbit")
    memory = next(runtime["memory"] for runtime in facts["runtimes"] if runtime["name"] == "aot")
    assert memory["arena_bytes"] >= memory["arena_lower_bound_bytes"] >= 6 * 5 * 3 + 6 * 5 * 4
    scratch: tuple[str, ...] = ()  # where the portable kernel assembles its windows
    assert {tuple(block["tensors"]) for block in memory["arena"]} == {("image",), ("features",), scratch}
    assert f"takes it: arena {memory['arena_bytes']} B (lower bound {memory['arena_lower_bound_bytes']} B)" in text


def test_what_keras_calls_inputs_and_outputs_is_told(tmp_path: Path) -> None:
    contract = InputContract(inputs=("left eye", "b"), outputs=("total",))
    facts, text = inspected(with_contract(small_models.addition(), contract))
    assert [(one["name"], one["keras_name"], one["tensor"]) for one in facts["inputs"]] == [("a", "left eye", "a"), ("b", "b", "b")]
    assert "input    a (in Keras left eye): int8 1x3x2" in text
    assert "output   total: int8 1x3x2" in text


def test_a_quiet_inspection_counts_the_operators() -> None:
    facts, text = inspected(small_models.convolution(), "--quiet")
    assert len(facts["operators"]) == 1
    assert "  in all: 1 CONV_2D\n" in text
    assert "int8[1," not in text.partition("operators (1):")[2].partition("runtimes")[0]
