"""What only the TFLM runner does: a child process that may crash, layer by layer results, the arena."""

from __future__ import annotations

import importlib.util
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from mcu_toolkit.errors import ToolError, UnsupportedModelError
from mcu_toolkit.model import Model, parse_model
from mcu_toolkit.runners import child_process, samples, tflm
from mcu_toolkit.runners.tflm import AbortedError, TflmRunner
from mcu_toolkit.validate import random_vectors
from tests import small_models
from tests.model_builder import ModelBuilder

pytestmark = pytest.mark.skipif(importlib.util.find_spec("tflite_micro") is None, reason="tflite_micro has no wheel for this platform")


def _crashing_child(tmp_path: Path, body: str) -> Path:
    """A stand-in for the interpreter's process that loads every model and then runs `body` on the next command."""
    script = tmp_path / "child.py"
    script.write_text(
        "import json, os, signal, struct, sys, time\n"
        "def receive():\n"
        "    header = json.loads(sys.stdin.buffer.read(struct.unpack('<I', sys.stdin.buffer.read(4))[0]))\n"
        "    sys.stdin.buffer.read(header['bytes'])\n"
        "receive()\n"
        "sys.stdout.buffer.write(struct.pack('<I', 12) + b'{\"bytes\": 0}')\n"
        "sys.stdout.flush()\n"
        "receive()\n" + body
    )
    return script


@pytest.mark.parametrize(
    ("body", "cause"),
    [
        ("os.kill(os.getpid(), signal.SIGSEGV)", "killed by SIGSEGV"),
        ("sys.stderr.write('free(): invalid pointer'); sys.stderr.flush(); os.abort()", "killed by SIGABRT"),
        ("os._exit(5)", "exit code 5"),
        ("sys.stdout.buffer.write(b'garbage that is no message' * 9); sys.stdout.flush(); time.sleep(60)", "no answer within|killed by"),
        ("time.sleep(60)", "no answer within 1 s"),
    ],
)
def test_a_crash_names_the_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, body: str, cause: str) -> None:
    monkeypatch.setattr(tflm, "_CHILD", _crashing_child(tmp_path, body))
    model = parse_model(small_models.addition(), "my_model")
    runner = TflmRunner(model, timeout_s=1)
    with pytest.raises(ToolError, match=rf"my_model: TFLM's interpreter crashed on this model \(({cause})") as caught:
        runner.run(random_vectors(model, 1, seed=0).inputs)
    assert caught.value.exit_code == 3
    runner.close()


def test_a_real_crash_of_the_interpreter_does_not_take_us_along() -> None:
    # TFLM's UNPACK believes `num` and writes to outputs that are not there.
    builder = ModelBuilder()
    x = builder.tensor([4, 1], "int8", 0.1, 0)
    y = builder.tensor([1], "int8", 0.1, 0)
    builder.op("UNPACK", [x], [y], num=9, axis=0)
    model = parse_model(builder.build([x], [y]), "nine_outputs")
    runner = TflmRunner(model)
    with pytest.raises(ToolError, match=r"nine_outputs: TFLM's interpreter crashed on this model \(killed by SIG"):
        runner.run([np.zeros((1, 4, 1), np.int8)])
    runner.close()
    healthy = parse_model(small_models.addition(), "add")
    fresh = TflmRunner(healthy)
    assert fresh.run(random_vectors(healthy, 2, seed=0).inputs).outputs[0].shape == (2, 3, 2)
    fresh.close()


def test_a_failing_inference_says_what_tflm_said() -> None:
    builder = ModelBuilder()
    x = builder.tensor([4], "int8", 0.1, 0)
    indices = builder.tensor([1], "int32", data=[0x70000000])
    y = builder.tensor([1], "int8", 0.1, 0)
    builder.op("GATHER", [x, indices], [y], axis=0)
    runner = TflmRunner(parse_model(builder.build([x], [y]), "wild_gather"))
    with pytest.raises(ToolError, match=r"wild_gather: TFLM's interpreter failed: .*GATHER"):
        runner.run([np.zeros((1, 4), np.int8)])
    runner.close()


def test_a_refusal_says_what_tflm_said() -> None:
    builder = ModelBuilder()
    x = builder.tensor([1, 2], "int8", 0.1, 0)
    y = builder.tensor([1, 2], "int8", 0.1, 0)
    builder.op("GELU", [x], [y], approximate=False)
    with pytest.raises(UnsupportedModelError, match=r"gelu: TFLM's interpreter refuses the model: .*GELU"):
        TflmRunner(parse_model(builder.build([x], [y]), "gelu"))


