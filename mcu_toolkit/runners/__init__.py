"""Ways of running a model.  Each maps inputs to outputs (`Runner`), so that any two can be compared."""

from typing import TYPE_CHECKING

from mcu_toolkit.lazy_names import lazy_names

if TYPE_CHECKING:
    from mcu_toolkit.runners.aot_host import AotHostRunner
    from mcu_toolkit.runners.base import Runner
    from mcu_toolkit.runners.device import DeviceRunner
    from mcu_toolkit.runners.keras import KerasRunner
    from mcu_toolkit.runners.litert import LiteRtRunner
    from mcu_toolkit.runners.samples import checked_inputs, empty_outputs, sample_shape
    from mcu_toolkit.runners.tflm import TflmRunner, tflm_is_installed

__all__ = [
    "AotHostRunner",
    "DeviceRunner",
    "KerasRunner",
    "LiteRtRunner",
    "Runner",
    "TflmRunner",
    "checked_inputs",
    "empty_outputs",
    "sample_shape",
    "tflm_is_installed",
]

__getattr__ = lazy_names(__name__)
