"""ONNX and PyTorch: refused with the extra named where that is missing, converted for real where it is there."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import pytest

from mcu_toolkit.errors import ToolError, UnsupportedModelError
from mcu_toolkit.model import read_model
from mcu_toolkit.quantize import foreign, quantize_model
from mcu_toolkit.runners import LiteRtRunner
from mcu_toolkit.system.process import Completed


@pytest.mark.parametrize(("name", "extra", "package"), [("m.onnx", "onnx", "onnx2tf"), ("m.pt2", "torch", "torch")])
def test_a_missing_extra_is_named(name: str, extra: str, package: str, tmp_path: Path) -> None:
    if importlib.util.find_spec(package) is not None:
        pytest.skip(f"{package} is installed")
    (tmp_path / name).write_bytes(b"model")
    with pytest.raises(ToolError, match="needs packages that are not installed: .*" + package) as caught:
        quantize_model(tmp_path / name, None, scheme="float32", output=tmp_path / "m.tflite")
    assert caught.value.expected == f"the extra '{extra}'"
    assert caught.value.hint == f"pip install 'mcu-toolkit[{extra}]'"


@pytest.mark.parametrize(
    ("kind", "has_hint"), [(b"\x22\x04LSTM", True), (b"\x22\x03GRU", True), (b"\x22\x04Conv", False), (b"LSTM", False)]
)
def test_onnx_models_with_recurrent_operators_are_sent_to_keras(
    kind: bytes, has_hint: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "m.onnx").write_bytes(b"\x08\x08" + kind + b"\x2a\x00")
    monkeypatch.setattr(foreign, "require", lambda *_, **__: None)
    monkeypatch.setattr(foreign, "run", lambda command, **_: Completed(tuple(map(str, command)), 1, "a traceback of onnx2tf"))
    with pytest.raises(UnsupportedModelError, match="onnx2tf cannot convert it") as caught:
        foreign.saved_model_from_onnx(tmp_path / "m.onnx", tmp_path)
    assert "a traceback of onnx2tf" in caught.value.what
    assert caught.value.hint == (foreign.KERAS_INSTEAD if has_hint else None)


def require(*packages: str) -> None:
    missing = [name for name in packages if importlib.util.find_spec(name) is None]
    if missing:
        pytest.skip(f"extras are not installed: {', '.join(missing)}")


def check_against(source: Path, x: np.ndarray, expected: np.ndarray, tmp_path: Path) -> None:
    """`x` and the model's input are [samples, height, width, channels]."""
    made = quantize_model(source, None, scheme="float32", output=tmp_path / "m.tflite")
    model = read_model(made.path)
    found = LiteRtRunner(model).run([x]).outputs[0]
    np.testing.assert_allclose(found, expected, atol=1e-4)
    np.savez(tmp_path / "data.npz", x_rep=np.random.default_rng(1).normal(size=(50, *x.shape[1:])).astype(np.float32))
    assert quantize_model(source, tmp_path / "data.npz", output=tmp_path / "int8.tflite").inputs[0].dtype == "int8"


@pytest.mark.nightly
def test_a_small_onnx_model(tmp_path: Path) -> None:
    require(*foreign._ONNX_PACKAGES)
    import onnx
    import onnxruntime
    from onnx import TensorProto, helper, numpy_helper

    random = np.random.default_rng(0)
    shapes = {"w": (6, 3, 3, 3), "b": (6,), "v": (4, 6), "c": (4,)}
    constants = [numpy_helper.from_array(random.normal(0, 0.4, shape).astype(np.float32), name) for name, shape in shapes.items()]
    nodes = [
        helper.make_node("Conv", ["x", "w", "b"], ["h"], kernel_shape=[3, 3], pads=[1, 1, 1, 1]),
        helper.make_node("Relu", ["h"], ["r"]),
        helper.make_node("GlobalAveragePool", ["r"], ["p"]),
        helper.make_node("Flatten", ["p"], ["f"]),
        helper.make_node("Gemm", ["f", "v", "c"], ["y"], transB=1),
    ]
    x_info = helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 3, 8, 8])
    y_info = helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 4])
    graph = helper.make_graph(nodes, "small", [x_info], [y_info], constants)
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8), tmp_path / "small.onnx")
    x = random.normal(size=(5, 8, 8, 3)).astype(np.float32)
    session = onnxruntime.InferenceSession(str(tmp_path / "small.onnx"))
    expected = np.concatenate([session.run(None, {"x": np.moveaxis(sample, -1, 0)[np.newaxis]})[0] for sample in x])
    check_against(tmp_path / "small.onnx", x, expected, tmp_path)


@pytest.mark.nightly
def test_a_small_pytorch_program(tmp_path: Path) -> None:
    require(*foreign._TORCH_PACKAGES)
    import torch

    torch.manual_seed(0)
    layers = [
        torch.nn.Conv2d(3, 6, 3, padding=1),
        torch.nn.ReLU(),
        torch.nn.AdaptiveAvgPool2d(1),
        torch.nn.Flatten(),
        torch.nn.Linear(6, 4),
    ]
    model = torch.nn.Sequential(*layers).eval()
    torch.export.save(torch.export.export(model, (torch.zeros(1, 3, 8, 8),)), tmp_path / "small.pt2")
    x = np.random.default_rng(0).normal(size=(5, 8, 8, 3)).astype(np.float32)
    with torch.no_grad():
        expected = model(torch.from_numpy(np.moveaxis(x, -1, 1).copy())).numpy()
    check_against(tmp_path / "small.pt2", x, expected, tmp_path)
