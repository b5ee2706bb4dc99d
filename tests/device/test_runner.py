"""DeviceRunner on the fake device: arrays in, arrays out, and a firmware that is not the model's."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from mcu_toolkit.artifacts import ArenaUse
from mcu_toolkit.device import Client, check_model
from mcu_toolkit.errors import DeviceError, InputError
from mcu_toolkit.model.graph import DType, Graph, Model, Tensor
from mcu_toolkit.runners.device import DeviceRunner
from tests.device.fakes import QUICK, FakeDevice
from tests.firmware_c.model_device import BROKEN, COUNTER, MIX, SHA256, mix, mix_ticks


def model_of(name: str, sha256: bytes, inputs: list[tuple[DType, tuple[int, ...]]], outputs: list[tuple[DType, tuple[int, ...]]]) -> Model:
    tensors = tuple(Tensor(i, f"t{i}", shape, dtype) for i, (dtype, shape) in enumerate(inputs + outputs))
    places = tuple(range(len(tensors)))
    graph = Graph("main", tensors, (), places[: len(inputs)], places[len(inputs) :])
    return Model(name, b"", sha256.hex(), (graph,))


MIX_MODEL = model_of(
    "mix", SHA256[MIX], [(DType.INT8, (1, 10, 20)), (DType.INT16, (1, 30))], [(DType.INT8, (1, 150)), (DType.FLOAT32, (1, 10))]
)
COUNTER_MODEL = model_of("counter", SHA256[COUNTER], [(DType.INT8, (1, 4))], [(DType.INT32, (1, 2))])
BROKEN_MODEL = model_of("broken", SHA256[BROKEN], [(DType.INT8, (1, 4))], [(DType.INT8, (1, 4))])


@pytest.fixture
def client(fake_device: Path) -> Iterator[Client]:
    with FakeDevice(fake_device) as device, Client(device.socket_link(), timing=QUICK) as client:
        yield client


def mix_inputs(samples: int) -> tuple[np.ndarray, np.ndarray]:  # type: ignore[type-arg]
    pick = np.random.default_rng(0)
    first = pick.integers(-128, 127, (samples, 10, 20), np.int8)  # 127 as the first value makes the fake model fail
    return first, pick.integers(-32768, 32767, (samples, 30), np.int16)


def test_every_sample_is_run_and_every_output_comes_back(client: Client) -> None:
    inputs = mix_inputs(20)
    steps: list[tuple[int, int]] = []
    runner = DeviceRunner(client, MIX_MODEL, on_sample=lambda done, total: steps.append((done, total)))
    result = runner.run(inputs)
    sent = [inputs[0][i].tobytes() + inputs[1][i].tobytes() for i in range(20)]
    assert [array.shape for array in result.outputs] == [(20, 150), (20, 10)]
    assert [array.dtype for array in result.outputs] == [np.int8, np.float32]
    assert [result.outputs[0][i].tobytes() + result.outputs[1][i].tobytes() for i in range(20)] == [mix(sample) for sample in sent]
    assert result.ticks is not None
    assert list(result.ticks) == [mix_ticks(sample) for sample in sent]
    assert (result.runner, result.tick_unit) == ("device", "us")
    assert steps == [(n + 1, 20) for n in range(20)]
    facts = result.device
    assert facts is not None
    assert (facts.stack_reserved_bytes, facts.stack_used_bytes) == (4096, 1234)
    assert result.arena == ArenaUse(260, 260)
    assert (facts.runtime, facts.retries, facts.restarts) == ("fake (for tests)", 0, 0)


def test_state_is_kept_between_runs_until_reset(client: Client) -> None:
    runner = DeviceRunner(client, COUNTER_MODEL, COUNTER)
    ones = np.ones((3, 4), np.int8)
    assert runner.run([ones]).outputs[0].tolist() == [[4, 1], [8, 2], [12, 3]]
    assert runner.run([ones[:1]]).outputs[0].tolist() == [[16, 4]]
    runner.reset()
    assert runner.run([ones[:1]]).outputs[0].tolist() == [[4, 1]]


def test_no_samples_give_empty_outputs(client: Client) -> None:
    result = DeviceRunner(client, COUNTER_MODEL, COUNTER).run([np.zeros((0, 4), np.int8)])
    assert result.outputs[0].shape == (0, 2)


def test_another_model_is_named_with_both_hashes(client: Client) -> None:
    other = dataclasses.replace(MIX_MODEL, sha256="ab" * 32)
    with pytest.raises(DeviceError) as caught:
        DeviceRunner(client, other)
    message = str(caught.value)
    assert SHA256[MIX].hex() in message
    assert "ab" * 32 in message
    assert "mcu flash" in message


def test_a_model_that_could_not_be_prepared_says_why(client: Client) -> None:
    with pytest.raises(DeviceError, match="the tensor arena is too small"):
        DeviceRunner(client, BROKEN_MODEL, BROKEN)


def test_it_is_restarted_so_that_what_it_prints_at_the_start_is_seen(client: Client) -> None:
    with pytest.raises(DeviceError):
        DeviceRunner(client, BROKEN_MODEL, BROKEN)
    assert client.device.boot_count == 2


def test_check_model_accepts_the_right_one(client: Client) -> None:
    check_model(client.model_info(MIX), MIX_MODEL)


def test_a_model_number_the_firmware_does_not_have(client: Client) -> None:
    with pytest.raises(DeviceError, match="the firmware has 3 models, none with number 3"):
        DeviceRunner(client, MIX_MODEL, 3)


def test_tensors_that_differ_are_refused(client: Client) -> None:
    # The right hash and other tensors: a reader or generator that misread the model.
    other = model_of("counter", SHA256[COUNTER], [(DType.UINT8, (1, 4))], [(DType.INT32, (1, 2))])
    with pytest.raises(DeviceError, match="the firmware's inputs are"):
        DeviceRunner(client, other, COUNTER)


def test_inputs_of_another_shape_are_refused(client: Client) -> None:
    with pytest.raises(InputError):
        DeviceRunner(client, COUNTER_MODEL, COUNTER).run([np.zeros((2, 5), np.int8)])


def test_a_counter_that_does_not_run_gives_no_ticks(fake_device: Path) -> None:
    with FakeDevice(fake_device, FAKE_TICKS_WORK=0) as device, Client(device.socket_link(), timing=QUICK) as client:
        result = DeviceRunner(client, COUNTER_MODEL, COUNTER).run([np.zeros((2, 4), np.int8)])
    assert result.ticks is None
    assert result.tick_unit == ""
