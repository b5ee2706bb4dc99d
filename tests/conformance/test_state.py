"""Models with state: what every runner and every runtime promises about it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pytest

from mcu_toolkit.device import Client
from mcu_toolkit.model import Model, parse_model, resetting
from mcu_toolkit.protocol.ids import Capability
from mcu_toolkit.runners import DeviceRunner, TflmRunner
from mcu_toolkit.validate import inputs_for, random_vectors
from tests.conformance.conftest import Start, board_client, runtime_params
from tests.ops.recurrent.models import lstm_model
from tests.small_models import convolution, counter, svdf

SVDF, COUNTER, CONVOLUTION = range(3)


@pytest.fixture(scope="module")
def models() -> list[Model]:
    contents = (svdf(), counter(), convolution())
    return [parse_model(content, name) for content, name in zip(contents, ("svdf", "counter", "convolution"), strict=True)]


@pytest.fixture(params=runtime_params())
def client(request: pytest.FixtureRequest, models: list[Model], work: Path) -> Iterator[Client]:
    with ExitStack() as stack:
        yield board_client(stack, models, request.param, work / "project")


def sequence(model: Model, count: int) -> list[np.ndarray]:
    return inputs_for(model, random_vectors(model, count, 9))


def test_a_runner_keeps_state_from_sample_to_sample_until_it_is_reset(start: Start) -> None:
    steps = np.array([[1, 2], [10, 20], [100, 200], [0.5, 0.25]], np.float32)
    runner = start(parse_model(counter(), "counter"))
    sums = np.cumsum(steps, axis=0)
    assert np.array_equal(runner.run([steps[:2]]).outputs[0], sums[:2])
    assert np.array_equal(runner.run([steps[2:]]).outputs[0], sums[2:])
    runner.reset()
    assert np.array_equal(runner.run([steps]).outputs[0], sums)


def test_a_runner_begins_each_inference_with_the_initial_state_where_the_model_says_so(start: Start) -> None:
    model = parse_model(resetting(lstm_model()), "lstm")
    inputs = sequence(model, 4)
    runner = start(model)
    found = runner.run(inputs).outputs[0]
    again = runner.run([array[::-1].copy() for array in inputs]).outputs[0]
    assert np.array_equal(found, again[::-1])
    keeping = TflmRunner(parse_model(lstm_model(), "lstm")).run(inputs).outputs[0]
    assert not np.array_equal(found, keeping)
    if runner.name != "litert":  # which rounds otherwise
        assert np.array_equal(found[0], keeping[0])


def test_firmware_that_resets_itself_equals_the_golden_which_is_reset_before_each_inference(work: Path) -> None:
    marked, unmarked = parse_model(resetting(lstm_model()), "lstm"), parse_model(lstm_model(), "lstm")
    inputs = sequence(marked, 5)
    golden, expected = TflmRunner(unmarked), []
    for number in range(len(inputs[0])):
        golden.reset()
        expected.append(golden.run([array[number : number + 1] for array in inputs]).outputs[0][0])
    with ExitStack() as stack:
        client = board_client(stack, [marked], "aot", work / "project")
        assert not client.handshake().capabilities & Capability.STATE
        assert np.array_equal(DeviceRunner(client, marked).run(inputs).outputs[0], np.stack(expected))
    assert np.array_equal(TflmRunner(marked).run(inputs).outputs[0], np.stack(expected))


def test_the_firmware_says_that_it_has_state(client: Client) -> None:
    assert client.handshake().capabilities & Capability.STATE


def test_outputs_of_a_sequence_equal_the_goldens(client: Client, models: list[Model]) -> None:
    inputs = sequence(models[SVDF], 9)
    found = DeviceRunner(client, models[SVDF], SVDF).run(inputs).outputs[0]
    assert np.array_equal(found, TflmRunner(models[SVDF]).run(inputs).outputs[0])
    assert len({row.tobytes() for row in found}) > 1


def test_reset_begins_the_sequence_again(client: Client, models: list[Model]) -> None:
    inputs = sequence(models[SVDF], 6)
    runner = DeviceRunner(client, models[SVDF], SVDF)
    first, continued = runner.run(inputs).outputs[0], runner.run(inputs).outputs[0]
    runner.reset()
    again = runner.run(inputs).outputs[0]
    assert np.array_equal(first, again)
    assert not np.array_equal(first, continued)


def test_a_reset_is_of_one_model_only(client: Client, models: list[Model]) -> None:
    counting, remembering = DeviceRunner(client, models[COUNTER], COUNTER), DeviceRunner(client, models[SVDF], SVDF)
    one = np.ones((1, 2), np.float32)
    assert counting.run([one]).outputs[0].tolist() == [[1, 1]]
    remembering.reset()
    assert counting.run([one]).outputs[0].tolist() == [[2, 2]]


def test_models_that_run_in_between_leave_state_alone(client: Client, models: list[Model]) -> None:
    inputs = sequence(models[SVDF], 6)
    expected = TflmRunner(models[SVDF]).run(inputs).outputs[0]
    runners = [DeviceRunner(client, model, index) for index, model in enumerate(models)]
    for sample in range(6):
        for other in (COUNTER, CONVOLUTION):
            runners[other].run(sequence(models[other], 1))
        found = runners[SVDF].run([array[sample : sample + 1] for array in inputs]).outputs[0]
        assert np.array_equal(found[0], expected[sample])


def test_a_restart_resets_state(client: Client, models: list[Model]) -> None:
    one = np.ones((1, 2), np.float32)
    assert DeviceRunner(client, models[COUNTER], COUNTER).run([one]).outputs[0].tolist() == [[1, 1]]
    client.reboot()
    assert DeviceRunner(client, models[COUNTER], COUNTER).run([one]).outputs[0].tolist() == [[1, 1]]
