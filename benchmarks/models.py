"""The models that are measured: our own digits, and public ones where the user has put them."""

from __future__ import annotations

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
"""Short name -> file name without ending; sources in docs/performance.md."""


def model_paths(demo: Path) -> dict[str, Path]:
    """Every model that is here: the demo's digits and the public ones."""
    found = {"digits": demo / "digits_int8.tflite"}
    found |= {name: SHARED / f"{stem}.tflite" for name, stem in PUBLIC.items()}
    return {name: path for name, path in found.items() if path.is_file()}
