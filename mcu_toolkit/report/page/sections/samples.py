"""Samples as people see them: which were right, which were wrong."""

from __future__ import annotations

from collections.abc import Sequence

from mcu_toolkit.report.details import Details, SampleDetail
from mcu_toolkit.report.page.blocks import Gallery, Picture, Section, Tone
from mcu_toolkit.report.page.run import Run
from mcu_toolkit.runners import roles

_SHOWN, _WRONG_SHOWN = 12, 8


def section(run: Run) -> Section | None:
    """The samples that were stored with the result; None where there are none."""
    if not run.details.samples:
        return None
    pictures = _few([_picture(sample, run.details) for sample in run.details.samples])
    lead = "A few of the samples, wrong ones first." if any(one.tone == "bad" for one in pictures) else "A few of the samples."
    return Section("samples", "Samples", lead, (Gallery("", pictures),))


def _few(pictures: Sequence[Picture]) -> tuple[Picture, ...]:
    """Wrong ones first, and some of the others beside them; what changed class is shown from all (differences)."""
    wrong = [one for one in pictures if one.tone == "bad"]
    others = [one for one in pictures if one.tone != "bad"]
    shown = wrong[: max(_WRONG_SHOWN, _SHOWN - len(others))]
    return (*shown, *others[: _SHOWN - len(shown)])


def nearest_classes(details: Details) -> Sequence[int]:
    """The classes that the runner nearest to the board gave."""
    if details.predictions is None:
        return ()
    classes = details.predictions.classes
    return next((classes[name] for name in roles.nearest_to_the_board() if name in classes), ())


def class_name(number: int, details: Details) -> str:
    """The name of a class, else its number."""
    return details.class_names[number] if 0 <= number < len(details.class_names) else str(number)


def picture_of(sample: SampleDetail, caption: str, detail: str, tone: Tone) -> Picture:
    """A sample under a caption."""
    what = {"image": "Picture", "audio": "Waveform", "values": "Values"}[sample.kind]
    return Picture(caption, detail, tone, sample.png, sample.values, f"{what} of sample {sample.index}: {caption}")


def _picture(sample: SampleDetail, details: Details) -> Picture:
    found, labels = nearest_classes(details), () if details.predictions is None else details.predictions.labels
    if sample.index >= len(found):
        return picture_of(sample, f"sample {sample.index}", "", "plain")
    name = class_name(found[sample.index], details)
    if sample.index >= len(labels):
        return picture_of(sample, name, f"sample {sample.index}", "plain")
    if found[sample.index] == labels[sample.index]:
        return picture_of(sample, name, f"sample {sample.index}, right", "good")
    truth = class_name(labels[sample.index], details)
    return picture_of(sample, f"{name} instead of {truth}", f"sample {sample.index}, wrong", "bad")