def test_without_the_package_the_error_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(
        ToolError, match="running a model in TFLM's interpreter needs a package that is not installed: tflite_micro"
    ) as caught:
        TflmRunner(parse_model(small_models.addition(), "add"))
    assert caught.value.hint == "pip install mcu-toolkit"


def test_where_the_package_is_not_published_the_error_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    monkeypatch.setattr(sys, "platform", "darwin")
    with pytest.raises(ToolError, match="tflite_micro is not installed") as caught:
        TflmRunner(parse_model(small_models.addition(), "add"))
    assert "Linux on x86-64" in str(caught.value)


def test_trace_gives_every_layers_output() -> None:
    model = parse_model(small_models.fully_connected(softmax=True), "dense")
    inputs = random_vectors(model, 1, seed=4).inputs
    runner = TflmRunner(model)
    (expected,) = runner.run(inputs).outputs
    layers = runner.trace(inputs)
    runner.close()
    hidden, probabilities = (model.main.ops[index].outputs[0] for index in (0, 1))
    assert sorted(layers) == sorted((hidden, probabilities))
    assert layers[probabilities].shape == (1, 4)
    assert layers[probabilities].tolist() == expected.tolist()
    assert layers[hidden].dtype == np.int8
    without_softmax = TflmRunner(parse_model(small_models.fully_connected(softmax=False), "first_layer"))
    assert layers[hidden].tolist() == without_softmax.run(inputs).outputs[0].tolist()
    without_softmax.close()


def test_the_arena_is_measured() -> None:
    model = parse_model(small_models.convolution(), "convolution")
    runner = TflmRunner(model)
    arena = runner.run(random_vectors(model, 1, seed=0).inputs).arena
    runner.close()
    activations = sum(tensor.size_bytes for tensor in (*model.inputs, *model.outputs))
    assert arena is not None
    assert activations < arena.used_bytes < activations + 4096


def test_long_runs_in_several_messages_give_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    model = parse_model(small_models.fully_connected(), "dense")
    inputs = random_vectors(model, 23, seed=5).inputs
    runner = TflmRunner(model)
    whole = runner.run(inputs).outputs[0]
    monkeypatch.setattr(samples, "_CHUNK_BYTES", 50)
    parts = runner.run(inputs).outputs[0]
    runner.close()
    assert whole.tobytes() == parts.tobytes()


def test_the_child_imports_no_tensorflow_and_ends_with_its_runner() -> None:
    model = parse_model(small_models.addition(), "add")
    start_s = time.monotonic()
    runner = TflmRunner(model)
    took_s = time.monotonic() - start_s
    child = runner._child
    assert child.is_running
    maps = Path(f"/proc/{child._process.pid}/maps")
    if maps.exists():
        assert "tensorflow/libtensorflow" not in maps.read_text()
    runner.close()
    assert not child.is_running
    assert took_s < 10


def test_a_runner_that_is_forgotten_ends_its_child() -> None:
    runner = TflmRunner(parse_model(small_models.addition(), "add"))
    process = runner._child._process
    del runner
    assert process.poll() is not None


def test_a_child_that_ignores_the_closed_pipe_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(child_process, "_STOP_S", 0.2)
    script = tmp_path / "stubborn.py"
    script.write_text("import time\ntime.sleep(60)\n")
    child = child_process.ChildProcess([sys.executable, script], timeout_s=5)
    child.close()
    assert not child.is_running


def softmax_over(entries: int) -> Model:
    builder = ModelBuilder()
    x, y = builder.tensor([1, entries], "int8", 0.05, 0), builder.tensor([1, entries], "int8", 1 / 256, -128)
    builder.op("SOFTMAX", [x], [y], beta=1.0)
    return parse_model(builder.build([x], [y]), "many_classes")


def test_an_abort_of_the_interpreter_is_told_from_a_broken_model() -> None:
    runner = TflmRunner(softmax_over(512))
    with pytest.raises(
        AbortedError, match=r"TFLM's interpreter aborted \(SIGABRT\): a check of its own failed \(op 0 SOFTMAX: 512"
    ) as caught:
        runner.run([np.zeros((1, 512), np.int8)])
    assert caught.value.exit_code == 3
    assert "convert" not in str(caught.value)
    runner.close()


def test_what_the_interpreter_says_before_it_aborts_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    body = "sys.stderr.write('kernel.cc:7: Assertion `a < b` failed'); sys.stderr.flush(); os.abort()"
    monkeypatch.setattr(tflm, "_CHILD", _crashing_child(tmp_path, body))
    model = parse_model(small_models.addition(), "my_model")
    runner = TflmRunner(model)
    with pytest.raises(AbortedError, match=r"kernel\.cc:7: Assertion `a < b` failed"):
        runner.run(random_vectors(model, 1, seed=0).inputs)
    runner.close()
