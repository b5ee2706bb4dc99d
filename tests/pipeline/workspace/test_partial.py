"""A run that breaks off keeps what was done, and goes on from there."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path

import numpy as np
import pytest

from mcu_toolkit.device import Client
from mcu_toolkit.errors import DeviceError
from mcu_toolkit.pipeline.workspace.partial import PartialRun, run_from_where_it_was
from mcu_toolkit.pipeline.workspace.progress import Silent
from mcu_toolkit.pipeline.workspace.step_result import RunBrokenOffError
from mcu_toolkit.runners.device import DeviceRunner
from tests.device.fakes import QUICK, FakeDevice, SocketLink
from tests.device.test_runner import COUNTER_MODEL, MIX_MODEL, mix_inputs
from tests.firmware_c.build import FAKE_LINK, build_fake_device
from tests.firmware_c.model_device import mix

SAMPLES = 30


class Unplugged(SocketLink):
    """A line that is gone after so many bytes were read."""

    left_bytes = 5000

    def read(self, timeout_s: float) -> bytes:
        data = super().read(timeout_s)
        self.left_bytes -= len(data)
        if self.left_bytes < 0:
            raise DeviceError("the port vanished while it was in use", on="port", hint="check cable and power")
        return data


@pytest.fixture(scope="module")
def stateless(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_fake_device(tmp_path_factory.mktemp("stateless"), FAKE_LINK, models=1)


def test_what_was_done_is_kept_and_only_the_rest_is_run(stateless: Path, tmp_path: Path) -> None:
    inputs = mix_inputs(SAMPLES)
    kept = PartialRun(tmp_path / "run.npz")
    with FakeDevice(stateless) as device, Client(Unplugged(device.socket_link()._end), timing=QUICK) as client:
        runner = DeviceRunner(client, MIX_MODEL)
        with pytest.raises(RunBrokenOffError, match=r"port vanished.*\n.*interrupted after \d+ of 30 samples") as broken:
            run_from_where_it_was(runner, inputs, kept, Silent(), resume=False, explained=nullcontext())
    assert 0 < broken.value.done < SAMPLES
    assert "--resume" in str(broken.value)
    steps: list[tuple[int, int]] = []
    with FakeDevice(stateless) as device, Client(device.socket_link(), timing=QUICK) as client:
        runner = DeviceRunner(client, MIX_MODEL, on_sample=lambda done, total: steps.append((done, total)))
        result = run_from_where_it_was(runner, inputs, kept, Silent(), resume=True, explained=nullcontext())
    assert len(steps) == SAMPLES - broken.value.done
    sent = [inputs[0][i].tobytes() + inputs[1][i].tobytes() for i in range(SAMPLES)]
    assert [result.outputs[0][i].tobytes() + result.outputs[1][i].tobytes() for i in range(SAMPLES)] == [mix(one) for one in sent]
    assert result.ticks is not None
    assert len(result.ticks) == SAMPLES
    assert kept.load() is None


def test_a_model_with_state_begins_again(fake_device: Path, tmp_path: Path) -> None:
    inputs = [np.ones((5, 4), np.int8)]
    kept = PartialRun(tmp_path / "run.npz")
    with FakeDevice(fake_device) as device, Client(device.socket_link(), timing=QUICK) as client:
        runner = DeviceRunner(client, COUNTER_MODEL, 1)
        whole = run_from_where_it_was(runner, inputs, kept, Silent(), resume=False, explained=nullcontext())
        kept.save(whole)
        again = run_from_where_it_was(runner, inputs, kept, Silent(), resume=True, explained=nullcontext())
    assert again.outputs[0].tolist() == whole.outputs[0].tolist() == [[4 * n, n] for n in range(1, 6)]


def test_other_inputs_and_boards_have_other_places() -> None:
    first, second = mix_inputs(3), mix_inputs(4)
    places = {PartialRun.of(MIX_MODEL, board, inputs).path for board in ("a", "b") for inputs in (first, second)}
    assert len(places) == 4
    assert PartialRun.of(MIX_MODEL, "a", first).path in places


def test_a_damaged_file_is_nothing(tmp_path: Path) -> None:
    path = tmp_path / "run.npz"
    path.write_bytes(b"PK\x03\x04 half")
    assert PartialRun(path).load() is None
