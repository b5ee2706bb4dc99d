"""`mcu train images`: a folder of pictures to a trained model, its data, its split and a plot of how it went."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mcu_toolkit.system.files import write_text
from mcu_toolkit.train.history_plot import PLOT_FILE, write_plot
from mcu_toolkit.train.images.backbones import get_backbone
from mcu_toolkit.train.images.batches import Reading, class_weights
from mcu_toolkit.train.images.distillation import load_teacher
from mcu_toolkit.train.images.matching import LARGER_SIZE
from mcu_toolkit.train.images.network import build_network
from mcu_toolkit.train.images.options import ImageFacts, ImageOptions
from mcu_toolkit.train.images.outcome import FILES, RECORD, write_outcome
from mcu_toolkit.train.images.picture_folder import PictureFolder, read_picture_folder
from mcu_toolkit.train.images.split import SPLIT_FILE, Split, duplicates_across, render_split, split_pictures, trained_on
from mcu_toolkit.train.images.training import Trainer
from mcu_toolkit.train.images.weights import find_weights, require_published
from mcu_toolkit.train.phases import Epoch, Reporting, fine_tuning_warning, seeded_tensorflow
from mcu_toolkit.train.publish import publishing
from mcu_toolkit.train.trained_model import TrainedModel, render_record

_NAMED = 5
"""Near duplicates that a note names before it counts."""


def train_images(options: ImageOptions, output: Path, reporting: Reporting) -> TrainedModel:
    """Train on the folder of `options` and write `FILES` to `output`, all or none.

    The same seed gives the same split, and the same weights on the same machine and versions.
    Raises what `read_picture_folder`, `find_weights` and `load_teacher` raise; NotSatisfiedError where training diverged.
    """
    began = time.monotonic()
    backbone = get_backbone(options.backbone)
    require_published(backbone, options.weights_name, options.alpha)
    reporting.stage(f"looking at every picture of {options.folder}")
    folder = read_picture_folder(
        options.folder, skip_corrupt=options.skip_corrupt, on_file=lambda done, of: reporting.advance(done, of, "")
    )
    split = split_pictures(folder.pictures, len(folder.classes), options.seed)
    duplicates = duplicates_across(split)
    for text in _about(folder, split, [f"{pair.a} and {pair.b}" for pair in duplicates]):
        reporting.note(text)
    tensorflow = seeded_tensorflow(options.seed)
    pretrained = find_weights(tensorflow, backbone, options.weights_name, alpha=options.alpha, size=options.size, tell=reporting.note)
    model = build_network(tensorflow, backbone, pretrained.variant, size=options.size, classes=len(folder.classes))
    if pretrained.load is not None:
        pretrained.load(model)
    reporting.note(f"{backbone.name}, alpha {options.alpha:g}, {options.size} x {options.size} pixels; weights: {pretrained.origin}")
    reading = _reading(tensorflow, options, folder, split)
    trainer = Trainer(tensorflow, model, backbone, pretrained, options, reading, split, reporting.listeners())
    if trainer.is_matched:
        reporting.note(
            f"the weights were trained on {pretrained.native_size} pixels; with {options.size} the network learns to see "
            f"what it sees with {LARGER_SIZE}"
        )
    with publishing(output, FILES) as work:
        reporting.stage("training")
        history, best = trainer.from_weights() if pretrained.load is not None else trainer.from_nothing()
        images = _facts(trainer, pretrained.origin, history, best, duplicates=len(duplicates), seconds=time.monotonic() - began)
        warning = fine_tuning_warning(history, best)
        if warning is not None:
            reporting.note(warning)
        reporting.stage("testing and writing")
        write_text(work / SPLIT_FILE, render_split(folder, split, duplicates))
        write_plot(work / PLOT_FILE, history, best)
        facts = write_outcome(tensorflow, model, images, (reading, split, options), work)
        write_text(work / RECORD, render_record(facts))
    return TrainedModel(output, facts)


def _facts(trainer: Trainer, weights: str, history: Sequence[Epoch], best: Epoch, *, duplicates: int, seconds: float) -> ImageFacts:
    options, reading, split = trainer.options, trainer.reading, trainer.split
    distillation = options.distillation
    return ImageFacts(
        backbone=options.backbone,
        alpha=options.alpha,
        size=options.size,
        weights=weights,
        classes=reading.folder.classes,
        pictures={part: len(pictures) for part, pictures in split.parts()},
        class_weights=reading.class_weights,
        skipped=len(reading.folder.skipped),
        near_duplicates=duplicates,
        teacher=None if distillation is None else str(distillation.teacher),
        temperature=None if distillation is None else distillation.temperature,
        soft_share=None if distillation is None else distillation.soft_share,
        best=best,
        history=tuple(history),
        seconds=seconds,
        teacher_saw=None if distillation is None else trained_on(distillation.teacher.parent / SPLIT_FILE, split.test),
    )


def _reading(tensorflow: Any, options: ImageOptions, folder: PictureFolder, split: Split) -> Reading:
    weights = class_weights(split.train, len(folder.classes))
    if options.distillation is None:
        return Reading(folder, options.size, options.batch_size, weights)
    teacher = load_teacher(tensorflow, options.distillation, folder.classes)
    return Reading(folder, options.size, options.batch_size, weights, teacher.answer, teacher.size)


def _about(folder: PictureFolder, split: Split, pairs: Sequence[str]) -> list[str]:
    """What to say about the pictures before training."""
    counts = ", ".join(
        f"{name} {sum(picture.label == label for picture in folder.pictures)}" for label, name in enumerate(folder.classes[:20])
    )
    more = f" ... ({len(folder.classes)} classes)" if len(folder.classes) > 20 else ""
    parts = ", ".join(f"{len(pictures)} {part}" for part, pictures in split.parts())
    lines = [f"{len(folder.pictures)} pictures: {counts}{more}", f"split by seed {split.seed}: {parts}"]
    if folder.skipped:
        names = "; ".join(f"{one.file} ({one.why})" for one in folder.skipped[:_NAMED])
        lines.append(f"{len(folder.skipped)} files skipped: {names}{_rest(folder.skipped)}")
    if pairs:
        lines.append(
            f"{len(pairs)} near duplicates in different parts, which flatter the accuracy: {'; '.join(pairs[:_NAMED])}{_rest(pairs)}"
        )
    return lines


def _rest(items: Sequence[object]) -> str:
    return f" ... ({SPLIT_FILE} names all)" if len(items) > _NAMED else ""
