"""The client with the real command loop behind a socket, a pseudo-terminal and a TCP port."""

from __future__ import annotations

import contextlib
import random
import signal
import struct
from collections.abc import Callable
from pathlib import Path

import pytest

from mcu_toolkit.device import Client, RequestError, Timing, open_port
from mcu_toolkit.device.records import SessionLostError
from mcu_toolkit.errors import DeviceError, InputError, NoReplyError
from mcu_toolkit.protocol import Frame, FrameDecoder
from mcu_toolkit.protocol.ids import Capability, Direction, ErrorCode
from mcu_toolkit.protocol.messages import RebootRequest, TensorInfoReply
from tests.device.fakes import HASTY, PATIENT, QUICK, FakeDevice, SlowLink, SocketLink
from tests.firmware_c.build import FAKE_BUILD_ID
from tests.firmware_c.model_device import BROKEN, COUNTER, INPUT_BYTES, MIX, SHA256, mix, mix_ticks


def mix_samples(count: int, seed: int = 0) -> list[bytes]:
    pick = random.Random(seed)
    # A first byte of 127 makes the fake model fail.
    return [bytes((pick.randrange(127),)) + pick.randbytes(INPUT_BYTES[MIX] - 1) for _ in range(count)]


def test_hello_tells_the_board_and_its_limits(fake_device: Path) -> None:
    with FakeDevice(fake_device) as device, Client(device.socket_link(), timing=QUICK) as client:
        hello = client.handshake()
    assert (hello.board, hello.runtime, hello.toolkit_version) == ("host", "fake (for tests)", "0.0.test")
    assert hello.build_id == FAKE_BUILD_ID
    assert (hello.max_payload_bytes, hello.window_frames, hello.model_count) == (128, 3, 3)
    assert hello.capabilities == Capability.SEVERAL_MODELS | Capability.STATE | Capability.STACK_WATERMARK | Capability.REBOOT


def test_models_and_tensors_are_described(fake_device: Path) -> None:
    with FakeDevice(fake_device) as device, Client(device.socket_link(), timing=QUICK) as client:
        info = client.model_info(MIX)
        assert (info.name, info.sha256, info.input_bytes, info.output_bytes, info.layers) == ("mix", SHA256[MIX], 260, 190, 7)
        assert client.tensor_info(MIX, Direction.INPUT, 0) == TensorInfoReply(9, 0.5, -3, 200, (1, 10, 20))
        assert client.model_info(BROKEN).status == 4
        with pytest.raises(RequestError, match="refused TENSOR_INFO: bad_payload") as caught:
            client.tensor_info(MIX, Direction.INPUT, 2)
        assert (caught.value.code, caught.value.detail) == (ErrorCode.BAD_PAYLOAD, 2)
        with pytest.raises(RequestError, match="no_such_model, detail 3"):
            client.model_info(3)


def test_inference_echo_status_and_state(fake_device: Path) -> None:
    with FakeDevice(fake_device) as device, Client(device.socket_link(), timing=PATIENT) as client:
        [sample] = mix_samples(1)
        result = client.infer(MIX, sample)
        assert (result.output, result.ticks) == (mix(sample), mix_ticks(sample))
        assert client.echo(b"\0there and back\0") == b"\0there and back\0"
        assert client.infer(COUNTER, b"\1\2\3\4").output == struct.pack("<2i", 10, 1)
        assert client.infer(COUNTER, b"\1\2\3\xff").output == struct.pack("<2i", 15, 2)
        client.reset_state(COUNTER)
        assert client.infer(COUNTER, bytes(4)).output == struct.pack("<2i", 0, 1)
        status = client.status()
        assert (status.stack_bytes, status.stack_used_bytes, status.invocations) == (4096, 1234, 4)
        assert client.counters.retries == 0
        assert client.counters.noise_chunks == 0


@pytest.mark.parametrize("open_it", [FakeDevice.pty_path, FakeDevice.tcp_url])
def test_any_port_that_pyserial_opens_will_do(fake_device: Path, open_it: Callable[[FakeDevice], str]) -> None:
    samples = mix_samples(40)
    with FakeDevice(fake_device) as device, Client(open_port(open_it(device), 115200), timing=PATIENT) as client:
        results = list(client.infer_many(samples))
        assert [result.output for result in results] == [mix(sample) for sample in samples]
        assert client.counters.retries == 0


