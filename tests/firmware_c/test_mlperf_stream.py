"""The protocol of the streaming wake word on the device, under sanitizers: the conversation, and everything a bad line makes of it."""

from __future__ import annotations

import random
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from mcu_toolkit.boards import Board, load_board
from mcu_toolkit.firmware.benchmark import Benchmark
from mcu_toolkit.firmware.mel_table_file import MelTables
from mcu_toolkit.firmware.template_files import rendered_file
from mcu_toolkit.frontend.mel_energies import HOP_SAMPLES, MelQuantization, mel_features
from mcu_toolkit.system.resources import templates_dir
from tests.firmware_c.build import FAKE_LINK, SANITIZERS, compile_program, converse, write_sources

OURS = ("firmware.c", "mlperf_stream.c", "stream_db.c", "stream_detector.c", "mlperf_print.c")
SOURCES = (*OURS, "framing.c", "main.c", "fake_platform.c", "fake_inference.c")
FRAMES = 5
"""Of the fake model: 200 bytes."""
ACTIVATIONS, DETECTIONS = 3, 2
GREETING = "m-init-done\r\nm-ready\r\n"
READY = "m-ready\r\n"
QUANTIZATION = MelQuantization(1 / 255, -128)
HOST = load_board("host")
FAKE_BENCHMARK = Benchmark("sww01", "sound", 1024, "protocols/mlperf_streaming", FRAMES, QUANTIZATION)


@dataclass(frozen=True)
class Context:
    """Variables of the templates."""

    banner: tuple[str, ...] = ("made for a test",)
    board: Board = HOST
    mlperf: Benchmark = FAKE_BENCHMARK
    activations: int = ACTIVATIONS
    detections: int = DETECTIONS


def build(folder: Path, *sensor: str, kind: int = 0) -> Path:
    write_sources(folder, FAKE_LINK, models=1, sensor=kind)
    for part in ("mlperf", "mlperf_streaming"):
        for path in (templates_dir() / f"protocols/{part}/src").glob("*.[ch]"):
            shutil.copy(path, folder / path.name)
    templates = "protocols/mlperf_streaming"
    (folder / "mlperf_config.h").write_bytes(rendered_file(f"{templates}/mlperf_config.h.j2", Context()))
    (folder / "mel_tables.h").write_bytes(rendered_file(f"{templates}/mel_tables.h.j2", Context(), MelTables.of(QUANTIZATION)))
    return compile_program(folder, (*SOURCES, *sensor), "device", "-ffp-contract=off", *SANITIZERS)


