"""What a user may choose about `mcu train images`, and what the record of it says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from mcu_toolkit.errors import InputError
from mcu_toolkit.train.images.backbones import get_backbone
from mcu_toolkit.train.images.distillation import Distillation
from mcu_toolkit.train.images.weights import ALPHA_LIMITS, IMAGENET_NAME, NONE_NAME, SIZE_LIMITS
from mcu_toolkit.train.phases import Epoch

DEFAULT_BACKBONE, DEFAULT_SIZE, DEFAULT_BATCH_SIZE = "mobilenet_v2", 160, 32
_LARGEST_BATCH = 1024


@dataclass(frozen=True)
class ImageOptions:
    """The options of `mcu train images`, checked."""

    folder: Path
    backbone: str = DEFAULT_BACKBONE
    alpha: float = 1.0
    size: int = DEFAULT_SIZE
    weights: str = ""
    """`imagenet`, `none` or a file; empty: `imagenet` where the backbone has such weights and no teacher is given, else `none`."""
    distillation: Distillation | None = None
    epochs: int | None = None
    """Of the last phase; None: as many as its kind of training needs."""
    batch_size: int = DEFAULT_BATCH_SIZE
    mirror: bool = True
    """A mirror image shows the same thing; not so with letters."""
    skip_corrupt: bool = False
    seed: int = 0

    def __post_init__(self) -> None:
        get_backbone(self.backbone)
        low, high = ALPHA_LIMITS
        if not low <= self.alpha <= high:
            raise InputError(f"--alpha {self.alpha:g}", expected=f"{low:g} to {high:g}")
        low_size, high_size = SIZE_LIMITS
        if not low_size <= self.size <= high_size:
            raise InputError(f"--size {self.size}", expected=f"{low_size} to {high_size} pixels")
        if not 1 <= self.batch_size <= _LARGEST_BATCH:
            raise InputError(f"--batch-size {self.batch_size}", expected=f"1 to {_LARGEST_BATCH}")
        if self.epochs is not None and self.epochs < 1:
            raise InputError(f"{self.epochs} epochs", expected="at least 1")
        if not 0 <= self.seed < 2**32:
            raise InputError(f"seed {self.seed}", expected="0 to 4294967295")

    @property
    def weights_name(self) -> str:
        """`weights` with its default."""
        if self.weights:
            return self.weights
        trains_from_nothing = self.distillation is not None or not get_backbone(self.backbone).keras_alphas
        return NONE_NAME if trains_from_nothing else IMAGENET_NAME


@dataclass(frozen=True)
class ImageFacts:
    """What `training.json` says about a training on pictures beside what it says of every training."""

    backbone: str
    alpha: float
    size: int
    weights: str
    """Where the first weights came from, with their licence."""
    classes: tuple[str, ...]
    pictures: Mapping[str, int]
    """How many in each part."""
    class_weights: tuple[float, ...]
    skipped: int
    """Files left out with --skip-corrupt."""
    near_duplicates: int
    """Pairs in different parts that look the same; `split.json` names them."""
    teacher: str | None
    temperature: float | None
    soft_share: float | None
    best: Epoch
    """The epoch whose weights were kept."""
    history: tuple[Epoch, ...]
    seconds: float
    """From the first file read to the last weight."""
    teacher_accuracy: float | None = None
    """Of the teacher on the same test pictures."""
    teacher_saw: int | None = None
    """Test pictures that the teacher was trained on, by the `split.json` beside it: they flatter its accuracy.  None: not known."""
