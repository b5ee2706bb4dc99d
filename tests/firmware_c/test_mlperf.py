"""The benchmark's protocol on the device, under sanitizers: the conversation, and everything a bad line makes of it."""

from __future__ import annotations

import random
import shutil
from pathlib import Path

import jinja2
import numpy as np
import pytest

from mcu_toolkit.boards import load_board
from mcu_toolkit.firmware.benchmark import Benchmark
from mcu_toolkit.system.resources import templates_dir
from tests.firmware_c.build import FAKE_LINK, SANITIZERS, compile_program, converse, write_sources
from tests.firmware_c.model_device import mix

SOURCES = ("mlperf.c", "mlperf_print.c", "mlperf_run.c", "framing.c", "firmware.c", "main.c", "fake_platform.c", "fake_inference.c")
DB_BYTES = 200
GREETING = "m-timestamp-mode-performance\r\nm-lap-us-0\r\nm-init-done\r\nm-ready\r\n"
READY = "m-ready\r\n"


def build(folder: Path, benchmark: Benchmark) -> Path:
    """A device whose model is the fake one with 200 input bytes, under sanitizers."""
    write_sources(folder, FAKE_LINK, models=1)
    for part in ("mlperf", "mlperf_tiny"):
        for path in (templates_dir() / f"protocols/{part}/src").glob("*.[ch]"):
            shutil.copy(path, folder / path.name)
    environment = jinja2.Environment(loader=jinja2.FileSystemLoader(templates_dir()), undefined=jinja2.StrictUndefined)
    text = environment.get_template("protocols/mlperf_tiny/mlperf_config.h.j2").render(
        mlperf=benchmark, board=load_board("host"), banner=["made for a test"]
    )
    (folder / "mlperf_config.h").write_text(text)
    return compile_program(folder, SOURCES, "mlperf_device", *SANITIZERS)


@pytest.fixture(scope="module")
def device(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("mlperf"), Benchmark("kws01", "stored", DB_BYTES))


@pytest.fixture(scope="module")
def float_device(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("mlperf"), Benchmark("ad01", "floats", 4 * DB_BYTES))


def talk(device: Path, *commands: str) -> str:
    said = converse(device, "%".join((*commands, "")).encode()).decode()
    assert said.startswith(GREETING)
    return said.removeprefix(GREETING)


def data_commands(data: bytes) -> list[str]:
    return [f"db {data[at : at + 31].hex()}" for at in range(0, len(data), 31)]


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        ("name", "m-name-dut-[host]\r\n"),
        ("profile", "m-profile-[ULPMark for tinyML Firmware V0.0.1]\r\nm-model-[kws01]\r\n"),
        ("timestamp", "m-lap-us-0\r\n"),
        ("db load 200", "m-[Expecting 200 bytes]\r\n"),
        ("results", "e-[No inference was run]\r\n"),
        ("nonsense here", "e-[Unknown command: nonsense]\r\n"),
        ("", "e-[Unknown command: ]\r\n"),
        ("db", "e-[Command 'db' requires a subcommand]\r\n"),
        ("db load", "e-[Command 'db load' requires the # of bytes]\r\n"),
        ("db load 201", "e-[Supplied buffer size 201 exceeds maximum of 200]\r\n"),
        ("db load 0", "e-[Command 'db load' must be >0 bytes]\r\n"),
        ("db load ten", "e-[Command 'db load' must be >0 bytes]\r\n"),
        ("db load -1", "e-[Command 'db load' must be >0 bytes]\r\n"),
        ("db load 99999999999999999999", "e-[Supplied buffer size 99999999999999999999 exceeds maximum of 200]\r\n"),
        ("db 00", "e-[More bytes than 'db load' announced]\r\n"),
        ("db 0", "e-[Insufficent number of hex digits]\r\n"),
        ("infer 0", "e-[Inference iterations must be >0]\r\n"),
        ("infer none", "e-[Inference iterations must be >0]\r\n"),
        ("infer 1 -1", "e-[Inference warmup must be >=0]\r\n"),
        ("infer 1000001", "e-[Inference iterations must be <=1000000]\r\n"),
        ("infer 1 4294967296", "e-[Inference iterations must be <=1000000]\r\n"),
        ("infer", "e-[The input takes 200 bytes, db holds 0]\r\n"),
        ("x" * 81, "e-[Command is longer than 80 characters]\r\n"),
    ],
)
def test_every_command_is_answered_and_ends_with_ready(device: Path, command: str, answer: str) -> None:
    assert talk(device, command) == answer + READY


def test_an_inference_says_warm_up_times_and_results(device: Path) -> None:
    # The second input of the fake model is what the arena holds: nothing was written, and the first run makes it 0xA5.
    data = bytes(range(DB_BYTES))
    said = talk(device, f"db load {DB_BYTES}", *data_commands(data), "infer 3 0", "results")
    lines = said.split("\r\n")
    assert "m-load-done" in lines
    assert lines[lines.index("m-load-done") + 1] == "m-ready"
    begin = lines.index("m-warmup-start-0")
    assert lines[begin + 1 : begin + 3] == ["m-warmup-done", "m-infer-start-3"]
    laps = [int(line.removeprefix("m-lap-us-")) for line in lines[begin:] if line.startswith("m-lap-us-")]
    assert laps[1] - laps[0] == 3 * 1000  # model 0 takes 1000 + its first byte
    results = [line for line in lines if line.startswith("m-results-[")]
    assert len(results) == 2
    assert results[0] == results[1]


