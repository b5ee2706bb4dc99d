"""What a runtime knows of a firmware comes back from a manifest as it went in, from those of older toolkits with less."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from mcu_toolkit.artifacts import CompiledModelInfo, FirmwareInfo
from mcu_toolkit.artifacts.compiled_model import ConstantDigests, Digest
from mcu_toolkit.artifacts.compiled_model_json import read_firmware_info
from mcu_toolkit.boards import load_board
from mcu_toolkit.model import parse_model
from mcu_toolkit.runtimes import get_runtime
from mcu_toolkit.system.json_table import JsonTable
from mcu_toolkit.system.records import to_plain
from tests.small_models import fully_connected, svdf

BOARD = load_board("netduinoplus2")


def info_of(runtime: str, content: bytes) -> FirmwareInfo:
    model = parse_model(content, "m")
    return get_runtime(runtime).contribute([model], BOARD).info


def written(info: FirmwareInfo) -> str:
    return json.dumps(to_plain(info), sort_keys=True)


@pytest.mark.parametrize("content", [fully_connected(), svdf()])
@pytest.mark.parametrize("runtime", ["aot", "tflm"])
def test_it_is_read_as_it_was_written(runtime: str, content: bytes) -> None:
    info = replace(info_of(runtime, content), benchmark="kws01")
    again = read_firmware_info(JsonTable(json.loads(written(info))))
    assert again == info
    assert written(again) == written(info)
    assert [model.name for model in info.models] == ["m"]
    assert len(info.compiled_models) == (1 if runtime == "aot" else 0)


def test_a_compiled_model_has_layers_memory_and_constants() -> None:
    [info] = info_of("aot", fully_connected()).compiled_models
    assert info.arena_bytes >= info.arena_lower_bound_bytes > 0
    assert info.arena
    [layer] = info.layers
    assert (layer.index, layer.operator, layer.variant, info.layer(0), info.layer(1)) == (0, "FULLY_CONNECTED", "dsp", layer, None)
    assert layer.weights_bytes == info.constants.of_layer(0).size_bytes == info.constants.whole.size_bytes > 0
    assert info.constants.of_layer(1) == Digest(0, 0)


def test_older_manifests_say_less() -> None:
    models = [{"name": "a", "arena_bytes": 64, "arena_lower_bound_bytes": 64}, {"name": "b", "weights_bytes": 9}]
    info = read_firmware_info(JsonTable({"models": models, "optimize": "size"}))
    [compiled] = info.compiled_models
    assert isinstance(compiled, CompiledModelInfo)
    assert (compiled.name, compiled.arena_bytes, compiled.layers) == ("a", 64, ())
    assert (info.models[1].weights_bytes, info.models[1].constants) == (9, ConstantDigests())
    assert info.compiler is not None
    assert (info.compiler.optimize, info.library, info.benchmark) == ("size", None, None)
    assert read_firmware_info(JsonTable({})) == FirmwareInfo()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"models": {}}', "not a list"),
        ('{"models": [{"name": 1}]}', "not of type str"),
        ('{"models": [{"name": "a", "constants": {"all": [1]}}]}', "1 numbers for the size and the CRC-32"),
        ('{"models": [{"name": "a", "constants": {"first": [1, 2]}}]}', "'first'"),
        ('{"models": [{"name": "a", "arena_lower_bound_bytes": 1, "layers": [{}]}]}', "'index' of"),
        ('{"notes": "none"}', "not a list"),
        ('{"library": null}', "'library' is not of type str"),
    ],
)
def test_what_is_no_such_object_is_a_value_error(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        read_firmware_info(JsonTable(json.loads(text)))
