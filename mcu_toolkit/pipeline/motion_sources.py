"""`mcu frontend` for a front end of motion: what it is, and its C."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from mcu_toolkit.errors import InputError
from mcu_toolkit.firmware import motion_sources
from mcu_toolkit.frontend.motion.description import MotionFrontend
from mcu_toolkit.pipeline.sound_features import FrontendRequest, check_name, own_texts, write_texts
from mcu_toolkit.pipeline.workspace.step_result import StepResult


@dataclass(frozen=True)
class MotionFrontendResult:
    """What `mcu frontend` found and wrote."""

    motion: MotionFrontend
    features: tuple[str, ...]
    """Their names, in their order."""
    files: tuple[Path, ...]


def show_motion_frontend(request: FrontendRequest, motion: MotionFrontend) -> StepResult[MotionFrontendResult]:
    """Describe `motion`, and write its C where that is asked for; raises InputError for what only front ends of sounds can do."""
    if request.sounds or request.output is not None or request.model is not None or request.model_output is not None:
        raise InputError(
            "takes motion, not sounds", on=request.frontend, expected="--as-c alone", hint="mcu train motion puts one into a model"
        )
    check_name(request.name)
    texts = {} if request.c_folder is None else own_texts(request.c_folder, motion_sources(motion, request.name))
    files = write_texts(request.c_folder, texts)
    lines = [*motion.lines(), *([f"files: {', '.join(map(str, files))}"] if files else [])]
    return StepResult("frontend", tuple(lines), MotionFrontendResult(motion, motion.names, files))
