"""The generated C of a motion front end, compiled for this machine."""

from __future__ import annotations

import ctypes
from pathlib import Path

import numpy as np
import numpy.typing as npt

from mcu_toolkit.firmware import motion_sources
from mcu_toolkit.frontend.motion.description import MotionFrontend
from mcu_toolkit.system import process
from tests.frontend.in_c import FLAGS, SANITIZERS

NAME = "move"
_ACCESSORS = f"""
#include "{NAME}_frontend.h"
uint32_t state_bytes(void);
uint32_t state_bytes(void) {{
    return sizeof({NAME}_frontend);
}}
"""
_GUARD = b"\xa5" * 64


def write_sources(frontend: MotionFrontend, folder: Path, name: str = NAME) -> Path:
    """The files of `frontend` in the folder `folder`."""
    for file, text in motion_sources(frontend, name).items():
        path = folder / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


class MotionInC:
    """A compiled front end; undefined behaviour traps, and what is written behind its state is seen."""

    def __init__(self, frontend: MotionFrontend, folder: Path, flags: tuple[str, ...] = SANITIZERS) -> None:
        write_sources(frontend, folder)
        (folder / "accessors.c").write_text(_ACCESSORS)
        sources = [folder / f"{NAME}_frontend.c", folder / "accessors.c"]
        completed = process.run(["gcc", *FLAGS, "-pedantic", *flags, "-shared", "-fPIC", "-o", folder / "move.so", *sources])
        assert completed.exit_code == 0, completed.output
        self._library = ctypes.CDLL(str(folder / "move.so"))
        self._library.move_frontend_take.restype = ctypes.c_bool
        self._features = frontend.features
        self.state_bytes = self._library.state_bytes()
        self._state = ctypes.create_string_buffer(self.state_bytes + len(_GUARD))

    def features(self, readings: npt.NDArray[np.int16]) -> npt.NDArray[np.uint16]:
        """The features of a recording [samples, axes], uint16 [windows, features]."""
        self._state[self.state_bytes :] = _GUARD
        self._library.move_frontend_reset(self._state)
        rows, found, frame = np.ascontiguousarray(readings), [], np.zeros(self._features, np.uint16)
        for number in range(len(rows)):
            row = ctypes.c_void_p(rows[number].ctypes.data)
            if self._library.move_frontend_take(self._state, row, ctypes.c_void_p(frame.ctypes.data)):
                found.append(frame.copy())
        assert self._state[self.state_bytes :] == _GUARD
        return np.array(found, np.uint16).reshape(-1, self._features)
