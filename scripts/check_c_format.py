"""Checks (or with --fix applies) clang-format on every C file we wrote; templates (.j2) are left alone."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = ("firmware_templates", "tests", "benchmarks")


def main() -> int:
    """Run clang-format over the tree; the exit code is clang-format's."""
    files = sorted(str(path) for folder in FOLDERS for pattern in ("*.c", "*.h") for path in (ROOT / folder).rglob(pattern))
    program = Path(sys.executable).with_name("clang-format")
    mode = ["-i"] if "--fix" in sys.argv[1:] else ["--dry-run", "--Werror"]
    return subprocess.run([program, *mode, *files], check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
