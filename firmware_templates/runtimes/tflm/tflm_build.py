# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What platformio.ini cannot say about building TensorFlow Lite Micro.  PlatformIO runs this before it builds.

1. On boards without an operating system, C++ goes without exceptions, run-time types and destructors of static objects: the library
   uses none of them, and what they bring along (unwinder, heap, printf) would not even link.
2. Where the library has two implementations of a kernel, a plain one and one for the processor (CMSIS-NN, ESP-NN), exactly one of
   the two is compiled: `custom_tflm_kernels = optimized` or `reference`.
"""

from pathlib import Path
from typing import Any

Import("env")  # noqa: F821  (SCons' own)

OPTIMIZED_FOLDERS = {"cmsis_nn": "cortex-m", "esp_nn": "xtensa"}
KERNELS = "tensorflow/lite/micro/kernels"


def is_wanted(path: Path, prefer_optimized: bool) -> bool:
    """Whether to compile the library's source file `path`."""
    folder = path.parent
    if not prefer_optimized:
        return not any(name in path.parts for name in OPTIMIZED_FOLDERS)
    if folder.as_posix().endswith(KERNELS):
        return not any((folder / name / path.name).is_file() for name in OPTIMIZED_FOLDERS)
    return True


def choose(_env: Any, node: Any) -> Any:
    """Called by PlatformIO for every source file; None leaves it out."""
    path = Path(node.srcnode().get_abspath())
    if "tensorflow" not in path.parts and not any(name in path.parts for name in OPTIMIZED_FOLDERS):
        return node
    has_twins = any((parent / KERNELS / "conv.cc").is_file() or (parent / KERNELS / "conv.cpp").is_file() for parent in path.parents)
    return node if not has_twins or is_wanted(path, PREFER_OPTIMIZED) else None


PREFER_OPTIMIZED = env.GetProjectOption("custom_tflm_kernels", "optimized") == "optimized"  # noqa: F821
env.AddBuildMiddleware(choose)  # noqa: F821
if not env.GetProjectOption("framework", []):  # noqa: F821
    env.Append(CXXFLAGS=["-std=gnu++17", "-fno-exceptions", "-fno-rtti", "-fno-threadsafe-statics", "-fno-use-cxa-atexit"])  # noqa: F821
