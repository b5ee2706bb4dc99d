"""The folder that a training takes its data from, and what `mcu` says comes after it: the same for every task of a user's own data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

from mcu_toolkit.errors import InputError
from mcu_toolkit.system.files import link_target
from mcu_toolkit.system.sinks import shell_command

IMAGES, KEYWORD, MOTION, ANOMALY = "images", "keyword", "motion", "anomaly"
DATA_OF: Mapping[str, str] = MappingProxyType({IMAGES: "pictures", KEYWORD: "sounds", MOTION: "motion", ANOMALY: "recordings"})
"""What the folder of a task holds."""


def only_folder(task: str, folders: Sequence[Path]) -> Path:
    """The one folder that `task` takes; raises InputError for none and for several."""
    if not folders:
        raise InputError(
            f"no folder of {DATA_OF[task]}",
            on=shell_command("mcu", "train", task),
            expected="a folder with a sub-folder for each class",
            hint=shell_command("mcu", "train", task, "FOLDER", "-o", "DIR"),
        )
    targets = [link_target(folder) or folder for folder in folders]
    if len(set(targets)) < len(targets):
        raise InputError("the same folder is given twice", on=folders[-1], expected="one folder")
    if len(folders) > 1:
        raise InputError(
            f"{len(folders)} folders", on=shell_command("mcu", "train", task), expected="one, with a sub-folder for each class"
        )
    return folders[0]


def refuse_output_inside(output: Path, folder: Path, task: str = IMAGES) -> None:
    """Raise InputError where `output` is inside of `folder`, which would have another class afterwards."""
    if output.resolve() == folder.resolve() or folder.resolve() in output.resolve().parents:
        raise InputError(
            f"is inside of the folder of {DATA_OF[task]}", on=output, expected="another folder for the model", hint="choose another with -o"
        )


def next_step(output: Path) -> str:
    """The command that quantizes what a training left in `output`."""
    keras, data = output / "model.keras", output / "data.npz"
    return shell_command("mcu", "quantize", keras, "--data", data, "-o", output / "model_int8.tflite")
