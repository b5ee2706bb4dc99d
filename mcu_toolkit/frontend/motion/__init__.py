"""Front ends of motion sensors: readings of several axes to features of windows, in integers."""

from typing import TYPE_CHECKING

from mcu_toolkit.lazy_names import lazy_names

if TYPE_CHECKING:
    from mcu_toolkit.frontend.motion.description import MotionFrontend
    from mcu_toolkit.frontend.motion.read import motion_frontend_of, read_motion_frontend

__all__ = ["MotionFrontend", "motion_frontend_of", "read_motion_frontend"]

__getattr__ = lazy_names(__name__)
