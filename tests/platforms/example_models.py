"""A model for each example of an application: one that hears, one that feels, and any other."""

from __future__ import annotations

from mcu_toolkit.model import Model, parse_model
from tests.firmware.test_motion_listener import feeling
from tests.listening_models import listener
from tests.small_models import fully_connected


def model_for(example: str) -> Model:
    """One that `mcu generate --app --example EXAMPLE` takes."""
    if example == "sound":
        return listener()
    return feeling("m") if example == "motion" else parse_model(fully_connected(), "m")
