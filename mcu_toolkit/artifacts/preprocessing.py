"""What turns a sensor's raw numbers into a model's input: data, not code, so that Python and C do the same arithmetic."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from mcu_toolkit.errors import InputError
from mcu_toolkit.terminal_text import visible_line

RAW_DTYPES = ("uint8", "int8", "int16", "uint16", "float32")
LAYOUTS = ("", "hwc", "chw")
FITS = ("", "crop")
_MAX_LABELS = 10_000


@dataclass(frozen=True)
class Preprocessing:
    """real = (raw - mean[channel]) * scale[channel], each step rounded to float32; then channels and layout are put in order.

    One `mean` and `scale` for all channels, or one for each channel of the raw data, in the raw data's order.
    """

    raw_dtype: str = "float32"
    """What the sensor gives: one of `RAW_DTYPES`."""
    mean: tuple[float, ...] = (0.0,)
    scale: tuple[float, ...] = (1.0,)
    layout: str = ""
    """Of the model's input, without the batch: `hwc`, `chw`, or empty where the channels are the last dimension of other data."""
    raw_layout: str = ""
    """Of the raw data; empty: as `layout`."""
    channel_order: str = ""
    """Names of the model's channels, a letter each (`rgb`, `bgr`, `xyz`), or empty."""
    raw_channel_order: str = ""
    """The same letters in the order of the raw data; empty: as `channel_order`."""
    labels: tuple[str, ...] = ()
    """Names of the classes in the order of the outputs; empty for a regression."""
    fit: str = ""
    """How a picture of another size becomes the model's: `crop` is its middle, scaled (picture.py); empty: pictures must have the size."""

    def __post_init__(self) -> None:
        _require(self.raw_dtype in RAW_DTYPES, f"raw_dtype '{self.raw_dtype}'", f"one of {', '.join(RAW_DTYPES)}")
        for name in ("layout", "raw_layout"):
            _require(getattr(self, name) in LAYOUTS, f"{name} '{getattr(self, name)}'", "hwc or chw")
        _require(not self.raw_layout or bool(self.layout), "raw_layout without layout", "both")
        _require(self.fit in FITS, f"fit '{self.fit}'", "crop, or nothing")
        _require(not self.fit or (self.raw_dtype == "uint8" and bool(self.layout)), "fit without pictures", "raw_dtype uint8 and a layout")
        for name in ("mean", "scale"):
            values = getattr(self, name)
            _require(
                bool(values) and bool(np.isfinite(np.asarray(values, np.float32)).all()),
                f"{name} {list(values)}",
                "one finite number, or one a channel",
            )
        _require(
            len(self.mean) == len(self.scale) or 1 in (len(self.mean), len(self.scale)),
            "mean and scale of different lengths",
            "equal lengths",
        )
        _require(0.0 not in self.scale, "a scale of 0", "scales other than 0")
        orders = self.channel_order, self.raw_channel_order or self.channel_order
        _require(sorted(orders[0]) == sorted(orders[1]), f"raw_channel_order '{orders[1]}'", f"the letters of '{orders[0]}'")
        _require(len(set(orders[0])) == len(orders[0]), f"channel_order '{orders[0]}'", "each letter once")
        _require(
            self.channels in (1, len(orders[0])) or not orders[0], f"{self.channels} means or scales", f"one for each of '{orders[0]}'"
        )
        _require(len(self.labels) <= _MAX_LABELS, f"{len(self.labels)} labels", f"at most {_MAX_LABELS:,}")

    @property
    def channels(self) -> int:
        """How many channels `mean` and `scale` tell apart; 1 where all are treated alike."""
        return max(len(self.mean), len(self.scale))

    @property
    def channel_source(self) -> tuple[int, ...]:
        """For each channel of the model the channel of the raw data it comes from; empty where the order is the same."""
        raw = self.raw_channel_order or self.channel_order
        return () if raw == self.channel_order else tuple(raw.index(letter) for letter in self.channel_order)

    @property
    def transposes(self) -> bool:
        """True where the raw data is `hwc` and the model's input `chw`, or the other way round."""
        return bool(self.raw_layout) and self.raw_layout != self.layout

    @property
    def changes_nothing(self) -> bool:
        """True where raw values are the model's real values."""
        same = all(value == 0.0 for value in self.mean) and all(value == 1.0 for value in self.scale)
        return same and not self.channel_source and not self.transposes

    def raw_shape(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        """The shape of a raw sample for a model's sample of `shape`."""
        if not self.transposes:
            return shape
        return (*shape[1:], shape[0]) if self.layout == "chw" else (shape[-1], *shape[:-1])

    def is_raw(self, array: npt.NDArray[Any], shape: tuple[int, ...]) -> bool:
        """True where `array` holds raw samples [samples, *raw shape] of integers for a model whose samples have `shape`."""
        is_integer = array.dtype.kind in "iu" and array.dtype == np.dtype(self.raw_dtype)
        return is_integer and array.ndim > 1 and tuple(array.shape[1:]) == self.raw_shape(shape)

    def check_shape(self, shape: tuple[int, ...], on: object) -> None:
        """Raise InputError where a sample of `shape` cannot be what this describes."""
        axis = 0 if self.layout == "chw" else -1
        channels = shape[axis] if shape else 1
        if self.layout and len(shape) != 3:
            raise InputError(
                f"samples of shape {list(shape)}", on=on, expected=f"height, width and channels, as the layout '{self.layout}' says"
            )
        for count, what in ((self.channels, "means and scales"), (len(self.channel_order), f"channels in '{self.channel_order}'")):
            if count > 1 and count != channels:
                raise InputError(f"{count} {what} for {channels} channels (shape {list(shape)})", on=on, expected=f"{channels}")

    def apply(self, raw: npt.NDArray[Any]) -> npt.NDArray[np.float32]:
        """Raw samples [samples, *raw shape] as the model's real inputs, float32 [samples, *shape]."""
        axis = 1 if (self.raw_layout or self.layout) == "chw" else raw.ndim - 1
        shape = [1] * raw.ndim
        shape[axis] = self.channels
        mean, scale = (np.broadcast_to(np.asarray(v, np.float32), (self.channels,)).reshape(shape) for v in (self.mean, self.scale))
        real: npt.NDArray[np.float32] = (raw.astype(np.float32) - mean) * scale
        if self.channel_source:
            real = np.take(real, self.channel_source, axis=axis)
        if self.transposes:
            real = np.moveaxis(real, axis, 1 if self.layout == "chw" else -1)
        return np.ascontiguousarray(real)

    def lines(self) -> list[str]:
        """For people, a line a fact."""
        found = [f"raw {self.raw_dtype}; real = (raw - {_shown(self.mean)}) * {_shown(self.scale)}"]
        if self.layout or self.channel_order:
            order = f"channels {self.channel_order}" if self.channel_order else ""
            if self.channel_source:
                order += f" (raw data: {self.raw_channel_order})"
            layout = f"layout {self.layout}" if self.layout else ""
            if self.transposes:
                layout += f" (raw data: {self.raw_layout})"
            found.append(", ".join(part for part in (layout, order) if part))
        if self.fit:
            found.append("pictures of another size: the middle is cut out and scaled")
        if self.labels:
            more = f" ... ({len(self.labels)})" if len(self.labels) > 12 else ""
            found.append(f"labels {', '.join(map(visible_line, self.labels[:12]))}{more}")
        return found


def _shown(values: tuple[float, ...]) -> str:
    return f"{values[0]:g}" if len(set(values)) == 1 else "[" + ", ".join(f"{value:g}" for value in values) + "]"


def _require(good: bool, what: str, expected: str) -> None:
    if not good:
        raise InputError(f"preprocessing: {what}", expected=expected)
