"""scripts/setup.sh on a machine where something is missing: the exact command, exit code 3, nothing touched."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TOOLS = ("sh", "dirname", "sha256sum", "cut", "cat", "apt-get", "env", "gcc", "as", "ld")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout as setup.sh sees it."""
    folder = tmp_path / "checkout"
    (folder / "scripts").mkdir(parents=True)
    shutil.copy(ROOT / "scripts/setup.sh", folder / "scripts/setup.sh")
    return folder


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    """A PATH with a shell, gcc and Python but no Arm compiler, no QEMU and no sudo."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for tool in TOOLS:
        found = shutil.which(tool)
        if found is not None:
            (folder / tool).symlink_to(found)
    (folder / "python3").write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    # A fake `id`: setup.sh must believe that it is not root, also where the tests are run by root.
    (folder / "id").write_text("#!/bin/sh\necho 1000\n")
    for script in ("python3", "id"):
        (folder / script).chmod(0o755)
    return folder


def run_setup(checkout: Path, programs: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = ["sh", str(checkout / "scripts/setup.sh"), *options]
    return subprocess.run(
        command, env={"PATH": str(programs), "HOME": str(checkout)}, capture_output=True, text=True, check=False, timeout=60
    )


def test_missing_packages_without_root_print_the_exact_command_and_exit_3(checkout: Path, programs: Path) -> None:
    result = run_setup(checkout, programs)
    assert result.returncode == 3
    packages = "gcc-arm-none-eabi qemu-system-arm libnewlib-arm-none-eabi libstdc++-arm-none-eabi-newlib"
    assert f"these system packages are missing: {packages}\n" in result.stderr
    assert f"try: sudo apt-get update && sudo apt-get install -y --no-install-recommends {packages}\n" in result.stderr
    assert not (checkout / ".venv").exists()


def test_what_only_the_tests_need_is_asked_for_with_dev(checkout: Path, programs: Path) -> None:
    """CI runs on a fresh machine: a compiler or checker that is not asked for here would only be a skipped test there."""
    said, without = (run_setup(checkout, programs, *options).stderr for options in (["--dev"], []))
    for package in ("clang", "lld", "llvm", "clang-tidy", "cppcheck", "gcc-riscv64-unknown-elf", "picolibc-riscv64-unknown-elf"):
        assert f" {package} " in said.replace("\n", " "), package
        assert f" {package} " not in without.replace("\n", " "), package


def test_a_python_that_is_too_old_or_missing_is_named(checkout: Path, programs: Path) -> None:
    (programs / "python3").write_text("#!/bin/sh\nexit 1\n")
    result = run_setup(checkout, programs)
    assert result.returncode == 3
    assert "no Python from 3.10 to 3.13 found" in result.stderr


def test_a_system_without_apt_names_the_packages(checkout: Path, programs: Path) -> None:
    (programs / "apt-get").unlink(missing_ok=True)
    result = run_setup(checkout, programs)
    assert result.returncode == 3
    assert "names of Debian packages" in result.stderr
