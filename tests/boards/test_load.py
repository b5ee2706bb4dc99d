"""The strict loader: what a board file may not say, and the message for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from mcu_toolkit.boards import load_board
from mcu_toolkit.errors import InputError, UnknownNameError
from mcu_toolkit.system.resources import boards_dir

GOOD = (boards_dir() / "microbit.toml").read_text(encoding="utf-8").replace("\r", "")


def write(folder: Path, text: str, name: str = "mine.toml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_a_path_loads_the_users_own_board(tmp_path: Path) -> None:
    board = load_board(str(write(tmp_path, GOOD)))
    assert (board.id, board.core, board.ram.length_bytes) == ("mine", "cortex-m0", 16384)


def test_a_file_that_was_changed_is_read_again(tmp_path: Path) -> None:
    path = write(tmp_path, GOOD)
    assert load_board(str(path)).stack_bytes == 2048
    write(tmp_path, GOOD.replace("stack_bytes = 2048", "stack_bytes = 4096"))
    assert load_board(str(path)).stack_bytes == 4096


def test_an_unknown_id_is_told_the_nearest_and_that_a_path_would_do() -> None:
    with pytest.raises(UnknownNameError) as error:
        load_board("mps2-an386x")
    assert str(error.value).splitlines()[0] == "unknown board 'mps2-an386x'"
    assert "mps2-an386" in str(error.value).splitlines()[1]
    assert ".toml" in str(error.value).splitlines()[2]


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"mine\.toml: board file not found"):
        load_board(str(tmp_path / "mine.toml"))


WRONG = {
    "unknown key": ("clock_hz =", "clock_mhz =", r"unknown key 'clock_mhz'"),
    "unknown key in a table": ("irq = 2", "interrupt = 2", r"unknown key 'serial\.interrupt'"),
    "missing key": ("stack_bytes = 2048\n", "", r"key 'stack_bytes' is missing"),
    "missing key in a table": (", baud = 115200", "", r"key 'serial\.baud' is missing"),
    "wrong type": ("clock_hz = 16_000_000", 'clock_hz = "16 MHz"', r"key 'clock_hz' is '16 MHz'\n.*type int"),
    "a truth value for a number": ("stack_bytes = 2048", "stack_bytes = true", r"key 'stack_bytes' is True\n.*type int"),
    "no table": ("ram = { origin = 0x2000_0000, length_bytes = 16_384 }", "ram = 16_384", r"key 'ram' is 16384\n.*type dict"),
    "bad literal": ('core = "cortex-m0"', 'core = "cortex-m1"', r"key 'core' is 'cortex-m1'\n.*cortex-m0plus"),
    "bad unit": ('unit = "instructions"', 'unit = "ms"', r"key 'ticks\.unit' is 'ms'\n.*instructions, cycles, us"),
    "not TOML": ("[", "[[", r"not valid TOML"),
    "another id": ('name = "BBC', 'id = "microbit"\nname = "BBC', r"id is 'microbit'\n.*'mine'"),
    "overlap": ("origin = 0x2000_0000", "origin = 0x0003_0000", r"key 'ram' is 0x00030000 to 0x00033fff\n.*0x00000000 to 0x0003ffff"),
    "no memory": ("length_bytes = 16_384", "length_bytes = 0", r"key 'ram\.length_bytes' is 0\n"),
    "absurd memory": ("length_bytes = 262_144", "length_bytes = 99_999_999_999", r"key 'flash\.length_bytes' is 99,999,999,999\n"),
    "beyond 32 bits": ("origin = 0x2000_0000", "origin = 0xFFFF_FFF0", r"key 'ram\.origin' is 0xfffffff0\n.*32-bit"),
    "negative origin": ("origin = 0x2000_0000", "origin = -8", r"key 'ram\.origin' is -0x8\n"),
    "crooked origin": ("origin = 0x2000_0000", "origin = 0x2000_0004", r"key 'ram\.origin' is 0x20000004\n.*multiple of 8"),
    "stack larger than RAM": ("stack_bytes = 2048", "stack_bytes = 16_384", r"key 'stack_bytes' is 16,384\n.*less than RAM, 16,384"),
    "hardly a stack": ("stack_bytes = 2048", "stack_bytes = 64", r"key 'stack_bytes' is 64\n.*at least 512"),
    "crooked stack": ("stack_bytes = 2048", "stack_bytes = 2044", r"key 'stack_bytes' is 2,044\n.*multiple of 8"),
    "no such UART": (
        'driver = "nrf51"',
        'driver = "nrf52"',
        r"key 'serial\.driver' is 'nrf52'\n.*cmsdk, nrf51, ns16550, pl011, stm32_usart",
    ),
    "no such chip": ("stack_bytes = 2048", 'stack_bytes = 2048\nchip = "../rp2040"', r"key 'chip' is '\.\./rp2040'\n.*: rp2040"),
    "a machine of an emulator with one": (
        'kind = "qemu", program = "qemu-system-arm"',
        'kind = "rp2040js", program = "node"',
        r"key 'emulator\.machine' is 'microbit'\n.*nothing for kind rp2040js",
    ),
    "no such counter": ('driver = "systick"', 'driver = "dwt"', r"key 'ticks\.driver' is 'dwt'\n.*systick"),
    "no such platform": (
        'firmware_platform = "baremetal"',
        'firmware_platform = "rtos"',
        r"key 'firmware_platform' is 'rtos'\n.*baremetal",
    ),
    "driver with a path": ('driver = "nrf51"', 'driver = "../nrf51"', r"key 'serial\.driver'"),
    "nothing to flash into": (
        'emulator = { kind = "qemu", program = "qemu-system-arm", machine = "microbit", icount_shift = 8 }\n',
        "",
        r"key 'emulator' is missing\n.*one of kind qemu, process, rp2040js: mcu_toolkit flashes into nothing else",
    ),
    "no machine": ('machine = "microbit", ', "", r"key 'emulator\.machine' is ''"),
    "small frames": (
        "icount_shift = 8 }",
        "icount_shift = 8 }\nlink = { max_payload_bytes = 64 }",
        r"key 'link\.max_payload_bytes' is 64\n.*128",
    ),
    "no window": ("icount_shift = 8 }", "icount_shift = 8 }\nlink = { window_frames = 0 }", r"key 'link\.window_frames' is 0\n"),
    "a counter too slow to count": ("icount_shift = 8", "icount_shift = 6", r"1\.02 counts an instruction\n.*icount_shift"),
    "icount beyond QEMU": ("icount_shift = 8", "icount_shift = 11", r"key 'emulator\.icount_shift' is 11"),
    "end of a comment": ('mcu = "nRF51822-QFAA"', 'mcu = "nRF */ int x; /*"', r"key 'mcu'"),
    "a board that is a path": ('board = "microbit"', 'board = "../../../x"', r"key 'platformio\.board' is '\.\./\.\./\.\./x'"),
    "a board of two lines": ('board = "microbit"', 'board = "m\\nextra_scripts = x.py"', r"key 'platformio\.board'"),
    "no board": ('board = "microbit"', 'board = ""', r"key 'platformio\.board' is ''"),
    "a platform of two lines": (
        'platform = "mcu_toolkit"',
        'platform = "p\\nextra_scripts = x.py"',
        "one line",
    ),
    "a platform with a comment": ('platform = "mcu_toolkit"', 'platform = "p ;x"', r"key 'platformio\.platform'"),
    "a framework of two lines": ('board = "microbit"', 'board = "m", framework = "arduino\\n[env:x]"', r"key 'platformio\.framework'"),
    "an option that is two": (
        'board = "microbit"',
        'board = "m", options = { "a\\nextra_scripts" = "x.py" }',
        r"key 'platformio\.options'",
    ),
    "an option with an escape": (
        'board = "microbit"',
        'board = "m", options = { a = "\\u001b[2J" }',
        r"key 'platformio\.options\.a'",
    ),
    "a library of two lines": ("default_runtime =", 'tflm_library = "a\\nb"\ndefault_runtime =', r"key 'tflm_library'"),
    "a section that ends": ("default_runtime =", "constants_section = '\"))) int x'\ndefault_runtime =", r"key 'constants_section'"),
    "two lines": ('vendor = "BBC"', 'vendor = "BBC\\nint x;"', r"key 'vendor'"),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_is_named_with_the_file_the_key_and_what_was_expected(case: str, tmp_path: Path) -> None:
    old, new, message = WRONG[case]
    assert old in GOOD, "the example has changed"
    path = write(tmp_path, GOOD.replace(old, new, 1))
    with pytest.raises(InputError, match=message) as error:
        load_board(str(path))
    assert str(error.value).startswith(str(path))


OF_OTHERS = {
    "a driver that is a path": ("host", 'driver = "stdio"', 'driver = "../../x"', r"key 'serial\.driver' is '\.\./\.\./x'\n.*: stdio"),
    "another platform's driver": ("host", 'driver = "stdio"', 'driver = "cmsdk"', r"key 'serial\.driver' is 'cmsdk'\n.*: stdio"),
    "no driver of Arduino's": ("pico", 'driver = "arduino"', 'driver = "uart0"', r"key 'serial\.driver' is 'uart0'\n.*: arduino"),
    "a counter that is a path": ("host", '"clock_monotonic"', '"../x"', r"key 'ticks\.driver' is '\.\./x'\n.*: clock_monotonic"),
    "no stack": ("host", "stack_bytes = 262_144", "stack_bytes = 0", r"key 'stack_bytes' is 0\n.*at least 512"),
    "more stack than memory": ("host", "stack_bytes = 262_144", "stack_bytes = 999_999_999", r"key 'stack_bytes' is 999,999,999\n"),
    "a negative origin": ("host", "flash = { origin = 0", "flash = { origin = -1", r"key 'flash\.origin' is -0x1\n.*32-bit"),
    "no memory": ("host", "length_bytes = 67_108_864", "length_bytes = 0", r"key 'flash\.length_bytes' is 0\n"),
    "a pin of a program": ("host", "stack_bytes", "trigger_pin = 2\nstack_bytes", r"key 'trigger_pin' is 2\n.*host drives no pin"),
    "an emulator for a program": (
        "host",
        'kind = "process"',
        'kind = "qemu", program = "qemu-system-arm", machine = "microbit"',
        r"key 'emulator\.kind' is 'qemu'\n.*host",
    ),
    "RISC-V on Arm's": ("qemu-riscv32", "qemu-system-riscv32", "qemu-system-arm", r"key 'emulator\.program'.*\n.*qemu-system-riscv32"),
    "a core without its platform": ("host", 'core = "host"', 'core = "cortex-m4"', r"key '"),
}


@pytest.mark.parametrize("case", OF_OTHERS)
def test_what_fails_late_on_other_boards_is_refused_when_they_are_loaded(case: str, tmp_path: Path) -> None:
    board, old, new, message = OF_OTHERS[case]
    text = (boards_dir() / f"{board}.toml").read_text(encoding="utf-8")
    assert old in text, "the example has changed"
    with pytest.raises(InputError, match=message):
        load_board(str(write(tmp_path, text.replace(old, new, 1))))


def test_a_board_of_arduino_has_a_pin_that_says_when_an_inference_runs(tmp_path: Path) -> None:
    text = (boards_dir() / "pico.toml").read_text(encoding="utf-8")
    path = write(tmp_path, text.replace("stack_bytes", "trigger_pin = 2\nstack_bytes", 1))
    assert load_board(str(path)).trigger_pin == 2


@pytest.mark.parametrize("name", ["My Board.toml", "-x.toml", "a" * 40 + ".toml", 'x";.toml'])
def test_an_id_that_cannot_be_a_name_everywhere_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="key 'id'"):
        load_board(str(write(tmp_path, GOOD, name)))


def test_lines_of_an_option_stay_its_own(tmp_path: Path) -> None:
    text = GOOD.replace('board = "microbit"', 'board = "m", options = { build_flags = "-DA\\n-DB=50" }')
    assert dict(load_board(str(write(tmp_path, text))).platformio.options) == {"build_flags": "-DA\n-DB=50"}


def test_bytes_that_are_not_text_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_bytes(b"\xff\xfe\0name")
    with pytest.raises(InputError, match="not valid TOML"):
        load_board(str(path))
