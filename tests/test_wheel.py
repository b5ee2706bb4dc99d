"""The wheel is the whole product: templates, boards and platform travel inside it."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow
ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    subprocess.run([sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder], cwd=ROOT, check=True, capture_output=True)
    [built] = folder.glob("*.whl")
    return built


def tracked_below(folder: str) -> set[str]:
    listed = subprocess.run(["git", "ls-files", folder], cwd=ROOT, check=True, capture_output=True, text=True).stdout.split()
    return set(listed)


def test_the_wheel_carries_every_data_file_and_no_test(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    for folder in ("boards", "firmware_templates", "pio_platform"):
        tracked = tracked_below(folder)
        assert tracked
        assert {f"mcu_toolkit/_data/{name}" for name in tracked} <= names
    assert not [name for name in names if name.startswith("tests/")]
    assert any(name.endswith("licenses/LICENSE") for name in names)


def snapshot(folder: Path) -> dict[str, int]:
    return {str(path): path.stat().st_mtime_ns for path in folder.rglob("*")}


def test_deploy_passes_from_an_installed_wheel_with_read_only_site_packages(wheel: Path, digits_int8: Path, tmp_path: Path) -> None:
    """The dependencies come from this environment by PYTHONPATH, where `.pth` files (our editable install) do not count."""
    environment = tmp_path / "env"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", environment], check=True)
    install = [sys.executable, "-m", "pip", "--python", environment / "bin" / "python", "install", "--no-deps", "--no-index", wheel]
    subprocess.run(install, check=True, capture_output=True)
    [site_packages] = (environment / "lib").glob("python*/site-packages")
    for path in [site_packages, *site_packages.rglob("*")]:
        path.chmod(0o555 if path.is_dir() else 0o444)
    before = snapshot(site_packages)
    home = tmp_path / "home"
    home.mkdir()
    variables = {
        "PATH": f"{environment / 'bin'}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(home),
        "PYTHONPATH": sysconfig.get_path("purelib"),
        "PYTHONDONTWRITEBYTECODE": "1",
        "MCU_STATE_DIR": str(tmp_path / "s"),
    }
    where = subprocess.run(
        [environment / "bin" / "python", "-c", "import mcu_toolkit; print(mcu_toolkit.__file__)"],
        env=variables, cwd=tmp_path, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert where.stdout.startswith(str(site_packages))
    command = [environment / "bin" / "mcu", "deploy", digits_int8, "--board", "host", "-o", tmp_path / "out"]
    result = subprocess.run(command, env=variables, cwd=tmp_path, capture_output=True, text=True, timeout=300, check=False)
    stop = "from mcu_toolkit.device import find_emulator; find_emulator('host').stop()"
    subprocess.run([environment / "bin" / "python", "-c", stop], env=variables, check=False, capture_output=True)
    assert result.returncode == 0, result.stdout + result.stderr
    assert "verdict: pass" in result.stdout
    assert snapshot(site_packages) == before