def test_results_are_what_printf_makes_of_the_real_values(device: Path) -> None:
    data = random.Random(3).randbytes(DB_BYTES - 1)
    [line] = [
        one for one in talk(device, f"db load {DB_BYTES}", *data_commands(b"\1" + data), "infer 1 0").split("\r\n") if "results" in one
    ]
    outputs = mix(b"\1" + data + bytes(60))[:150]  # the second input is all zeros
    expected = [f"{0.00390625 * ((byte ^ 0x80) - 128 + 128):.3f}" for byte in outputs]
    assert line == f"m-results-[{','.join(expected)}]"


def test_db_is_printed_eight_bytes_a_line_and_what_did_not_come_is_zero(device: Path) -> None:
    said = talk(device, "db load 10", "db 0102030405060708ff", "db print")
    assert "m-buffer-01-02-03-04-05-06-07-08\r\nm-buffer-ff-00\r\n\r\n" in said


def test_a_refused_load_leaves_no_room_to_write_to(device: Path) -> None:
    """The reference firmware keeps the size it refused and then writes past its buffer."""
    said = talk(device, "db load 100", "db load 30000", *data_commands(bytes(310)))
    assert said.count("e-[More bytes than 'db load' announced]") == 10


def test_digits_beyond_what_was_announced_are_disregarded(device: Path) -> None:
    """As the reference does; what comes in a further command it would write past its buffer."""
    said = talk(device, "db load 2", "db 010203zz", "db print", "db 04")
    loaded, printed, refused = said.split(READY)[1:4]
    assert loaded == "m-load-done\r\n"
    assert printed == "m-buffer-01-02\r\n\r\n"
    assert refused == "e-[More bytes than 'db load' announced]\r\n"


def test_an_invalid_digit_ends_what_is_stored(device: Path) -> None:
    said = talk(device, "db load 3", "db 01zz02", "db 0203")
    assert said.split(READY)[1:3] == ["e-[Invalid hex digit 'zz']\r\n", "m-load-done\r\n"]


def test_an_inference_without_numbers_is_one_after_ten_to_warm_up(device: Path) -> None:
    said = talk(device, f"db load {DB_BYTES}", *data_commands(bytes(DB_BYTES)), "infer")
    assert "m-warmup-start-10\r\nm-warmup-done\r\nm-infer-start-1\r\n" in said


def test_floats_are_quantized_and_the_result_is_the_mean_squared_error(float_device: Path) -> None:
    """Round half away from zero, clamped; input scale 0.5 and zero point -3, output scale 1/256 and zero point -128."""
    pick = random.Random(7)
    values = np.array([0.25, -0.25, 0.24999, 63.9, 64.9, 70.0, -62.4, -62.6, -70.0, *(pick.uniform(-60, 60) for _ in range(191))], "<f4")
    scaled = values / np.float32(0.5)
    stored = np.clip(np.trunc(scaled + np.copysign(0.5, scaled).astype(np.float64)) - 3, -128, 127).astype(np.int8)
    commands = [f"db load {4 * DB_BYTES}", *data_commands(values.tobytes()), "infer 1 0"]
    [line] = [one for one in talk(float_device, *commands).split("\r\n") if "results" in one]
    outputs = np.frombuffer(mix(stored.tobytes() + bytes(60))[:150], np.int8).astype(np.float32) + 128
    assert float(line.removeprefix("m-results-[").rstrip("]")) == pytest.approx(np.mean((outputs / 256 - values[:150]) ** 2), abs=2e-3)


def test_floats_that_are_none_break_nothing(float_device: Path) -> None:
    values = np.resize(np.array([np.nan, np.inf, -np.inf, 3e38, -3e38, 1e-45], "<f4"), DB_BYTES)
    said = talk(float_device, f"db load {4 * DB_BYTES}", *data_commands(values.tobytes()), "infer 1 0")
    assert said.endswith("m-results-[nan]\r\n" + READY)


def fuzz(device: Path, seed: int, commands: int) -> None:
    pick = random.Random(seed)
    words = (
        "name",
        "db",
        "load",
        "print",
        "infer",
        "results",
        "profile",
        "help",
        "1",
        "200",
        "31",
        "4294967296",
        "-5",
        "00ff",
        "%",
        " ",
        "\r\n",
    )
    stream = b""
    for _ in range(commands):
        kind = pick.randrange(4)
        if kind == 0:
            stream += pick.randbytes(pick.randrange(120)) + b"%"
        elif kind == 1:
            stream += " ".join(pick.choices(words, k=pick.randrange(6))).encode() + b"%"
        elif kind == 2:
            stream += f"db load {pick.choice((1, 31, 199, 200, 201, 27648, 65536))}%db {pick.randbytes(pick.randrange(38)).hex()}%".encode()
        else:
            stream += f"infer {pick.randrange(3)} {pick.randrange(3)}%".encode()
    said = converse(device, stream + b"%name%", FAKE_READ_BYTES=(1, 7, 64)[seed % 3])
    assert said.endswith(b"m-name-dut-[host]\r\nm-ready\r\n")


@pytest.mark.parametrize("seed", range(3))
def test_no_stream_breaks_it_and_it_is_always_back_in_step(device: Path, seed: int) -> None:
    fuzz(device, seed, 2000)


def test_no_stream_breaks_a_device_that_takes_floats(float_device: Path) -> None:
    fuzz(float_device, 9, 2000)


@pytest.mark.nightly
@pytest.mark.parametrize("seed", range(100, 150))
def test_a_million_commands(device: Path, seed: int) -> None:
    fuzz(device, seed, 20_000)
