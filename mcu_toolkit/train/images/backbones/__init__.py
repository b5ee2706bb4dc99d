"""The networks that `mcu train images` can train, one file each."""

from __future__ import annotations

from mcu_toolkit.errors import UnknownNameError
from mcu_toolkit.train.images.backbones import mobilenet_v1, mobilenet_v2, small_cnn
from mcu_toolkit.train.images.backbones.backbone import TO_ONE, TORCHVISION, Backbone, Normalisation, Variant

_ALL: tuple[Backbone, ...] = (mobilenet_v2.BACKBONE, mobilenet_v1.BACKBONE, small_cnn.BACKBONE)
_BACKBONES = {backbone.name: backbone for backbone in _ALL}

__all__ = ["TORCHVISION", "TO_ONE", "Backbone", "Normalisation", "Variant", "backbone_names", "get_backbone"]


def backbone_names() -> tuple[str, ...]:
    """The default first."""
    return tuple(_BACKBONES)


def get_backbone(name: str) -> Backbone:
    """The backbone called `name`; raises UnknownNameError with the nearest names."""
    if name not in _BACKBONES:
        raise UnknownNameError("backbone", name, _BACKBONES)
    return _BACKBONES[name]
