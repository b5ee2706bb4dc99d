"""Layers of one model may be done by any kernel variants, so every kernel header must stand beside every other."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from mcu_toolkit.system import process
from mcu_toolkit.system.resources import templates_dir
from tests.ops.harness import STRICT_FLAGS

KERNELS = templates_dir() / "runtimes/aot/kernels"
HOST = ("gcc", *STRICT_FLAGS, "-Wno-unused-function")
M55 = ("arm-none-eabi-gcc", *STRICT_FLAGS, "-Wno-unused-function", "-mthumb", "-mcpu=cortex-m55", "-mfloat-abi=hard")


@pytest.mark.parametrize(("compiler", "folders"), [(HOST, ("", "dsp")), (M55, ("", "dsp", "mve"))], ids=["this machine", "cortex-m55"])
def test_all_kernels_compile_in_one_file(compiler: tuple[str, ...], folders: tuple[str, ...], tmp_path: Path) -> None:
    if shutil.which(compiler[0]) is None:
        pytest.skip(f"no {compiler[0]}")
    headers = [f"{folder}/{path.name}".lstrip("/") for folder in folders for path in sorted((KERNELS / folder).glob("*.h"))]
    assert {"conv_2d.h", "dsp/depthwise_taps.h", "dsp/depthwise_plane.h"} <= set(headers)
    source = tmp_path / "all.c"
    source.write_text('#include "aot.h"\n' + "".join(f'#include "{header}"\n' for header in headers))
    # Kernels of signal operators stand on the stages of front ends, which an export has beside them.
    done = process.run([*compiler, "-fsyntax-only", "-I", KERNELS, "-I", templates_dir() / "common", source])
    assert done.exit_code == 0, done.output
