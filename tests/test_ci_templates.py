"""What users put into continuous integration: valid by the services' own schemas, and its shell runs as it stands in a clean folder."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import typer

from mcu_toolkit.cli.app import app
from tests import small_models
from tests.emulated import own_boards

ROOT = Path(__file__).resolve().parents[1]
ACTION, WORKFLOW, GITLAB, DOCKERFILE = (
    ROOT / "action.yml",
    ROOT / "ci/github-workflow.yml",
    ROOT / "ci/gitlab-ci.yml",
    ROOT / "ci/Dockerfile",
)
SCHEMAS = {
    ACTION: ("vendor.github-actions",),
    WORKFLOW: ("vendor.github-workflows",),
    GITLAB: ("vendor.gitlab-ci", "--data-transform", "gitlab-ci"),
}


def loaded(path: Path) -> Any:
    yaml = pytest.importorskip("ruamel.yaml", reason="make setup-dev installs check-jsonschema, which brings it")
    return yaml.YAML(typ="safe").load(path)


@pytest.fixture
def boards(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    with own_boards(monkeypatch) as folder:
        yield folder


@pytest.mark.parametrize("path", SCHEMAS, ids=lambda path: path.name)
def test_each_service_takes_its_file(path: Path, tmp_path: Path) -> None:
    pytest.importorskip("check_jsonschema", reason="make setup-dev installs it")
    check = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", *SCHEMAS[path]]
    done = subprocess.run([*check, path], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    broken = tmp_path / path.name
    broken.write_text(path.read_text().replace("steps:", "stops:").replace("script:", "script: 5\n  stops:"))
    assert subprocess.run([*check, broken], capture_output=True, check=False).returncode == 1, "the check can fail"


def test_hadolint_finds_nothing_in_the_dockerfile() -> None:
    hadolint = shutil.which("hadolint", path=os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"])))
    if hadolint is None:
        pytest.skip("no hadolint: make setup-dev installs it")
    done = subprocess.run([hadolint, DOCKERFILE], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    bad = subprocess.run(
        [hadolint, "-"], input="FROM debian\nRUN cd /x && apt-get install gcc\n", capture_output=True, text=True, check=False
    )
    assert bad.returncode == 1, "the check can fail"


def test_the_dockerfile_takes_versions_from_the_lock_file(tmp_path: Path) -> None:
    """Its own sed, on the lock file: every line that is left is a version."""
    [sed] = re.findall(r"sed -E '([^']+)' /tmp/dist/dev\.lock", DOCKERFILE.read_text())
    done = subprocess.run(["sed", "-E", sed, ROOT / "requirements/dev.lock"], capture_output=True, text=True, check=True)
    lines = [line.partition("#")[0].strip() for line in done.stdout.splitlines()]
    kept = [line for line in lines if line]
    assert len(kept) > 60
    assert all(re.fullmatch(r"[A-Za-z0-9._-]+(\[[^\]]+\])?==[^ ;]+( ; .+)?", line) for line in kept)


def test_only_options_that_exist_are_used() -> None:
    root: Any = typer.main.get_command(app)
    known = {name: {opt for one in root.commands[name].params for opt in one.opts} for name in ("bench", "compare")}
    for path in (ACTION, GITLAB, DOCKERFILE):
        text = path.read_text()
        shell = "\n".join(line for line in text.splitlines() if "apt-get" not in line and "pip " not in line and "useradd" not in line)
        used = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", shell)) - {"--rm", "--help", "--no-install-recommends", "--hash"}
        assert used <= known["bench"] | known["compare"], path
        assert set(re.findall(r"\bmcu ([a-z]+)", shell.replace("mcu is", ""))) <= {"bench", "compare", "doctor", "boards"} | {"lists"}, path


def test_what_users_write_is_never_a_command() -> None:
    """Inputs reach the shell through its environment, not by being pasted into it."""
    action = loaded(ACTION)
    for step in action["runs"]["steps"]:
        assert "${{" not in step["run"]
        for value in step.get("env", {}).values():
            assert re.fullmatch(r"\$\{\{ inputs\.([a-z-]+) \}\}", value)[1] in action["inputs"]  # type: ignore[index]


class Runner:
    """The steps of the action, each as GitHub runs it: bash -e -o pipefail, in one folder."""

    def __init__(self, folder: Path, inputs: Mapping[str, str]) -> None:
        self.folder = folder
        self.action = loaded(ACTION)
        self.inputs = {name: inputs.get(name, one.get("default", "")) for name, one in self.action["inputs"].items()}
        self.summary, self.output = folder / "summary.md", folder / "output"
        self.summary.touch()
        self.output.touch()

    def run(self) -> int:
        """The exit code of the first step that fails, else 0."""
        for step in self.action["runs"]["steps"]:
            own = {name: self.inputs[value[len("${{ inputs.") : -len(" }}")]] for name, value in step.get("env", {}).items()}
            script = self.folder / "step.sh"
            script.write_text(step["run"])
            done = subprocess.run(
                ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", script],
                cwd=self.folder,
                env=environment(self.folder) | own | {"GITHUB_OUTPUT": str(self.output), "GITHUB_STEP_SUMMARY": str(self.summary)},
                capture_output=True,
                text=True,
                check=False,
            )
            script.unlink()
            print(done.stdout, done.stderr)
            if done.returncode:
                return done.returncode
        return 0

    @property
    def verdict(self) -> str:
        return self.output.read_text().split("verdict=")[-1].strip()


def environment(folder: Path) -> dict[str, str]:
    """This one's, with the `mcu` under test first in PATH."""
    programs = folder.parent / "programs"
    programs.mkdir(exist_ok=True)
    (programs / "mcu").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m mcu_toolkit "$@"\n')
    (programs / "mcu").chmod(0o755)
    return {**os.environ, "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}"}


