"""Checks that the firmware on the board was made from the given model."""

from __future__ import annotations

from typing import Final

from mcu_toolkit.errors import DeviceError
from mcu_toolkit.model import Model
from mcu_toolkit.protocol.messages import ModelInfoReply

_STATUS_TEXT: Final = {
    1: "no such model",
    2: "the model's schema version is not the runtime's",
    3: "an operator is missing in the firmware",
    4: "the tensor arena is too small",
    5: "the runtime failed",
}
"""As in inference.h."""


def status_text(status: int) -> str:
    """A status of `inference.h` in words."""
    return _STATUS_TEXT.get(status, f"status {status}")


def check_model(info: ModelInfoReply, model: Model, *, on: str = "device") -> None:
    """Raise DeviceError, naming both hashes, if the firmware was made from another model, or if it cannot run it."""
    if info.sha256.hex() != model.sha256:
        raise DeviceError(
            f"the firmware holds another model: '{info.name}', sha256 {info.sha256.hex()}",
            on=on,
            expected=f"'{model.name}', sha256 {model.sha256}",
            hint="mcu flash: put the firmware made from this model on the board",
        )
    if info.status != 0:
        reason = status_text(info.status)
        raise DeviceError(f"the firmware could not prepare model '{info.name}': {reason}", on=on, hint="generate, build and flash it again")
    said = (info.inputs, info.outputs, info.input_bytes, info.output_bytes)
    sizes = [sum(tensor.size_bytes for tensor in tensors) for tensors in (model.inputs, model.outputs)]
    if said != (expected := (len(model.inputs), len(model.outputs), *sizes)):
        raise DeviceError(
            f"the firmware's inputs, outputs and their bytes are {said}, not those of model '{model.name}'",
            on=on,
            expected=str(expected),
            hint="generate, build and flash the firmware with this version of the toolkit",
        )


def check_same_firmware(before: ModelInfoReply, now: ModelInfoReply, *, on: str) -> None:
    """Raise DeviceError if a board that restarted in mid-run came back with another model."""
    if now != before:
        raise DeviceError(
            f"the board restarted with other firmware: model '{now.name}', sha256 {now.sha256.hex()}",
            on=on,
            expected=f"'{before.name}', sha256 {before.sha256.hex()}",
            hint="nobody may flash the board during a run; run again",
        )
