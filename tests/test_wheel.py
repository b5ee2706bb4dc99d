"""Two wheels: mcu-toolkit-core is the whole product, with templates, boards and platform inside; mcu-toolkit adds dependencies."""

from __future__ import annotations

import configparser
import os
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

from mcu_toolkit.version import __version__
from tests.distributions import FOLDERS, ROOT, Wheels, build, build_wheels, files_in, metadata_of, requirements_of

pytestmark = pytest.mark.slow
FETCHED = ROOT / "mcu_toolkit/report/page/fetched"
HEAVY = {
    "ai-edge-litert",
    "flatbuffers",
    "imagehash",
    "matplotlib",
    "mcu-toolkit-core",
    "scikit-learn",
    "scipy",
    "tensorflow",
    "tflite-micro",
}
"""What only training, quantizing and validating need."""


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Wheels:
    return build_wheels(tmp_path_factory.mktemp("dist"))


def tracked_below(folder: str) -> set[str]:
    listed = subprocess.run(["git", "ls-files", folder], cwd=ROOT, check=True, capture_output=True, text=True).stdout.split()
    return set(listed)


def test_the_core_carries_package_and_data_and_no_test(wheels: Wheels) -> None:
    names = files_in(wheels.core)
    for folder in ("boards", "firmware_templates", "pio_platform"):
        tracked = tracked_below(folder)
        assert tracked
        assert {f"mcu_toolkit/_data/{name}" for name in tracked} <= names
    assert tracked_below("mcu_toolkit") <= names
    assert {name.split("/")[0] for name in names} == {"mcu_toolkit", f"mcu_toolkit_core-{__version__}.dist-info"}


def test_no_two_distributions_own_a_file(wheels: Wheels) -> None:
    assert {name.split("/")[0] for name in files_in(wheels.complete)} == {f"mcu_toolkit-{__version__}.dist-info"}
    assert not files_in(wheels.complete) & files_in(wheels.core)
    assert not any(name.endswith("entry_points.txt") for name in files_in(wheels.complete)), "the program mcu is the core's"


def test_the_core_brings_the_program_and_the_plugin_of_pytest(wheels: Wheels) -> None:
    with zipfile.ZipFile(wheels.core) as archive:
        text = archive.read(f"mcu_toolkit_core-{__version__}.dist-info/entry_points.txt").decode()
    found = configparser.ConfigParser(delimiters="=")
    found.read_string(text)
    assert found["console_scripts"]["mcu"] == "mcu_toolkit.cli:main"
    assert dict(found["pytest11"]) == {"mcu_toolkit.pytest_plugin": "mcu_toolkit.pytest_plugin"}


def test_both_are_of_one_version_and_bring_their_licence(wheels: Wheels) -> None:
    for wheel in (wheels.complete, wheels.core):
        assert metadata_of(wheel)["Version"] == __version__
        assert any(name.endswith("licenses/LICENSE") for name in files_in(wheel))
    assert str(requirements_of(wheels.complete)["mcu-toolkit-core"].specifier) == f"=={__version__}"


def test_the_core_asks_for_less_and_for_the_same_versions(wheels: Wheels) -> None:
    complete, core = requirements_of(wheels.complete), requirements_of(wheels.core)
    assert set(complete) - set(core) == HEAVY
    assert {name: str(one) for name, one in core.items()} == {name: str(complete[name]) for name in core}


def test_wheels_are_the_same_bytes_wherever_and_whenever_they_are_built(wheels: Wheels, tmp_path: Path) -> None:
    tree = tmp_path / "elsewhere"
    listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    for name in filter(None, listed.splitlines()):
        if (ROOT / name).is_file():
            (tree / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, tree / name)  # neither times nor permissions
            (tree / name).chmod(0o600)
    if FETCHED.is_dir():  # libraries of pages, which are no part of the repository
        shutil.copytree(FETCHED, tree / FETCHED.relative_to(ROOT), copy_function=shutil.copyfile)
    again = build_wheels(tmp_path, tree)
    assert again.complete.read_bytes() == wheels.complete.read_bytes()
    assert again.core.read_bytes() == wheels.core.read_bytes()


@pytest.mark.parametrize("name", FOLDERS)
def test_a_source_distribution_makes_the_same_wheel(name: str, wheels: Wheels, tmp_path: Path) -> None:
    packed = build(ROOT / FOLDERS[name], tmp_path, "sdist", f"{name}-{__version__}.tar.gz")
    shutil.unpack_archive(packed, tmp_path / "unpacked", filter="data")
    wheel = build(tmp_path / "unpacked" / f"{name}-{__version__}", tmp_path, "wheel", f"{name}-*.whl")
    assert wheel.read_bytes() == (wheels.core if name.endswith("core") else wheels.complete).read_bytes()


