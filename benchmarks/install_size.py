"""What installing takes: megabytes over the line and on disk, and seconds, of mcu-toolkit-core and of mcu-toolkit.

    python -m benchmarks.install_size                 both, in the locked versions; prints the table of docs/how-to/install.md
    python -m benchmarks.install_size --core          only the small one

Needs a package index.  Megabytes are 10^6 bytes.  On disk counts what pip put into a new virtual environment, its compiled Python
files included and pip itself left out; over the line counts the files that pip fetched for that, pip (which PlatformIO asks for, and
which every virtual environment has) left out.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
MB = 1_000_000
_NOT_COUNTED = ("pip", "setuptools", "wheel")
_ENTRY = re.compile(r"^([\w.-]+==[^\s\\]+)( ; [^\\]*)?", re.MULTILINE)


@dataclass(frozen=True)
class Installation:
    """One distribution's."""

    name: str
    packages: int
    fetched_bytes: int
    disk_bytes: int
    install_s: float

    def row(self) -> str:
        """A row of the table in Markdown."""
        figures = f"{self.fetched_bytes / MB:,.1f} | {self.disk_bytes / MB:,.1f} | {self.install_s:,.0f}"
        return f"| `pip install {self.name}` | {self.packages} | {figures} |"


def bytes_of_packages(environment: Path) -> int:
    """The size of everything below site-packages of a virtual environment, without pip and what else builds."""
    [site_packages] = (environment / "lib").glob("python*/site-packages")
    left_out = (*_NOT_COUNTED, "pkg_resources", "_distutils_hack", "distutils-precedence.pth")
    kept = [entry for entry in site_packages.iterdir() if entry.name.split("-")[0] not in left_out and entry.name not in left_out]
    files = [path for entry in kept for path in ([entry] if entry.is_file() else entry.rglob("*"))]
    return sum(path.stat().st_size for path in files if path.is_file() and not path.is_symlink())


def locked_versions(lock: Path) -> str:
    """What a lock file says, without hashes: constraints for pip."""
    return "\n".join(match[1] + (match[2] or "").rstrip() for match in _ENTRY.finditer(lock.read_text(encoding="utf-8"))) + "\n"


def measure(name: str, wheels: Sequence[Path], versions: Path, folder: Path) -> Installation:
    """Fetch what `wheels` depend on, in `versions`, and install all of it, in the new folder `folder`."""
    environment, fetched = folder / "env", folder / "fetched"
    subprocess.run([sys.executable, "-m", "venv", environment], check=True)
    pip: list[str | Path] = [environment / "bin/python", "-m", "pip", "--disable-pip-version-check", "--no-cache-dir", "-q"]
    what: list[str | Path] = ["-c", versions, "-f", fetched, *wheels]
    subprocess.run([*pip, "download", "-d", fetched, *what], check=True)
    files = [path for path in fetched.iterdir() if path.name.split("-")[0].lower() not in _NOT_COUNTED]
    begun_s = time.monotonic()
    subprocess.run([*pip, "install", *what], check=True)
    install_s = time.monotonic() - begun_s
    fetched_bytes = sum(path.stat().st_size for path in files)
    return Installation(name, len(files), fetched_bytes, bytes_of_packages(environment), install_s)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--core", action="store_true", help="only mcu-toolkit-core")
    core_only = parser.parse_args().core
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        for project in (".", "packaging/core"):
            build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder / "dist"]
            subprocess.run(build, cwd=ROOT / project, check=True, capture_output=True)
        [core], [complete] = folder.glob("dist/mcu_toolkit_core-*.whl"), folder.glob("dist/mcu_toolkit-*.whl")
        versions = folder / "versions.txt"
        versions.write_text(locked_versions(ROOT / "requirements/dev.lock"), encoding="utf-8")
        print("| command | packages | MB over the line | MB on disk | s |\n|---|---|---|---|---|")
        print(measure("mcu-toolkit-core", [core], versions, folder / "core").row(), flush=True)
        if not core_only:
            print(measure("mcu-toolkit", [complete, core], versions, folder / "complete").row())


if __name__ == "__main__":
    main()
