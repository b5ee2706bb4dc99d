"""From samples to a model's inputs, piece by piece: frames, then windows of frames that follow each other by a stride."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import sliding_window_view

from mcu_toolkit.artifacts.preprocessing import Preprocessing
from mcu_toolkit.frontend import AudioFrontend, FeatureStream
from mcu_toolkit.frontend.motion.compute import MotionStream
from mcu_toolkit.frontend.motion.description import MotionFrontend
from mcu_toolkit.model import Tensor
from mcu_toolkit.runners.samples import sample_shape
from mcu_toolkit.validate import quantize

_BATCH_BYTES = 1 << 20
"""Of inputs at once: windows overlap, so that a second of sound can be many times its size."""
Int16s = npt.NDArray[np.int16]
FrontEnd = AudioFrontend | MotionFrontend


class Frames(Protocol):
    """Cuts samples into frames, whatever pieces they come in."""

    @property
    def width(self) -> int:
        """Numbers in a frame."""
        ...

    def push(self, samples: Int16s) -> npt.NDArray[Any]:
        """The frames that `samples` complete: [frames, width]."""
        ...


class SampleFrames:
    """Without a front end each sample is a frame."""

    width = 1

    def push(self, samples: Int16s) -> npt.NDArray[Any]:
        """See Frames."""
        return samples[:, None]


class FeatureFrames:
    """The frames of a front end."""

    def __init__(self, frontend: AudioFrontend) -> None:
        self._stream = FeatureStream(frontend)
        self.width = int(self._stream.push(np.zeros(0, np.int16)).shape[1])

    def push(self, samples: Int16s) -> npt.NDArray[Any]:
        """See Frames."""
        return self._stream.push(samples)


class MotionFrames:
    """The windows of a front end of motion; samples are readings, [samples, axes]."""

    def __init__(self, frontend: MotionFrontend) -> None:
        self._stream = MotionStream(frontend)
        self.width = frontend.features

    def push(self, samples: Int16s) -> npt.NDArray[Any]:
        """See Frames."""
        return self._stream.push(samples)


def frames_by(frontend: FrontEnd | None) -> Frames:
    """New frames at the beginning of a stream."""
    if isinstance(frontend, MotionFrontend):
        return MotionFrames(frontend)
    return SampleFrames() if frontend is None else FeatureFrames(frontend)


def samples_until(frame: int, frontend: FrontEnd | None) -> int:
    """How many samples have come when frame number `frame`, from 0, is complete."""
    if isinstance(frontend, MotionFrontend):
        return frontend.window_samples + frame * frontend.hop_samples
    return frame + 1 if frontend is None else frontend.samples_for(frame + 1)


class Inputs:
    """The inputs of successive inferences: `frames_per_input` frames each, `stride_frames` after those of the one before."""

    def __init__(self, tensor: Tensor, preprocessing: Preprocessing, frames_per_input: int, stride_frames: int) -> None:
        self._tensor, self._preprocessing = tensor, preprocessing
        self._frames_per_input, self._stride = frames_per_input, stride_frames
        self._batch = max(1, _BATCH_BYTES // max(1, 4 * tensor.elements))
        self._rest: npt.NDArray[Any] | None = None

    def push(self, frames: npt.NDArray[Any]) -> Iterator[npt.NDArray[Any]]:
        """Batches of inputs, [inputs, *sample shape] in the tensor's dtype, that `frames` [frames, width] complete.

        All of them must be taken before the next call.
        """
        known = frames if self._rest is None else np.concatenate([self._rest, frames])
        count = max(0, (len(known) - self._frames_per_input) // self._stride + 1)
        self._rest = known[count * self._stride :]
        if not count:
            return
        windows = sliding_window_view(known, self._frames_per_input, axis=0)[:: self._stride]  # [count, width, frames]
        for start in range(0, count, self._batch):
            raw = np.moveaxis(windows[start : min(start + self._batch, count)], 2, 1)
            yield self._as_input(np.ascontiguousarray(raw))

    def _as_input(self, raw: npt.NDArray[Any]) -> npt.NDArray[Any]:
        shape = self._preprocessing.raw_shape(sample_shape(self._tensor))
        real = self._preprocessing.apply(raw.reshape(len(raw), *shape))
        return real if self._tensor.dtype.numpy.kind == "f" else quantize(real, self._tensor)