class Environment:
    """A virtual environment without a package index."""

    def __init__(self, folder: Path) -> None:
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
        self.python = folder / "bin" / "python"
        self.mcu = folder / "bin" / "mcu"
        [self.site_packages] = (folder / "lib").glob("python*/site-packages")

    def pip(self, *words: str | Path) -> None:
        subprocess.run([sys.executable, "-m", "pip", "--python", self.python, *words], check=True, capture_output=True)

    def install(self, *wheels: Path) -> None:
        """Without what they depend on."""
        self.pip("install", "--no-deps", "--no-index", *wheels)

    def works(self) -> bool:
        """True where the program `mcu` runs, with this environment's dependencies, from the package in there."""
        code = "import mcu_toolkit; print(mcu_toolkit.__file__)"
        variables = {"PATH": os.environ["PATH"], "PYTHONPATH": sysconfig.get_path("purelib")}
        found = subprocess.run([self.python, "-c", code], env=variables, capture_output=True, text=True, check=False, cwd="/")
        done = (
            subprocess.run([self.mcu, "--version"], env=variables, capture_output=True, text=True, check=False)
            if self.mcu.exists()
            else None
        )
        ours = found.stdout.startswith(str(self.site_packages))
        assert ours == (done is not None and done.returncode == 0 and done.stdout == f"mcu {__version__}\n")
        return ours


def test_either_is_installed_after_the_other_and_removed_alone(wheels: Wheels, tmp_path: Path) -> None:
    environment = Environment(tmp_path / "env")
    assert not environment.works()
    for first, second in ((wheels.core, wheels.complete), (wheels.complete, wheels.core)):
        environment.install(first)
        environment.install(second)
        assert environment.works()
        environment.pip("uninstall", "-y", "mcu-toolkit")
        assert environment.works(), "every file is the core's"
        environment.install(wheels.complete)
        environment.install(wheels.core)
        assert environment.works()
        environment.pip("uninstall", "-y", "mcu-toolkit-core")
        assert not environment.works()
        assert not (environment.site_packages / "mcu_toolkit").exists()
        environment.pip("uninstall", "-y", "mcu-toolkit")
    assert not list(environment.site_packages.glob("mcu_toolkit*"))


def test_a_development_install_points_to_the_tree(tmp_path: Path) -> None:
    environment = Environment(tmp_path / "env")
    for name, folder in FOLDERS.items():
        environment.install(build(ROOT / folder, tmp_path, "wheel:editable", f"{name}-*.whl"))
    assert not (environment.site_packages / "mcu_toolkit").exists()
    code = "import sys, mcu_toolkit; print(mcu_toolkit.__file__)"
    found = subprocess.run([environment.python, "-c", code], capture_output=True, text=True, check=True, cwd=tmp_path)
    assert Path(found.stdout.strip()) == ROOT / "mcu_toolkit/__init__.py"
    assert environment.mcu.exists()


def snapshot(folder: Path) -> dict[str, int]:
    return {str(path): path.stat().st_mtime_ns for path in folder.rglob("*")}


def test_deploy_passes_from_installed_wheels_with_read_only_site_packages(wheels: Wheels, digits_int8: Path, tmp_path: Path) -> None:
    """The dependencies come from this environment by PYTHONPATH, where `.pth` files (our editable install) do not count."""
    environment = Environment(tmp_path / "env")
    environment.install(wheels.complete, wheels.core)
    site_packages = environment.site_packages
    for path in [site_packages, *site_packages.rglob("*")]:
        path.chmod(0o555 if path.is_dir() else 0o444)
    before = snapshot(site_packages)
    home = tmp_path / "home"
    home.mkdir()
    variables = {
        "PATH": f"{environment.mcu.parent}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(home),
        "PYTHONPATH": sysconfig.get_path("purelib"),
        "PYTHONDONTWRITEBYTECODE": "1",
        "MCU_STATE_DIR": str(tmp_path / "s"),
    }
    where = subprocess.run(
        [environment.python, "-c", "import mcu_toolkit; print(mcu_toolkit.__file__)"],
        env=variables, cwd=tmp_path, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert where.stdout.startswith(str(site_packages))
    command = [environment.mcu, "deploy", digits_int8, "--board", "host", "-o", tmp_path / "out"]
    result = subprocess.run(command, env=variables, cwd=tmp_path, capture_output=True, text=True, timeout=300, check=False)
    stop = "from mcu_toolkit.device import find_emulator; find_emulator('host').stop()"
    subprocess.run([environment.python, "-c", stop], env=variables, check=False, capture_output=True)
    assert result.returncode == 0, result.stdout + result.stderr
    assert "verdict: pass" in result.stdout
    assert snapshot(site_packages) == before
