"""MobileNetV2 as torchvision computes it, with PyTorch's own functions on the tensors of its file: the second opinion on our graph.

    python torch_mobilenet_v2.py WEIGHTS.pth PIXELS.npy     prints the logits as JSON

PIXELS are uint8 [n, size, size, 3].  It is a program of its own because PyTorch and TensorFlow do not share a process well.
"""

from __future__ import annotations

import json
import sys
from typing import Any

import numpy as np

_STAGES = ((1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1))
_MEAN, _DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


def logits(torch: Any, state: dict[str, Any], pixels: np.ndarray[Any, Any]) -> Any:
    """[n, 1000], of pixels uint8 [n, size, size, 3]."""
    functions = torch.nn.functional

    def norm(x: Any, name: str) -> Any:
        mean, var, weight, bias = (state[f"{name}.{part}"] for part in ("running_mean", "running_var", "weight", "bias"))
        return functions.batch_norm(x, mean, var, weight, bias, False, 0.0, 1e-5)

    def convolution(x: Any, name: str, stride: int, groups: int = 1) -> Any:
        weight = state[f"{name}.0.weight"]
        padding = (weight.shape[-1] - 1) // 2
        return functions.relu6(norm(functions.conv2d(x, weight, None, stride, padding, 1, groups), f"{name}.1"))

    x = torch.from_numpy(pixels.transpose(0, 3, 1, 2).astype(np.float32)) / 255
    x = (x - torch.tensor(_MEAN).view(1, 3, 1, 1)) / torch.tensor(_DEVIATION).view(1, 3, 1, 1)
    x, number = convolution(x, "features.0", 2), 0
    for expansion, _, repetitions, first_stride in _STAGES:
        for repetition in range(repetitions):
            number += 1
            name, stride, part, y = f"features.{number}.conv", first_stride if repetition == 0 else 1, 0, x
            if expansion > 1:
                y, part = convolution(y, f"{name}.0", 1), 1
            y = convolution(y, f"{name}.{part}", stride, y.shape[1])
            y = norm(functions.conv2d(y, state[f"{name}.{part + 1}.weight"]), f"{name}.{part + 2}")
            x = x + y if stride == 1 and x.shape == y.shape else y
    pooled = convolution(x, f"features.{number + 1}", 1).mean((2, 3))
    return functions.linear(pooled, state["classifier.1.weight"], state["classifier.1.bias"])


if __name__ == "__main__":
    import torch  # type: ignore[import-not-found,unused-ignore]

    loaded = torch.load(sys.argv[1], weights_only=True)
    print(json.dumps(logits(torch, loaded, np.load(sys.argv[2])).detach().numpy().tolist()))
