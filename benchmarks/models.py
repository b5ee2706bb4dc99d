"""The models that are measured: our own digits, and public ones where the user has put them."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared" / "models"

PUBLIC = {
    "hello_world": "hello_world_int8",
    "ad": "ad01_int8",
    "micro_speech": "micro_speech_quantized",
    "kws": "kws_ref_model",
    "vww": "vww_96_int8",
    "ic": "pretrainedResnet_quant",
}
"""Short name -> file name without ending; CONTRIBUTING.md has sources and hashes."""


def model_paths(demo: Path) -> dict[str, Path]:
    """Every model that is here: the demo's digits and the public ones."""
    found = {"digits": demo / "digits_int8.tflite"}
    found |= {name: SHARED / f"{stem}.tflite" for name, stem in PUBLIC.items()}
    return {name: path for name, path in found.items() if path.is_file()}


def absent_models(found: Collection[str]) -> tuple[str, ...]:
    """A line for each public model that is not among `found`.  Nothing fetches them, so a table without them has to say so."""
    return tuple(
        f"{name}: {stem}.tflite is not in ../shared/models; CONTRIBUTING.md says where it comes from"
        for name, stem in PUBLIC.items()
        if name not in found
    )