@pytest.fixture
def clean(tmp_path: Path, boards: Path) -> Path:
    """A clean folder with a model whose name a shell would not like."""
    folder = tmp_path / "clean"
    folder.mkdir()
    (folder / "my model; $(touch pwned).tflite").write_bytes(small_models.fully_connected(softmax=True))
    return folder


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("bash") is None, reason="no bash")
def test_the_action_measures_compares_and_judges(clean: Path) -> None:
    model = {"model": "my model; $(touch pwned).tflite", "install": ""}
    first = Runner(clean, model)
    assert first.run() == 0
    assert first.verdict == "pass"
    result = json.loads((clean / "build/mcu-results/result.json").read_text())
    (clean / "baseline.json").write_text(json.dumps(result))

    again = Runner(clean, {**model, "baseline": "baseline.json", "results": "again"})
    assert again.run() == 0
    assert again.summary.read_text().startswith("### mcu compare: pass - nothing changed")

    (clean / "baseline.json").write_text(json.dumps({**result, "flash_bytes": 100}))
    worse = Runner(clean, {**model, "baseline": "baseline.json", "fail-on": "flash>+1%,parity", "results": "worse"})
    assert worse.run() == 1
    assert worse.verdict == "fail"
    assert "flash grew by" in worse.summary.read_text()
    assert "<failure" in (clean / "worse/compare.xml").read_text()

    absent = Runner(clean, {"model": "absent.tflite", "install": "", "results": "absent"})
    assert absent.run() == 2
    assert absent.verdict == "error"
    assert json.loads((clean / "absent/result.json").read_text())["verdict"] == "error"
    assert not list(clean.rglob("pwned"))


@pytest.mark.slow
def test_the_job_of_gitlab_runs_as_it_stands(clean: Path) -> None:
    job = loaded(GITLAB)[".mcu-model"]
    lines = "\n".join([*job["before_script"], *job["script"]])

    def run(**variables: str) -> subprocess.CompletedProcess[str]:
        values = {**job["variables"], "MCU_MODEL": "my model; $(touch pwned).tflite", "MCU_INSTALL": "", **variables}
        return subprocess.run(
            ["sh", "-e", "-c", lines], cwd=clean, env=environment(clean) | values, capture_output=True, text=True, check=False
        )

    done = run()
    assert done.returncode == 0, done.stdout + done.stderr
    result = json.loads((clean / "build/mcu-results/result.json").read_text())
    (clean / "baseline.json").write_text(json.dumps({**result, "ram_bytes": 10}))
    done = run(MCU_BASELINE="baseline.json", MCU_FAIL_ON="ram>+1%")
    assert done.returncode == 1, done.stdout + done.stderr
    assert "<failure" in (clean / "build/mcu-results/compare.xml").read_text()
    assert not list(clean.rglob("pwned"))
