"""`mcu generate --app`: the application firmware, as a user makes, changes and ships it."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from mcu_toolkit.device import Client, find_emulator, open_port
from mcu_toolkit.model import parse_model
from mcu_toolkit.runners import TflmRunner
from tests import small_models
from tests.cli.in_process import mcu_here, succeed_here
from tests.cli.running import assert_refused
from tests.tflm_library import NEEDS_LIBRARY

LABELS = ("left", "right", "up", 'down "there"')
READY = "app: ready"


def said(folder: Path, *words: str) -> list[str]:
    """Lines of text the board printed."""
    succeed_here("monitor", *words, "--json", folder / "monitor.json", "-q")
    received = json.loads((folder / "monitor.json").read_text())["received"]
    return [item["text"] for item in received if item["kind"] == "text"]


def expected_lines(samples: np.ndarray) -> list[str]:
    model = parse_model(small_models.fully_connected(), "tiny")
    runner = TflmRunner(model)
    outputs = runner.run((samples,)).outputs[0].reshape(len(samples), -1)
    scale, zero_point = model.outputs[0].quantization.scale, model.outputs[0].quantization.zero_points[0]  # type: ignore[union-attr]
    best = outputs.argmax(axis=1)
    return [
        f"app: sample {n}: {LABELS[best[n]]} ({np.float32(scale) * (int(outputs[n, best[n]]) - zero_point):.3f})"
        for n in range(len(samples))
    ]


def generated(here: Path, tiny: Path, *words: str) -> Path:
    """A project with three samples and four labels."""
    np.savez(here / "d.npz", x=np.random.default_rng(5).integers(-128, 128, (3, 6), np.int8))
    (here / "labels.txt").write_text("\n".join(LABELS) + "\n")
    succeed_here("generate", tiny, "--app", "--labels", "labels.txt", "--data", "d.npz", "-o", "p", *words)
    return Path("p")


@pytest.fixture
def project(here: Path, tiny: Path) -> Path:
    """The same for the board's default runtime."""
    return generated(here, tiny)


@pytest.mark.parametrize("runtime", ["aot", pytest.param("tflm", marks=[*NEEDS_LIBRARY, pytest.mark.slow, pytest.mark.timeout(7200)])])
def test_it_prints_results_and_verify_passes_on_the_same_image(runtime: str, here: Path, tiny: Path) -> None:
    project = generated(here, tiny, "--runtime", runtime)
    succeed_here("build", project)
    succeed_here("flash", project)
    expected = [READY, *expected_lines(np.load(here / "d.npz")["x"])]
    assert said(here, "--reset", "--seconds", "1.5") == expected
    for _ in range(2):
        outcome = succeed_here("verify", project, "--random", "5", "--json", "v.json")
        assert "verdict: pass" in outcome.stdout
        rows = json.loads(Path("v.json").read_text())["comparisons"]
        assert [row["differing_bytes"] for row in rows if row["a"] == "device"] == [0]

    emulator = find_emulator("netduinoplus2")
    assert emulator is not None
    heard: list[str] = []
    with closing(open_port(str(emulator.tty), 115200)) as link:
        client = Client(link, on_text=heard.append)
        client.handshake()
        client.release()
        client.echo(b"a new session")  # what was printed meanwhile comes first
        assert heard == expected[1:], "it goes on when the host has let go"


def test_an_edited_application_is_kept_and_shown_before_it_is_replaced(project: Path, here: Path) -> None:
    app = project / "src/app.c"
    original = app.read_text()
    app.write_text(original.replace(READY, "app: mine"))
    words = ("generate", "tiny.tflite", "--app", "--data", "d.npz", "-o", project)
    succeed_here(*words)
    succeed_here(*words, "--force")
    assert "app: mine" in app.read_text()

    outcome = mcu_here(*words, "--replace-app")
    assert outcome.exit_code == 2
    assert "these files of yours differ from the example and would be overwritten:\n--- src/app.c (yours)" in outcome.error
    assert '\n-    app_print("app: mine\\n");' in outcome.error
    assert "app: mine" in app.read_text()

    outcome = succeed_here(*words, "--replace-app", "--force")
    assert '\n-    app_print("app: mine\\n");' in outcome.stdout
    assert app.read_text() == original


def test_a_change_in_the_application_is_built(project: Path) -> None:
    succeed_here("build", project)
    app = project / "src/app.c"
    app.write_text(app.read_text() + "\n#error this is mine\n")
    outcome = mcu_here("build", project)
    assert outcome.exit_code == 3
    assert "this is mine" in outcome.stderr


def test_what_an_application_cannot_have_is_refused(here: Path, tiny: Path) -> None:
    outcome = mcu_here("generate", tiny, "--app", "--example", "microphone", "-b", "nucleo_f446re", "-o", "p")
    assert outcome.error.startswith("error: nucleo_f446re: the board has no microphone that the toolkit knows\n")
    outcome = mcu_here("generate", tiny, "--app", "--example", "camera", "-o", "p")
    assert outcome.error.startswith("error: unknown example 'camera'\n")
    (here / "labels.txt").write_text("one\n")
    assert_refused(
        mcu_here("generate", tiny, "--app", "--labels", "labels.txt", "-o", "p", "-q"),
        2,
        "error: labels.txt: holds 1 labels\n  expected: 4, one per line: the model's output has as many",
    )
    outcome = mcu_here("generate", tiny, "--labels", "labels.txt", "-o", "p")
    assert outcome.error.startswith("error: --example, --labels and --replace-app are about an application\n")
    assert not Path("p").exists()
