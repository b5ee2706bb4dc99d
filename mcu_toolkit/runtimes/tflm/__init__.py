"""TensorFlow Lite Micro as a PlatformIO library: which copy of it, what that can run, and the C++ around it."""

from mcu_toolkit.runtimes.tflm.runtime import TflmRuntime

RUNTIME = TflmRuntime()

__all__ = ["RUNTIME", "TflmRuntime"]
