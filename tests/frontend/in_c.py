"""The generated C of a front end, compiled for this machine."""

from __future__ import annotations

import ctypes
from pathlib import Path

import numpy as np
import numpy.typing as npt

from mcu_toolkit.firmware import frontend_sources
from mcu_toolkit.frontend import AudioFrontend
from mcu_toolkit.system import process

NAME = "wake"
FLAGS = ("-std=c99", "-Wall", "-Wextra", "-Wconversion", "-Wshadow", "-Wstrict-prototypes", "-Werror")
SANITIZERS = ("-O1", "-fsanitize=undefined", "-fsanitize-undefined-trap-on-error")
_ACCESSORS = f"""
#include "{NAME}_frontend.h"
uint32_t state_bytes(void);
uint32_t state_bytes(void) {{
    return sizeof({NAME}_frontend);
}}
"""
_GUARD = b"\xa5" * 64


def write_sources(frontend: AudioFrontend, folder: Path) -> Path:
    """The files of `frontend` in the new folder `folder`."""
    for name, text in frontend_sources(frontend, NAME).items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


class FrontendInC:
    """A compiled front end; undefined behaviour traps, and what is written behind its state is seen."""

    def __init__(self, frontend: AudioFrontend, folder: Path, flags: tuple[str, ...] = SANITIZERS) -> None:
        write_sources(frontend, folder)
        (folder / "accessors.c").write_text(_ACCESSORS)
        library = folder / f"{NAME}.so"
        sources = [folder / f"{NAME}_frontend.c", folder / "accessors.c"]
        completed = process.run(["gcc", *FLAGS, *flags, "-shared", "-fPIC", "-o", library, *sources])
        assert completed.exit_code == 0, completed.output
        self._library = ctypes.CDLL(str(library))
        self._features = frontend.features
        self._state = ctypes.create_string_buffer(self._library.state_bytes() + len(_GUARD))
        self.state_bytes = self._library.state_bytes()

    def features(self, samples: npt.NDArray[np.int16], piece: int = 1 << 30) -> npt.NDArray[np.uint16]:
        """The features of a recording, uint16 [frames, features], given to it in pieces of `piece` samples."""
        self._state[self.state_bytes :] = _GUARD
        self._library.wake_frontend_reset(self._state)
        frame, ready, found = np.zeros(self._features, np.uint16), ctypes.c_bool(), []
        for start in range(0, len(samples), piece):
            part = np.ascontiguousarray(samples[start : start + piece])
            at = 0
            while at < len(part):
                rest = ctypes.c_void_p(part.ctypes.data + 2 * at)
                at += self._library.wake_frontend_take(
                    self._state, rest, len(part) - at, ctypes.c_void_p(frame.ctypes.data), ctypes.byref(ready)
                )
                if ready.value:
                    found.append(frame.copy())
        assert self._state[self.state_bytes :] == _GUARD
        return np.array(found, np.uint16).reshape(-1, self._features)