@pytest.fixture(scope="module")
def device(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Without a microphone."""
    return build(tmp_path_factory.mktemp("line"))


@pytest.fixture(scope="module")
def listener(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("microphone"), "fake_microphone.c", kind=1)


def talk(device: Path, *commands: str, **settings: int) -> list[str]:
    """The answer to each command, without its repetition and without `m-ready`."""
    said = converse(device, "%".join((*commands, "")).encode(), **settings).decode()
    assert said.startswith(GREETING)
    answers = said.removeprefix(GREETING).split(READY)
    assert answers.pop() == ""
    echoes = [f"Received command: {command}\r\n" for command in commands]
    assert [answer[: len(echo)] for answer, echo in zip(answers, echoes, strict=True)] == echoes
    return [answer.removeprefix(echo) for answer, echo in zip(answers, echoes, strict=True)]


def heard_samples() -> np.ndarray:
    return (7919 * np.arange(3000) % 65536 - 32768).astype(np.int16)


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        ("name", "m-name-dut-[host]\r\n"),
        ("profile", "m-profile-[MLPerf Tiny Firmware V0.1.0]\r\nm-model-[sww01]\r\n"),
        ("stop", "I2S is already idle.  Ignoring stop request\r\n"),
        ("start", "Error: this firmware has no microphone\r\n"),
        ("state", "g_i2s_status=0, SAI state=1\r\ng_i2s_state = 0, g_int16s_read=0\r\n"),
        ("print_detections", "Detection Timestamps (ms)\r\n"),
        ("processing", "m-processing-[0, 0, 0, 0, 0]\r\n"),
        ("db load 1024", "Expecting 1024 bytes\r\n"),
        ("db load 1025", "Error: db load takes 1 to 1024 bytes\r\n"),
        ("db load 0", "Error: db load takes 1 to 1024 bytes\r\n"),
        ("db load", "Error: db load takes 1 to 1024 bytes\r\n"),
        ("db load -1", "Error: db load takes 1 to 1024 bytes\r\n"),
        ("db 00", "Error: db load must announce the bytes first\r\n"),
        ("db getptr", "m-buff-ptr-0\r\n"),
        ("db setptr 1", "Error: db setptr takes a number of bytes, at most what was announced\r\n"),
        ("db print 3", "m-buffer-00-00-00\r\n"),
        ("db", "Error: db takes load, print, getptr, setptr or hexadecimal digits\r\n"),
        ("db what", "Error: db takes load, print, getptr, setptr or hexadecimal digits\r\n"),
        ("infer 1", "Unrecognized command\r\n"),
        ("", "Empty command\r\n"),
    ],
)
def test_every_command_is_repeated_answered_and_ends_with_ready(device: Path, command: str, answer: str) -> None:
    assert talk(device, command) == [answer]


def test_a_command_of_1028_characters_is_carried_out_and_a_longer_one_refused_whole(device: Path) -> None:
    digits = "ab" * 512
    assert talk(device, "db load 1024", f"db {digits}")[1] == "512 bytes received\r\n"
    said = converse(device, b"db load 1024%" + b"x" * 1029 + b"%name%").decode()
    assert "Error: a command has at most 1028 characters\r\nm-ready\r\n" in said
    assert said.endswith("m-name-dut-[host]\r\nm-ready\r\n")


def db_commands(samples: np.ndarray) -> list[str]:
    content = samples.astype("<i2").tobytes()
    return [f"db load {len(content)}", *(f"db {content[at : at + 512].hex()}" for at in range(0, len(content), 512))]


def numbers(text: str, name: str) -> list[int]:
    found = re.search(rf"{name}-\[([^\]]+)\]", text)
    assert found is not None, text
    return [int(part) for part in found[1].split(",")]


def test_sound_over_the_line_becomes_the_features_of_python(device: Path) -> None:
    sound = heard_samples()[: 3 * HOP_SAMPLES]
    commands = [command for hop in sound.reshape(3, -1) for command in (*db_commands(hop), "extract_uart_stream")]
    answers = [answer for answer in talk(device, *commands) if answer.startswith("m-features")]
    features = mel_features(sound, QUANTIZATION)
    assert [numbers(answer, "m-features") for answer in answers] == features.tolist()
    assert all(len(numbers(answer, "m-activations")) == 150 for answer in answers)
    assert len(np.unique(features)) > 20
    plain = f"{int(features[0, 0]):+3d}, {int(features[0, 1]):+3d}, "  # as the reference's printf
    assert answers[0].startswith(f"m-features-[{plain}")


def test_a_part_that_is_sent_again_takes_the_place_of_the_first(device: Path) -> None:
    answers = talk(device, "db load 4", "db 0102", "db setptr 0", "db getptr", "db ff", "db 020304", "db print 5")
    assert answers[1:6] == ["2 bytes received\r\n", "", "m-buff-ptr-0\r\n", "1 bytes received\r\n", "m-load-done\r\n"]
    assert answers[6] == "m-buffer-ff-02-03-04-00\r\n"


def test_a_reset_forgets_what_was_heard(device: Path) -> None:
    once = [*db_commands(heard_samples()[:HOP_SAMPLES]), "extract_uart_stream"]
    first, second, third = (numbers(text, "m-features") for text in talk(device, *once, *once, "reset", *once) if "features" in text)
    assert first == third
    assert first != second


def test_what_there_is_no_room_for_is_counted_and_not_kept(device: Path) -> None:
    """Frame 0 is always a detection; the fake model detects in some others."""
    hops = np.random.default_rng(4).integers(-9000, 9000, 40 * HOP_SAMPLES).astype(np.int16).reshape(40, -1)
    answers = talk(
        device, *(command for hop in hops for command in (*db_commands(hop), "extract_uart_stream")), "processing", "print_detections"
    )
    scores = [numbers(answer, "m-activations")[0] for answer in answers if answer.startswith("m-features")]
    detected = [frame for frame, score in enumerate(scores) if frame == 0 or score > 115]
    assert len(detected) > DETECTIONS
    assert numbers(answers[-2], "m-processing")[4] == len(detected)
    assert answers[-1] == "Detection Timestamps (ms)\r\n" + "".join(f"{32 * frame},\r\n" for frame in detected[:DETECTIONS])


def test_it_listens_to_the_end_of_the_recording_and_says_what_it_heard(listener: Path) -> None:
    """The last bytes come when everything was heard: the fake line says nothing until then."""
    frames = 3000 // HOP_SAMPLES
    said = converse(listener, b"start%", FAKE_LINGER=200).decode()
    assert "Received command: start\r\nListening for I2S data ... \r\nDMA receive initiated.\r\nm-ready\r\n" in said
    answers = talk(listener, "start", "start", "state", "stop", "state", "print_detections", "processing", FAKE_READ_BYTES=1)
    assert answers[1] == "I2S Rx currently in progress. Ignoring request\r\n"
    assert answers[2].startswith("g_i2s_status=0, SAI state=34\r\ng_i2s_state = 2, ")
    scores = re.fullmatch(r"Streaming stopped\.\r\ntarget activations: \r\n\[(.*?)\]\r\n", answers[3], re.DOTALL)
    assert scores is not None
    assert answers[4].startswith("g_i2s_status=0, SAI state=1\r\ng_i2s_state = 0, ")
    assert answers[5].startswith("Detection Timestamps (ms)\r\n")
    taken, features, model, lost, _detections = numbers(answers[6], "m-processing")
    assert 0 <= taken <= frames
    assert (features, lost) == (0, 3)
    assert model >= 1000 * (taken > 0)


def test_no_stream_breaks_it_and_it_is_always_back_in_step(device: Path, listener: Path) -> None:
    for seed in range(4):
        fuzz((device, listener)[seed % 2], seed, 1000)


@pytest.mark.nightly
@pytest.mark.parametrize("seed", range(100, 130))
def test_many_commands(device: Path, listener: Path, seed: int) -> None:
    fuzz((device, listener)[seed % 2], seed, 20_000)


def fuzz(device: Path, seed: int, commands: int) -> None:
    pick = random.Random(seed)
    words = ("name", "db", "load", "print", "setptr", "getptr", "start", "stop", "state", "reset", "extract_uart_stream", "processing")
    others = ("print_detections", "help", "1", "512", "1024", "4294967296", "-5", "00ff", "%", " ", "\r\n")
    stream = b""
    for _ in range(commands):
        kind = pick.randrange(4)
        if kind == 0:
            stream += pick.randbytes(pick.randrange(1200)) + b"%"
        elif kind == 1:
            stream += " ".join(pick.choices((*words, *others), k=pick.randrange(6))).encode() + b"%"
        elif kind == 2:
            stream += (
                f"db load {pick.choice((1, 31, 512, 1023, 1024, 1025, 65536))}%db {pick.randbytes(pick.randrange(520)).hex()}%".encode()
            )
        else:
            stream += pick.choice((b"start%", b"stop%", b"extract_uart_stream%", b"state%", b"reset%"))
    said = converse(device, stream + b"%name%", FAKE_READ_BYTES=(1, 7, 64)[seed % 3])
    assert said.endswith(b"m-name-dut-[host]\r\nm-ready\r\n")
