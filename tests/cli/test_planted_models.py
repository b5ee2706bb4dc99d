"""A model whose loading or running would write files cannot: through every command, and with every protection there is."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.cli.running import mcu
from tests.system.test_sandbox import METHODS

pytestmark = pytest.mark.slow

# A SavedModel with a resource whose initializer, run while the model is loaded, writes a file; so does its inference.
_MAKE = """
import sys
import tensorflow as tf

class Planted(tf.saved_model.experimental.TrackableResource):
    def __init__(self, path):
        super().__init__()
        self._path = path
    def _create_resource(self):
        return tf.raw_ops.MutableHashTableV2(key_dtype=tf.string, value_dtype=tf.int64)
    def _initialize(self):
        tf.io.write_file(self._path, "planted")

class Model(tf.Module):
    def __init__(self, path):
        self.resource = Planted(path)
        self.weights = tf.Variable(tf.ones([4, 2]))
        self.path = path
    @tf.function(input_signature=[tf.TensorSpec([None, 4], tf.float32)])
    def __call__(self, x):
        self.resource.resource_handle
        with tf.control_dependencies([tf.io.write_file(self.path + "2", "planted")]):
            return x @ self.weights

model = Model(sys.argv[2])
tf.saved_model.save(model, sys.argv[1], signatures=model.__call__)
"""


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """(the SavedModel, the file that it writes)."""
    folder = tmp_path_factory.mktemp("planted")
    target = folder / "target"
    subprocess.run([sys.executable, "-c", _MAKE, folder / "model", target], check=True, capture_output=True)
    for path in folder.glob("target*"):  # written while it was made
        path.unlink()
    np.savez(folder / "data.npz", x_rep=np.ones((20, 4), np.float32), x=np.ones((4, 4), np.float32), y=np.zeros(4, np.int64))
    return folder / "model", target


def test_without_confinement_it_would_write(planted: tuple[Path, Path]) -> None:
    model, target = planted
    load = "import sys, tensorflow as tf; tf.saved_model.load(sys.argv[1])"
    subprocess.run([sys.executable, "-c", load, model], check=True, capture_output=True)
    assert target.read_text() == "planted"
    target.unlink()


COMMANDS = {
    "quantize": ("quantize", "{model}", "--data", "{data}", "-o", "q.tflite"),
    "float32": ("quantize", "{model}", "--scheme", "float32", "-o", "q.tflite"),
    "explain": ("explain", "{model}", "--data", "{data}"),
    "deploy": ("deploy", "{model}", "--data", "{data}", "--board", "host"),
    "validate": ("validate", "{model}", "--data", "{data}"),
    "inspect": ("inspect", "{model}"),
}


@pytest.mark.parametrize("command", [name for name in COMMANDS if name != "float32"])
def test_no_command_lets_it_write(command: str, planted: tuple[Path, Path], here: Path) -> None:
    assert_harmless(command, planted, "")


@pytest.mark.parametrize("protection", [*METHODS, "none"])
def test_quantize_does_not_with_any_protection(protection: str, planted: tuple[Path, Path], here: Path) -> None:
    stderr = assert_harmless("float32", planted, protection)
    assert ("WriteFile" in stderr and "would touch files" in stderr) == (protection == "none"), stderr
    said = {"landlock": "(Landlock)", "namespace": "(a user namespace)", "none": "has neither Landlock nor user namespaces"}
    assert said[protection] in stderr


def assert_harmless(command: str, planted: tuple[Path, Path], protection: str) -> str:
    model, target = planted
    words = [word.format(model=model, data=model.with_name("data.npz")) for word in COMMANDS[command]]
    outcome = mcu(*words, env={"MCU_SANDBOX": protection})
    assert outcome.exit_code in (2, 3), outcome.stdout + outcome.stderr
    assert "Traceback" not in outcome.stderr
    assert [path.name for path in target.parent.iterdir() if path.name.startswith("target")] == []
    return outcome.stderr
