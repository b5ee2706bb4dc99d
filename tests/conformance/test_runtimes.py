"""What every runtime promises (`inference.h`), seen through the serial protocol, for each of them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pytest

from mcu_toolkit.device import Client, RequestError
from mcu_toolkit.model import Model, parse_model
from mcu_toolkit.protocol.ids import Capability, Direction, ErrorCode
from mcu_toolkit.protocol.messages import InvokeRequest, ReadOutputRequest, WriteInputRequest
from mcu_toolkit.runners import DeviceRunner, TflmRunner
from mcu_toolkit.validate import inputs_for, random_vectors
from tests.conformance.conftest import board_client, runtime_params
from tests.small_models import addition, convolution, fully_connected

NAMES = ("dense", "convolution", "sum")


@pytest.fixture(scope="module")
def models() -> list[Model]:
    return [parse_model(content, name) for content, name in zip((fully_connected(), convolution(), addition()), NAMES, strict=True)]


@pytest.fixture(params=runtime_params())
def client(request: pytest.FixtureRequest, models: list[Model], work: Path) -> Iterator[Client]:
    with ExitStack() as stack:
        yield board_client(stack, models, request.param, work / "project")


def test_hello_counts_the_models_and_tells_what_the_firmware_can_do(client: Client) -> None:
    hello = client.handshake()
    assert hello.model_count == 3
    assert hello.board == "host"
    assert hello.capabilities & Capability.SEVERAL_MODELS
    assert hello.capabilities & Capability.STACK_WATERMARK
    assert not hello.capabilities & Capability.OBSERVER, "what ships pays nothing for it"
    assert not hello.capabilities & Capability.STATE


def test_every_model_is_described_as_in_its_file(client: Client, models: list[Model]) -> None:
    for index, model in enumerate(models):
        info = client.model_info(index)
        assert info.sha256.hex() == model.sha256
        assert info.status == 0
        assert info.name == model.name
        assert (info.inputs, info.outputs) == (len(model.inputs), len(model.outputs))
        assert 0 < info.arena_used_bytes <= info.arena_bytes
        for direction, tensors in ((Direction.INPUT, model.inputs), (Direction.OUTPUT, model.outputs)):
            for number, tensor in enumerate(tensors):
                found = client.tensor_info(index, direction, number)
                assert tensor.quantization is not None
                assert (found.dtype, found.size_bytes, tuple(found.dims)) == (tensor.dtype, tensor.size_bytes, tensor.shape)
                assert np.float32(found.scale) == np.float32(tensor.quantization.scale)
                assert found.zero_point == tensor.quantization.zero_point


def test_models_that_share_an_arena_do_not_disturb_each_other(client: Client, models: list[Model]) -> None:
    runners = [DeviceRunner(client, model, index) for index, model in enumerate(models)]
    for seed in range(3):
        for runner, model in zip(runners, models, strict=True):
            inputs = inputs_for(model, random_vectors(model, 2, seed))
            expected = TflmRunner(model).run(inputs)
            assert np.array_equal(runner.run(inputs).outputs[0], expected.outputs[0])


def test_an_inference_needs_every_input_again(client: Client, models: list[Model]) -> None:
    call = client.ask
    [sample] = [b"".join(array[0].tobytes() for array in inputs_for(models[2], random_vectors(models[2], 1, 5)))]
    call(WriteInputRequest(2, 0, sample[:6]))
    with pytest.raises(RequestError) as half:
        call(InvokeRequest(2))
    assert half.value.code == ErrorCode.INPUT_MISSING
    call(WriteInputRequest(2, 0, sample))
    call(InvokeRequest(2))
    call(ReadOutputRequest(2, 0, 6))
    with pytest.raises(RequestError) as consumed:
        call(InvokeRequest(2))
    assert consumed.value.code == ErrorCode.INPUT_MISSING


def test_nothing_can_be_read_before_the_first_inference(client: Client) -> None:
    with pytest.raises(RequestError) as refused:
        client.ask(ReadOutputRequest(0, 0, 4))
    assert refused.value.code == ErrorCode.NO_OUTPUT


def test_resetting_a_model_without_state_changes_nothing(client: Client, models: list[Model]) -> None:
    inputs = inputs_for(models[1], random_vectors(models[1], 2, 6))
    runner = DeviceRunner(client, models[1], 1)
    before = runner.run(inputs).outputs[0]
    runner.reset()
    assert np.array_equal(before, runner.run(inputs).outputs[0])


def test_the_firmware_answers_the_same_after_a_restart(client: Client, models: list[Model]) -> None:
    inputs = inputs_for(models[0], random_vectors(models[0], 2, 7))
    before = DeviceRunner(client, models[0], 0).run(inputs).outputs[0]
    client.reboot()
    assert np.array_equal(before, DeviceRunner(client, models[0], 0).run(inputs).outputs[0])
