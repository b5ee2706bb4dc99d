"""The gate on real builds: twenty planted regressions are all found, and twenty harmless changes are all let through.

A case changes flags, sources, the model or the data of a project and runs it; `mcu compare` compares the result with that of the
project as it was.  What changes the image is generated, built and flashed; what does not runs on the image of the base.  A few
cases run in the suite, all of them in the nightly one.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests import small_models
from tests.cli.in_process import mcu_here, succeed_here
from tests.emulated import own_boards

BOARD = "netduinoplus2"
BASE = "base"
SAMPLES = 24
INVOKE = "    aot_models[model].invoke();\n"
A_FUNCTION = "int more(void);\nint more(void) {\n    return 1;\n}\n"
SATURATE = "for (int i = 0; i < 8; i++) {\n        if (OUTPUT[i] > 5) OUTPUT[i] = 5;\n    }"
OUTPUT = "((int8_t *)(uintptr_t)aot_models[model].output(0))"
Arrays = dict[str, np.ndarray[Any, Any]]


def same_data(arrays: Arrays) -> Arrays:
    return arrays


def built_again(project: Path) -> None:
    assert project.is_dir()


@dataclass(frozen=True)
class Case:
    """What is different from the base."""

    name: str
    edit: Callable[[Path], None] | None = None
    """Of the generated project."""
    model: Callable[[], bytes] = small_models.network
    data: Callable[[Arrays], Arrays] = same_data
    generate: tuple[str, ...] = ()
    verify: tuple[str, ...] = ()
    report: Callable[[dict[str, Any]], dict[str, Any]] = field(default=lambda fields: fields)
    found: str = ""
    """The measure that got worse; empty for a harmless change."""

    @property
    def image_is_the_base(self) -> bool:
        """Nothing that the image is built from is different."""
        return self.edit is None and self.model is small_models.network and not self.generate


def replaced(file: str, old: str, new: str) -> Callable[[Path], None]:
    """An edit of a text that must be there."""

    def edit(project: Path) -> None:
        text = (project / file).read_text()
        assert old in text, f"{file} has no {old!r}"
        (project / file).write_text(text.replace(old, new, 1))

    return edit


def flag(old: str, new: str) -> Callable[[Path], None]:
    return replaced("platformio.ini", old, new)


def before_invoke(code: str, *, above: str = "") -> Callable[[Path], None]:
    def edit(project: Path) -> None:
        replaced("src/inference.c", INVOKE, f"    {code}\n{INVOKE}")(project)
        if above:
            replaced("src/inference.c", "int inference_invoke(", f"{above}\nint inference_invoke(")(project)

    return edit


def after_invoke(code: str) -> Callable[[Path], None]:
    return replaced("src/inference.c", INVOKE, f"{INVOKE}    {code}\n")


def damaged_weight(project: Path) -> None:
    """A bit of a word of the last layer: the constants begin with a few biases, and a quarter of the way are weights."""
    text = (project / "src/m.c").read_text()
    array = re.search(r"\bm_k_packed_7\[\d*\] = \{([^}]*)\}", text)
    assert array is not None
    words = list(re.finditer(r"0x([0-9a-f]{8})u", array[1]))
    word = words[len(words) // 4]
    place = array.start(1) + word.start(1)
    (project / "src/m.c").write_text(f"{text[:place]}{int(word[1], 16) ^ 0x40:08x}{text[place + 8 :]}")


def without_labels(arrays: Arrays) -> Arrays:
    return {"x": arrays["x"]}


REGRESSIONS = (
    Case("a kernel waits", before_invoke("for (volatile int i = 0; i < 2000; i++) {\n    }"), found="instructions"),
    Case("an output is off by one", after_invoke(f"{OUTPUT}[3] ^= 1;"), found="parity"),
    Case("labels of the next class", data=lambda arrays: {**arrays, "y": (arrays["y"] + 1) % 8}, found="accuracy"),
    Case("a wider model", model=lambda: small_models.network(filters=24), found="flash"),
    Case("no optimization", flag("-O2", "-O0"), found="instructions"),
    Case("optimized for size", generate=("--optimize", "size"), found="instructions"),
    Case("optimized for speed", generate=("--optimize", "speed"), found="flash"),
    # Speed does not suffer (+0.25 %): on this core the inner loops are assembly, or inlined whatever the flags say.
    Case("nothing is inlined", flag("-O2", "-O2\n    -fno-inline"), found="code"),
    Case("unused functions stay", flag("    -Wl,--gc-sections\n", ""), found="code"),
    Case("outputs are zero", after_invoke(f"for (int i = 0; i < 8; i++) {{\n        {OUTPUT}[i] = 0;\n    }}"), found="accuracy"),
    Case("outputs saturate", after_invoke(SATURATE.replace("OUTPUT", OUTPUT)), found="parity"),
    Case("the last element is missing", after_invoke(f"{OUTPUT}[7] = -128;"), found="parity"),
    Case("a weight is damaged", damaged_weight, found="parity"),
    Case("the model runs twice", before_invoke("aot_models[model].invoke();"), found="instructions"),
    Case("a buffer on the stack", before_invoke("volatile uint8_t waste[600];\n    waste[0] = waste[599] = 1;"), found="stack"),
    Case("a buffer in RAM", before_invoke("waste[0] = 1;", above="static volatile uint8_t waste[2048];"), found="ram"),
    Case("a table in flash", before_invoke("(void)waste[1];", above="static const volatile uint8_t waste[4096] = {1};"), found="flash"),
    Case("other weights", model=lambda: small_models.network(seed=6), found="accuracy"),
    Case("labels are gone", data=without_labels, found="accuracy"),
    Case("inputs in another range", data=lambda arrays: {**arrays, "x": arrays["x"] * 0.1}, found="accuracy"),
)


def reordered(arrays: Arrays) -> Arrays:
    return {name: array[::-1].copy() for name, array in arrays.items()}


HARMLESS = (
    Case("nothing", built_again),
    Case("samples in another order", data=reordered),
    Case("a comment", replaced("src/inference.c", INVOKE, f"    /* the model */\n{INVOKE}")),
    Case("another description in the model", model=lambda: small_models.network(description="the same")),
    Case("half of the samples", data=lambda arrays: {name: array[: SAMPLES // 2] for name, array in arrays.items()}),
    Case("the samples twice", data=lambda arrays: {name: np.concatenate([array, array]) for name, array in arrays.items()}),
    Case("labels of another type", data=lambda arrays: {**arrays, "y": arrays["y"].astype(np.int32)}),
    Case("inputs of another type", data=lambda arrays: {**arrays, "x": arrays["x"].astype(np.float64)}),
    Case("blank lines", replaced("src/inference.c", INVOKE, f"\n\n{INVOKE}\n")),
    Case("a function nobody calls", replaced("src/inference.c", "int inference_invoke(", f"{A_FUNCTION}int inference_invoke(")),
    Case("a name nobody uses", flag("-O2", "-O2\n    -DNOBODY_USES=1")),
    Case("debug information", flag("-O2", "-O2\n    -g3")),
    Case("the same flag twice", flag("-O2", "-O2\n    -O2")),
    Case("more warnings", flag("-Wextra", "-Wextra\n    -Wvla")),
    Case("assertions that nothing makes are off", flag("-O2", "-O2\n    -DNDEBUG")),
    Case("balanced, which is the default", generate=("--optimize", "balanced")),
    Case("a tolerance nobody needs", verify=("--max-lsb", "2")),
    Case("a limit that holds", verify=("--limit", "flash=1M,ram=100K,instructions=9M")),
    Case("outputs are kept", verify=("--outputs", "kept.npz")),
    Case("another version of the toolkit", report=lambda fields: {**fields, "toolkit_version": "9.9"}),
)


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Arrays]]:
    """The folder with base.json, and its data: labels are the classes that the model finds."""
    with pytest.MonkeyPatch.context() as patch, own_boards(patch):
        folder = tmp_path_factory.mktemp("base")
        x = np.random.default_rng(1).uniform(0, 6, (SAMPLES, 8, 8, 1)).astype(np.float32)
        arrays = {"x": x, "y": np.zeros(SAMPLES, np.int64)}
        build(Case("base"), folder, BASE)
        measured(Case("base", verify=("--outputs", "base.npz")), arrays, folder)
        arrays["y"] = np.load(folder / "base.npz")["device"].argmax(axis=1)
        (folder / "base.json").write_text(json.dumps(measured(Case("base"), arrays, folder)))
        assert json.loads((folder / "base.json").read_text())["accuracy"]["device"] == 1.0
        yield folder, arrays


def build(case: Case, folder: Path, project: str) -> None:
    """Generate a project in `folder`, and change it."""
    shutil.rmtree(folder / project, ignore_errors=True)
    (folder / "m.tflite").write_bytes(case.model())
    succeed_here("generate", "m.tflite", "-b", BOARD, "-o", project, "-q", *case.generate, cwd=folder)
    if case.edit is not None:
        case.edit(folder / project)


def measured(case: Case, arrays: Arrays, folder: Path) -> dict[str, Any]:
    """The report of a project with what is different, built where that changes the image, flashed and run."""
    project = BASE if case.image_is_the_base else "changed"
    if project != BASE:
        build(case, folder, project)
    np.savez(folder / "data.npz", **case.data(arrays))  # type: ignore[arg-type]
    succeed_here("flash", project, "-q", cwd=folder)
    outcome = mcu_here("verify", project, "--data", "data.npz", "--no-page", "--json", "new.json", *case.verify, cwd=folder)
    assert outcome.exit_code in (0, 1), outcome.stderr
    return case.report(json.loads((folder / "new.json").read_text()))


def some_nightly(cases: tuple[Case, ...], in_suite: int) -> list[Any]:
    marks = [pytest.mark.slow] * in_suite + [pytest.mark.nightly] * (len(cases) - in_suite)
    return [pytest.param(case, marks=mark, id=case.name) for case, mark in zip(cases, marks, strict=True)]


def test_there_are_twenty_of_each() -> None:
    assert (len(REGRESSIONS), len(HARMLESS)) == (20, 20)
    assert len({case.name for case in (*REGRESSIONS, *HARMLESS)}) == 40


@pytest.mark.parametrize("case", some_nightly(REGRESSIONS, 3))
def test_a_planted_regression_is_found(case: Case, base: tuple[Path, Arrays]) -> None:
    folder, arrays = base
    (folder / "new.json").write_text(json.dumps(measured(case, arrays, folder)))
    outcome = mcu_here("compare", "base.json", "new.json", "--json", "compared.json", cwd=folder)
    assert outcome.exit_code == 1, outcome.stdout
    [found] = json.loads((folder / "compared.json").read_text())["differences"]
    assert case.found in {row["measure"] for row in found["rows"] if row["state"] == "regression"}, outcome.stdout


@pytest.mark.parametrize("case", some_nightly(HARMLESS, 3))
def test_a_harmless_change_is_let_through(case: Case, base: tuple[Path, Arrays]) -> None:
    folder, arrays = base
    (folder / "new.json").write_text(json.dumps(measured(case, arrays, folder)))
    outcome = mcu_here("compare", "base.json", "new.json", cwd=folder)
    assert outcome.exit_code == 0, outcome.stdout
