"""The application in a firmware: generated files around it, and the user's own, which are written once and then theirs."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Final

from mcu_toolkit.boards import Board, Link
from mcu_toolkit.errors import InputError, UnknownNameError
from mcu_toolkit.firmware.listener import DEFAULT_MICROPHONE, Microphone
from mcu_toolkit.firmware.render import render_text
from mcu_toolkit.firmware.sensor import require_sensor, users_sensor_files
from mcu_toolkit.system.confined import write_inside
from mcu_toolkit.system.files import read_bytes
from mcu_toolkit.system.json_table import JsonTable
from mcu_toolkit.system.records import OPTIONAL
from mcu_toolkit.system.resources import templates_dir
from mcu_toolkit.system.sinks import c_string

SOUND: Final = "sound"
"""The example that listens: listener.py."""
MOTION: Final = "motion"
"""The one that feels, by the same."""
SENSING: Final = (SOUND, MOTION)
EXAMPLES: Final = ("pattern", "accelerometer", "microphone", *SENSING)
"""Applications to start from, in `firmware_templates/application/examples`; those in SENSING are one, `sensing`, in other words."""
_SENSORS: Final = MappingProxyType(
    {"accelerometer": "accelerometer", "microphone": "microphone", SOUND: "microphone", MOTION: "accelerometer"}
)
"""What they read; the first reads none."""


@dataclass(frozen=True)
class _SensingWords:
    """Variables of examples/sensing/app.c.j2."""

    does: str
    sensor: str
    decided: str


_WORDS: Final = MappingProxyType(
    {SOUND: _SensingWords("listens", _SENSORS[SOUND], "heard"), MOTION: _SensingWords("feels", _SENSORS[MOTION], "felt")}
)
_FOLDER: Final = "application"
_LISTENING: Final = Link(max_payload_bytes=256, window_frames=2)
"""Of the protocol's buffers: they take 848 bytes."""
_COLUMNS: Final = 16


@dataclass(frozen=True)
class KeptApplication:
    """What a later generation in the same folder must know of its application."""

    example: str
    labels: tuple[str, ...]
    microphone: Microphone | None = field(default=None, metadata=OPTIONAL)

    @classmethod
    def read(cls, table: JsonTable) -> KeptApplication:
        """As a manifest has it; raises ValueError for what is none."""
        heard = None
        if table.is_table("microphone"):
            said = table.table("microphone")
            heard = Microphone(said.get("rate_hz", 0), said.get("gain", 1.0), said.get("removes_offset", False))
        return cls(table.get("example", EXAMPLES[0]), table.items("labels", str), heard)


@dataclass(frozen=True)
class Application:
    """What the user asked for with `--app`."""

    example: str = EXAMPLES[0]
    labels: tuple[str, ...] = ()
    """Names of the classes, in the order of the output's elements; empty: none are embedded."""
    samples: tuple[bytes, ...] = ()
    """For the example `pattern`: inputs of model 0 as stored, one tensor after the other; written once."""
    replace: bool = False
    """Write the example again over what the user made of it."""
    microphone: Microphone = DEFAULT_MICROPHONE
    """For the example `sound`."""

    @property
    def kept(self) -> KeptApplication:
        """What the folder's manifest keeps of it."""
        return KeptApplication(self.example, self.labels, self.microphone if self.example == SOUND else None)


def kept_application(folder: Path, before: KeptApplication | None, application: Application | None) -> Application | None:
    """The application to generate in `folder`, where `before` is: the one asked for, else the one that is there.

    One that brings no labels has those of the one that is there.  Raises InputError if that was made from another example.
    """
    if before is None:
        return application
    if application is None:
        return Application(before.example, before.labels, microphone=before.microphone or DEFAULT_MICROPHONE)
    if application.example != before.example and not application.replace:
        raise InputError(
            f"its application was made from the example '{before.example}'",
            on=folder,
            expected=f"--example {before.example}",
            hint="--replace-app, which shows what would be lost; or -o another folder",
        )
    return application if application.labels else replace(application, labels=before.labels)


