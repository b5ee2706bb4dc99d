"""`mcu generate --dump-passes`."""

from __future__ import annotations

from pathlib import Path

from tests import small_models
from tests.cli.running import assert_refused, mcu, succeed


def test_there_is_a_text_for_each_pass_beside_the_project(tiny: Path, here: Path) -> None:
    succeed("generate", tiny, "-b", "host", "-o", "p", "--dump-passes", "passes")
    names = sorted(path.name for path in (here / "passes").iterdir())
    assert names[0] == "01-fold_constants.txt"
    assert names[-1] == f"{len(names):02}-place_state.txt"
    assert "FULLY_CONNECTED" in (here / "passes" / names[0]).read_text()
    assert (here / "p/platformio.ini").is_file()


def test_several_models_have_a_folder_each_also_of_an_export(tiny: Path, here: Path) -> None:
    (here / "conv.tflite").write_bytes(small_models.convolution())
    succeed("generate", tiny, "conv.tflite", "--export-only", "-o", "out", "--dump-passes", "passes")
    assert sorted(path.name for path in (here / "passes").iterdir()) == ["conv", "tiny"]


def test_a_runtime_without_passes_is_refused_before_anything_is_written(tiny: Path, here: Path) -> None:
    outcome = mcu("generate", tiny, "--runtime", "tflm", "-o", "p", "--dump-passes", "passes")
    assert_refused(outcome, 2, "error: --dump-passes: the runtime tflm does not compile in passes\n  expected: --runtime aot")
    assert not (here / "p").exists()
