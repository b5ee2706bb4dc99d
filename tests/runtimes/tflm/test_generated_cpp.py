"""The generated C++ compiles without a warning and reports every way in which the library can fail: run against a stand-in of its API."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from mcu_toolkit.boards import load_board
from mcu_toolkit.firmware import generate_project
from mcu_toolkit.model import Model, parse_model
from mcu_toolkit.runtimes.tflm import TflmRuntime
from tests.runtimes.tflm.stub_library import Age, write_library
from tests.small_models import addition, convolution, counter, fully_connected

pytestmark = pytest.mark.slow
HERE = Path(__file__).parent
FLAGS = ("-std=gnu++17", "-fno-exceptions", "-fno-rtti", "-O1", "-Wall", "-Wextra", "-Werror")
SANITIZERS = ("-fsanitize=address,undefined", "-fno-sanitize-recover=all")
AGES: dict[str, Age] = {"old": "2023", "new": "2026"}


def build(folder: Path, models: list[Model], age: str = "new", *flags: str) -> Path:
    """A program of this machine: generated code for board `host`, the stand-in below it and driver.cc above it."""
    library = write_library(folder / "library", AGES[age])
    project = generate_project(models, load_board("host"), TflmRuntime(str(library)), folder / "project").folder
    sources = [project / "src" / name for name in ("inference.cc", "model_data.cc", "tflm_log.cc", "tflm_shim.cc")]
    sources += [HERE / "driver.cc", HERE / "stubs/tensorflow/stub.cc"]
    includes = [f"-I{path}" for path in (project / "src", project / "shim", HERE / "stubs")]
    program = folder / "program"
    old = ["-DSTUB_OLD"] if age == "old" else []
    compiler = shutil.which("g++")
    assert compiler is not None
    command = [compiler, *FLAGS, *SANITIZERS, *old, *flags, *includes, *map(str, sources), "-o", str(program)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return program


def run(program: Path, *options: str) -> list[str]:
    done = subprocess.run([program, *options], capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.splitlines()


@pytest.fixture(scope="module", params=["old", "new"])
def dense(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("dense"), [parse_model(fully_connected(softmax=True), "net 1")], request.param)


GOOD = ("input=6", "output=4")


def test_a_model_is_described_prepared_and_run(dense: Path) -> None:
    sha = parse_model(fully_connected(softmax=True), "x").sha256
    assert run(dense, *GOOD) == [
        "runtime tflm (reference), models 1",
        f"model net 1 sha {sha[:2]}..{sha[-2:]} inputs 1 outputs 1 layers 2 state 0",
        "input dtype 9 rank 2 last 6 bytes 6 scale 0.0500000007 zero 3",
        "init 0",
        "arena 1234",
        "invoke 0",
        "output 7",
        "resets 0",
        "beyond 1 1",
        "added AddFullyConnected AddSoftmax",
    ]


@pytest.mark.parametrize(
    ("options", "status"),
    [
        (("schema=2", *GOOD), 2),
        (("add=1", *GOOD), 3),
        (("allocate=1", "known=0", *GOOD), 3),
        (("allocate=1", "message=Failed to allocate tail memory. Requested: 2000, available 5, missing: 1995", *GOOD), 4),
        (("allocate=1", "message=Arena size is too small for all buffers. Needed 9 but only 5 was available.", *GOOD), 4),
        (("allocate=1", "message=Type INT16 (7) not supported.", *GOOD), 5),
        (("allocate=1", *GOOD), 5),
        (("input=7", "output=4"), 5),
        (("input=6", "output=5"), 5),
    ],
    ids=["schema", "registration", "operator", "tail", "planner", "type", "silent", "input-size", "output-size"],
)
def test_what_goes_wrong_at_the_start_has_a_status_of_its_own(dense: Path, options: tuple[str, ...], status: int) -> None:
    assert f"init {status}" in [line.rsplit("<00>", maxsplit=1)[-1] for line in run(dense, *options)]


def test_a_failed_inference_is_reported(dense: Path) -> None:
    assert "invoke 5" in run(dense, "invoke=1", *GOOD)


@pytest.mark.parametrize("age", ["old", "new"])
def test_what_the_library_says_appears_as_text_between_frames(tmp_path: Path, age: str) -> None:
    program = build(tmp_path, [parse_model(fully_connected(), "m")], age)
    [line] = [line for line in run(program, "allocate=1", "message=No luck", *GOOD) if "No luck" in line]
    said = "No luck" if age == "old" else "No luck, code -7 of 0xff at 42"
    assert line == f"<00>{said}<0d><0a><00>init 5"


def test_models_share_one_resolver_and_one_arena(tmp_path: Path) -> None:
    models = [parse_model(content, name) for name, content in (("a", fully_connected()), ("b", fully_connected(seed=8)))]
    lines = run(build(tmp_path, models), *GOOD)
    assert lines[-1] == "added AddFullyConnected"
    assert [line for line in lines if line.startswith("init")] == ["init 0", "init 0"]
    text = (tmp_path / "project/src/inference.cc").read_text()
    assert text.count("alignas(16) uint8_t tflm_arena[") == 1
    assert "kOperatorCount = 1" in text


def test_variables_are_reset_by_preparing_again_and_tensors_marked_so_by_the_library(tmp_path: Path) -> None:
    lines = run(build(tmp_path, [parse_model(counter(), "counter")]), "input=8", "output=8")
    assert any("state 1" in line for line in lines)
    # registered once at the start and once more when the state was reset
    assert lines[-1] == "added" + 2 * " AddAdd AddAssignVariable AddCallOnce AddReadVariable AddVarHandle"


@pytest.mark.parametrize("age", ["old", "new"])
def test_the_observer_sees_what_each_layer_made_in_libraries_of_any_age(tmp_path: Path, age: str) -> None:
    models = [parse_model(fully_connected(softmax=True), "m")]
    lines = run(build(tmp_path, models, age, "-DINFERENCE_OBSERVER=1"), *GOOD)
    assert [line for line in lines if line.startswith("seen")] == [
        "seen: layer 0 tensor 3 bytes 4 first 7",
        "seen: layer 1 tensor 4 bytes 4 first 7",
    ]


def test_the_observer_costs_nothing_where_it_is_not_compiled_in(tmp_path: Path) -> None:
    plain = build(tmp_path, [parse_model(fully_connected(softmax=True), "m")])
    symbols = subprocess.run(["nm", "-C", plain], capture_output=True, text=True, check=True).stdout
    assert "observe" not in symbols
    assert "inference_init" in symbols


@pytest.mark.parametrize("content", [convolution(), addition()], ids=["convolution", "two-inputs"])
def test_other_operators_and_shapes_compile(tmp_path: Path, content: bytes) -> None:
    # The stand-in always has one input; what matters is that the code compiles and says so.
    assert any(line.startswith("init") for line in run(build(tmp_path, [parse_model(content, "m")]), "input=1", "output=1"))


def test_everything_compiles_for_a_microcontroller_too(tmp_path: Path) -> None:
    compiler = shutil.which("arm-none-eabi-g++")
    if compiler is None:
        pytest.skip("arm-none-eabi-g++ is not installed")
    library = write_library(tmp_path / "library")
    models = [parse_model(fully_connected(softmax=True), "m"), parse_model(convolution(), "n")]
    project = generate_project(models, load_board("netduinoplus2"), TflmRuntime(str(library)), tmp_path / "project").folder
    includes = [f"-I{path}" for path in (project / "src", project / "shim", HERE / "stubs")]
    for name in ("inference.cc", "model_data.cc", "tflm_log.cc", "tflm_shim.cc"):
        command = [compiler, "-mcpu=cortex-m4", "-mthumb", *FLAGS, *includes, "-c", str(project / "src" / name), "-o", str(tmp_path / "o")]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (0, ""), name