def chosen_sensor(asked: str, application: Application | None, board: Board) -> str:
    """The kind of sensor that the firmware reads, "" if none; raises InputError where the board has none of it, or there would be two."""
    of_application = sensor_of(application, board)
    if asked:
        require_sensor(asked, board, "another board, or a custom board file with `sensors`")
    if asked and of_application not in ("", asked):
        raise InputError(f"a firmware with two sensors, {asked} and its application's {of_application}", on=board.id, expected="one sensor")
    return asked or of_application


def sensor_of(application: Application | None, board: Board) -> str:
    """The kind of sensor that the application reads, "" if it reads none; raises InputError where the board has no such sensor."""
    if application is None or application.example == EXAMPLES[0]:
        return ""
    if application.example not in EXAMPLES:
        raise UnknownNameError("example", application.example, EXAMPLES)
    kind = _SENSORS[application.example]
    require_sensor(kind, board, f"--example {EXAMPLES[0]}, and read your sensor in src/app.c")
    return kind


def board_of(application: Application | None, board: Board) -> Board:
    """The board as the firmware sees it: one that listens or feels needs its memory for that, and keeps few replies for a host."""
    if application is None or application.example not in SENSING:
        return board
    link = board.link
    return replace(
        board, link=Link(min(link.max_payload_bytes, _LISTENING.max_payload_bytes), min(link.window_frames, _LISTENING.window_frames))
    )


@dataclass(frozen=True)
class _Labels:
    """The variable of app_support.c.j2 beside those of a project."""

    labels: tuple[str, ...]
    """As C strings."""


def generated_files(application: Application, context: object) -> Iterator[tuple[str, bytes]]:
    """The files around the application, which every generation writes again; `context`: variables of a project's templates."""
    for path in sorted((templates_dir() / _FOLDER / "src").iterdir()):
        if path.suffix in (".c", ".h"):
            yield f"src/{path.name}", read_bytes(path, kind="template")
    labels = _Labels(tuple(c_string(label) for label in application.labels))
    yield "src/app_support.c", render_text(f"{_FOLDER}/src/app_support.c.j2", context, labels).encode()


def users_files(application: Application, board: Board) -> Iterator[tuple[str, bytes]]:
    """The example's files, which are the user's as soon as they are written."""
    words = _WORDS.get(application.example)
    if words is None:
        yield "src/app.c", read_bytes(templates_dir() / _FOLDER / "examples" / application.example / "app.c", kind="template")
    else:
        yield "src/app.c", render_text(f"{_FOLDER}/examples/sensing/app.c.j2", words).encode()
    yield from users_sensor_files(sensor_of(application, board), board)
    if application.example == EXAMPLES[0] and application.samples:
        yield "src/app_pattern.h", _pattern_header(application.samples).encode()


def replace_users_files(folder: Path, application: Application, board: Board) -> None:
    """Write the example over what the user made of it, where `application.replace` asks for that."""
    if application.replace:
        for name, content in users_files(application, board):
            write_inside(folder, name, content)


def differences(folder: Path, application: Application, board: Board) -> str:
    """What writing the example again would change in the user's files in `folder`, as a unified diff; "" if nothing."""
    lines: list[str] = []
    for name, content in users_files(application, board):
        path = folder / name
        if path.is_file():
            old, new = read_bytes(path).decode("utf-8", "replace"), content.decode()
            lines += difflib.unified_diff(
                old.splitlines(keepends=True), new.splitlines(keepends=True), f"{name} (yours)", f"{name} (the example)"
            )
    return "".join(line if line.endswith("\n") else f"{line}\n" for line in lines)


def _pattern_header(samples: Sequence[bytes]) -> str:
    rows = ",\n".join(f"    {{\n{_hex_lines(sample)}\n    }}" for sample in samples)
    return (
        "/* The samples that app.c runs as it stands: inputs as the model stores them, all tensors in order.  This file is yours. */\n"
        "#ifndef APP_PATTERN_H\n#define APP_PATTERN_H\n\n#include <stdint.h>\n\n"
        f"#define APP_PATTERN_SAMPLES {len(samples)}u\n\n"
        f"static const uint8_t app_pattern[APP_PATTERN_SAMPLES][{len(samples[0])}] = {{\n{rows}\n}};\n\n#endif\n"
    )


def _hex_lines(data: bytes) -> str:
    rows = [data[at : at + _COLUMNS] for at in range(0, len(data), _COLUMNS)]
    return "\n".join("        " + " ".join(f"0x{byte:02x}," for byte in row) for row in rows)
