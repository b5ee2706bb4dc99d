"""Drawing sliding windows, with the output size computed as TensorFlow documents it (independently of the toolkit)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st


@dataclass(frozen=True)
class Window:
    """Sizes of image and kernel; stride, dilation and padding."""

    height: int
    width: int
    kernel_height: int
    kernel_width: int
    stride: tuple[int, int]
    dilation: tuple[int, int]
    padding: str

    @property
    def output(self) -> tuple[int, int]:
        """Height and width: ceil(size / stride) for SAME, ceil((size - reach + 1) / stride) for VALID."""
        sizes = zip((self.height, self.width), (self.kernel_height, self.kernel_width), self.stride, self.dilation, strict=True)
        spare = [(size if self.padding == "SAME" else size - (kernel - 1) * dilation, stride) for size, kernel, stride, dilation in sizes]
        return tuple(-(-size // stride) for size, stride in spare)  # type: ignore[return-value]

    @property
    def options(self) -> dict[str, Any]:
        """Options of a convolution."""
        return {
            "padding": self.padding,
            "stride_h": self.stride[0],
            "stride_w": self.stride[1],
            "dilation_h_factor": self.dilation[0],
            "dilation_w_factor": self.dilation[1],
        }


@st.composite
def windows(draw: st.DrawFn, *, max_kernel: int = 4, max_dilation: int = 3) -> Window:
    """Images of up to 9x9; for VALID padding the kernel fits into the image."""
    size, kernel = st.integers(1, 9), st.integers(1, max_kernel)
    strides = st.tuples(st.integers(1, 3), st.integers(1, 3))
    dilations = st.just((1, 1)) | st.tuples(st.integers(1, max_dilation), st.integers(1, max_dilation))
    window = Window(
        draw(size), draw(size), draw(kernel), draw(kernel), draw(strides), draw(dilations), draw(st.sampled_from(["SAME", "VALID"]))
    )
    if window.padding == "VALID" and min(window.output) < 1:
        return Window(window.height + 9, window.width + 9, *list(vars(window).values())[2:])
    return window