def test_many_samples_keep_the_window_full_and_never_exceed_it(fake_device: Path) -> None:
    class Watched(SocketLink):
        sent = 0
        answered = 0
        most = 0

        def write(self, data: bytes) -> None:
            self.sent += sum(isinstance(item, Frame) for item in FrameDecoder().feed(data))
            self.most = max(self.most, self.sent - self.answered)
            super().write(data)

        def read(self, timeout_s: float) -> bytes:
            data = super().read(timeout_s)
            self.answered += data.count(b"\0") // 2
            return data

    with FakeDevice(fake_device) as device:
        link = device.socket_link()
        watched = Watched(link._end)
        with Client(watched, timing=PATIENT) as client:
            client.model_info(MIX)
            watched.answered = watched.sent
            samples = mix_samples(50)
            assert [result.output for result in client.infer_many(samples)] == [mix(sample) for sample in samples]
            assert client.counters.retries == 0
    assert watched.most == 3


def test_a_board_slower_than_the_time_out_is_neither_given_up_nor_asked_over_and_over(fake_device: Path) -> None:
    hasty = Timing(boot_timeout_s=60.0, reply_timeout_s=1.0, invoke_timeout_s=60.0, retry_after_s=0.005)
    with FakeDevice(fake_device) as device, Client(SlowLink(device.socket_link(), 600.0), timing=hasty) as client:
        client.handshake()
        samples = mix_samples(1)
        assert [result.output for result in client.infer_many(samples, model=MIX)] == [mix(sample) for sample in samples]
        assert client.echo(b"and then") == b"and then"
        assert 0 < client.counters.retries < 30


def test_a_failing_inference_is_named_and_the_next_one_runs(fake_device: Path) -> None:
    with FakeDevice(fake_device) as device, Client(device.socket_link(), timing=QUICK) as client:
        good = mix_samples(2)
        bad = bytes((127,)) + good[0][1:]
        results = client.infer_many([good[0], bad, good[1]])
        assert next(results).output == mix(good[0])
        with pytest.raises(RequestError, match="refused INVOKE: runtime, detail 5"):
            next(results)
        assert client.infer(MIX, good[1]).output == mix(good[1])


def test_a_model_that_could_not_be_prepared_is_refused(fake_device: Path) -> None:
    with (
        FakeDevice(fake_device) as device,
        Client(device.socket_link(), timing=QUICK) as client,
        pytest.raises(RequestError, match="refused INVOKE: runtime, detail 4"),
    ):
        client.infer(BROKEN, b"")


def test_a_sample_of_the_wrong_size_is_refused_before_it_is_sent(fake_device: Path) -> None:
    with FakeDevice(fake_device) as device, Client(device.socket_link(), timing=QUICK) as client:
        with pytest.raises(InputError, match="sample 1 has 5 bytes") as caught:
            list(client.infer_many([bytes(4), bytes(5)], model=COUNTER))
        assert caught.value.expected is not None
        assert "4" in caught.value.expected
        assert client.infer(COUNTER, bytes(4)).ticks == 5


def test_reboot_waits_for_the_new_start(fake_device: Path) -> None:
    with FakeDevice(fake_device) as device, Client(device.socket_link(), timing=QUICK) as client:
        assert client.handshake().boot_count == 1
        assert client.reboot().boot_count == 2
        assert client.status().invocations == 0


def test_to_show_its_start_is_no_error_for_a_board_that_is_gone(fake_device: Path) -> None:
    with FakeDevice(fake_device) as device, Client(open_port(device.pty_path(), 115200), timing=QUICK) as client:
        client.show_start_up()
        assert client.device.boot_count == 2
        device.stop()
        client.show_start_up()
        with pytest.raises(DeviceError):
            client.handshake()


def test_a_board_that_resets_in_mid_run_is_noticed_and_the_sample_sent_again(stateless_device: Path) -> None:
    samples = mix_samples(30)
    with FakeDevice(stateless_device, FAKE_CRASH_AT_INVOKE=10) as device, Client(device.socket_link(), timing=QUICK) as client:
        results = list(client.infer_many(samples))
        assert [result.output for result in results] == [mix(sample) for sample in samples]
        assert client.counters.restarts == 1
        assert client.handshake().boot_count == 2


def test_a_reset_loses_the_state_of_models_that_have_one(fake_device: Path) -> None:
    with FakeDevice(fake_device, FAKE_CRASH_AT_INVOKE=3) as device, Client(device.socket_link(), timing=QUICK) as client:
        results = client.infer_many([b"\1\0\0\0"] * 5, model=COUNTER)
        assert [next(results).output, next(results).output] == [struct.pack("<2i", 1, 1), struct.pack("<2i", 2, 2)]
        with pytest.raises(DeviceError, match=r"restarted in mid-run.* at sample 2, and the model's state is lost"):
            next(results)


