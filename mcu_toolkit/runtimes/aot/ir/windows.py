"""Sliding windows: output sizes, padding, and which outputs see no border."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Axis:
    """One axis of a sliding window, in elements."""

    input: int
    output: int
    kernel: int
    stride: int
    dilation: int
    pad: int
    """Elements before the input's first; those after it follow from the sizes."""

    @property
    def inside(self) -> tuple[int, int]:
        """Outputs from .. to (exclusive) whose windows lie inside the input."""
        first = -(-self.pad // self.stride)
        last_start = self.input - ((self.kernel - 1) * self.dilation + 1) + self.pad
        end = last_start // self.stride + 1 if last_start >= 0 else 0
        end = min(end, self.output)
        return (first, end) if first < end else (self.output, self.output)

    @property
    def has_border(self) -> bool:
        """True where some window reaches beyond the input."""
        return self.inside != (0, self.output)


def window_axis(input_size: int, kernel: int, stride: int, dilation: int, padding: str) -> Axis:
    """The axis for a padding of `SAME` or `VALID`, as TensorFlow defines them (tensorflow/lite/kernels/padding.h)."""
    reach = (kernel - 1) * dilation + 1
    output = -(-input_size // stride) if padding == "SAME" else max(0, (input_size - reach + stride) // stride)
    total = max(0, (output - 1) * stride + reach - input_size)
    return Axis(input_size, output, kernel, stride, dilation, total // 2)


def row_axes(rows: int) -> tuple[Axis, Axis]:
    """Of an image of `rows` pixels side by side, under a 1x1 window."""
    return window_axis(1, 1, 1, 1, "VALID"), window_axis(rows, 1, 1, 1, "VALID")
