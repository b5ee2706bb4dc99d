"""`mcu new`: a folder to start from, with an mcu.toml and a README whose commands run as they stand."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from string import Template

from mcu_toolkit.boards import Board
from mcu_toolkit.errors import InputError
from mcu_toolkit.pipeline.workspace.step_result import StepResult
from mcu_toolkit.system.files import write_text
from mcu_toolkit.system.sinks import shell_command
from mcu_toolkit.train import get_task

_CONFIG = Template("""\
# Defaults for the commands of mcu in this folder and below; what the command line says wins.
# Keys are the long options with _ for -; paths are relative to this file.

[defaults]                       # every command that has the option
board = "$board"
data = "model/data.npz"

[train]
task = "$task"
output = "model"

[quantize]
model = "model/model.keras"
output = "${task}_int8.tflite"

[validate]
model = "${task}_int8.tflite"
keras = "model/model.keras"

[inspect]
model = "${task}_int8.tflite"

[deploy]
model = "${task}_int8.tflite"
keras = "model/model.keras"
output = "build"

[verify]
model = "build"
""")

_README = Template("""\
# $name

A model on a microcontroller, from training to a proven inference. The settings are in `mcu.toml`.

```sh
mcu train        # a small model for the task "$task": model/model.keras, model/data.npz
mcu quantize     # to full int8: ${task}_int8.tflite
mcu inspect      # what is in it, and where it can run
mcu validate     # every interpreter on this machine against each other
mcu deploy       # firmware in build/firmware, built, flashed, and run on board $board
mcu verify       # the same inputs again on the board that is running
```

Each command skips what is up to date (`--force` redoes it) and writes its result with `--json FILE`.
If something is missing on this machine, `mcu doctor` says what to do about it.

## Your own model and board
- Put your .keras file or SavedModel into `[quantize] model`, and typical inputs as `x_rep` into the .npz file of `data`.
- `mcu boards` lists the boards, `mcu boards show ID` says what one has. Put its id into `board`.
- Real boards need `--port`, which may stand in `mcu.toml` too: `port = "/dev/ttyACM0"` below `[defaults]`.
""")

_IGNORED = "/build/\n/model/\n.mcu/\n*.tflite\n*.tflite.json\n"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._-]*")


@dataclass(frozen=True)
class NewProject:
    """What `mcu new` wrote."""

    folder: Path
    files: tuple[str, ...]
    name: str
    board: str
    task: str


def new_project(folder: Path, board: Board, task_name: str) -> StepResult[NewProject]:
    """Write `mcu.toml`, `README.md` and `.gitignore` into `folder`, which must be new or empty."""
    task = get_task(task_name)
    if not _NAME.fullmatch(folder.resolve().name):
        raise InputError("is not a valid project name", on=folder, expected="letters, digits, spaces, '.', '_' and '-'")
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InputError("exists and is not empty", on=folder, expected="a new name", hint=shell_command("mcu", "new", Path(f"{folder}-2")))
    fields = {"name": folder.resolve().name, "board": board.id, "task": task.name}
    files = {"mcu.toml": _CONFIG.substitute(fields), "README.md": _README.substitute(fields), ".gitignore": _IGNORED}
    for name, text in files.items():
        write_text(folder / name, text)
    lines = (f"project: {folder} (board {board.id}, task {task.name})", *(f"  {name}" for name in files))
    facts = NewProject(folder, tuple(files), **fields)
    return StepResult("new", lines, facts, next_command=f"{shell_command('cd', folder)} && mcu train")