def test_a_model_with_state_is_replayed_from_its_reset_after_the_board_restarted(fake_device: Path) -> None:
    samples = [struct.pack("<4b", n, 0, 0, 1) for n in range(8)]
    expected = [struct.pack("<2i", sum(range(n + 1)) + n + 1, n + 1) for n in range(8)]
    with FakeDevice(fake_device, FAKE_CRASH_AT_INVOKE=6) as device, Client(device.socket_link(), timing=QUICK) as client:
        client.reset_state(COUNTER)
        first = [result.output for result in client.infer_many(samples[:2], model=COUNTER)]
        rest = [result.output for result in client.infer_many(samples[2:], model=COUNTER)]
        assert first + rest == expected
        assert client.counters.restarts == 1
        # Two sessions' inferences: 5 before the crash, then everything since the reset again.
        assert client.status().invocations == 8


@pytest.mark.parametrize("how", ["reboot", "hello"])
def test_a_model_with_state_is_replayed_after_a_reboot(fake_device: Path, how: str) -> None:
    with FakeDevice(fake_device) as device, Client(device.socket_link(), timing=QUICK) as client:
        client.reset_state(COUNTER)
        assert client.infer(COUNTER, b"\1\0\0\0").output == struct.pack("<2i", 1, 1)
        if how == "reboot":
            client.reboot()
        else:  # somebody else restarted it, and this host only says HELLO again
            with contextlib.suppress(SessionLostError):
                client._session().call(RebootRequest())
            assert client.handshake().boot_count == 2
        assert client.infer(COUNTER, b"\2\0\0\0").output == struct.pack("<2i", 3, 2)
        client.reset_state(COUNTER)
        client.reboot()
        assert client.infer(COUNTER, b"\5\0\0\0").output == struct.pack("<2i", 5, 1)


def test_a_model_with_state_is_replayed_before_its_next_run_when_the_board_restarted_in_between(fake_device: Path) -> None:
    with FakeDevice(fake_device) as device, Client(device.socket_link(), timing=QUICK) as client:
        client.reset_state(COUNTER)
        assert client.infer(COUNTER, b"\1\0\0\0").output == struct.pack("<2i", 1, 1)
        try:
            client._session().call(RebootRequest())
        except SessionLostError:  # its BOOT came before its reply was read: what the client notes where it is the one to hear it
            client._history.board_restarted()
        assert client.infer(COUNTER, b"\2\0\0\0").output == struct.pack("<2i", 3, 2)


def test_a_board_that_resets_at_the_same_sample_for_ever_is_given_up(stateless_device: Path) -> None:
    settings = {"FAKE_CRASH_AT_INVOKE": 1, "FAKE_CRASH_BOOTS": 1000}
    with (
        FakeDevice(stateless_device, **settings) as device,
        Client(device.socket_link(), timing=QUICK) as client,
        pytest.raises(DeviceError, match="it restarts whenever sample 0 is run"),
    ):
        list(client.infer_many(mix_samples(3)))


def test_a_reset_between_two_requests_is_survived(fake_device: Path) -> None:
    with FakeDevice(fake_device) as device:
        link = device.socket_link()
        with Client(link, timing=QUICK) as client:
            client.handshake()
            # Another client's REBOOT on the same line.
            Client(link, timing=QUICK).reboot()
            assert client.echo(b"still there") == b"still there"


def test_a_session_of_somebody_else_that_looks_like_our_past_is_recognised(fake_device: Path) -> None:
    """With these seeds the other session's numbers are a little behind ours, as those of an old refusal would be."""
    with FakeDevice(fake_device) as device:
        link = device.socket_link()
        with Client(link, timing=QUICK, seed=67) as client:
            client.handshake()
            Client(link, timing=QUICK, seed=1067).reboot()
            assert client.echo(b"still there") == b"still there"
            assert client.counters.retries >= 3
            assert client.counters.restarts == 1


def test_a_board_that_stops_in_mid_run_is_reported_as_silent(fake_device: Path) -> None:
    with FakeDevice(fake_device) as device, Client(device.socket_link(), timing=HASTY) as client:
        results = client.infer_many(mix_samples(1000))
        next(results)
        assert device.process is not None
        device.process.send_signal(signal.SIGSTOP)
        with pytest.raises(NoReplyError, match=r"no reply to .* for 0.3 s"):
            list(results)


@pytest.mark.parametrize("open_it", [FakeDevice.pty_path, FakeDevice.tcp_url])
def test_a_port_that_vanishes_in_mid_run_is_reported(fake_device: Path, open_it: Callable[[FakeDevice], str]) -> None:
    with FakeDevice(fake_device) as device, Client(open_port(open_it(device), 115200)) as client:
        results = client.infer_many(mix_samples(1000))
        next(results)
        device.stop()
        with pytest.raises(DeviceError, match="the port vanished while it was in use") as caught:
            list(results)
        assert caught.value.exit_code == 3
