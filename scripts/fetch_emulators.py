"""Fetches the emulators that are packages of npm, by name, version and hash, into the toolkit's cache; they are no part of the repository.

    python scripts/fetch_emulators.py

Exit codes: 0 all are there; 3 they are not (npm is missing, or the registry was not reached): their boards cannot be emulated.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from mcu_toolkit.boards.emulator_table import EMULATOR_KINDS
from mcu_toolkit.build.node_packages import installed, require_node_package
from mcu_toolkit.errors import McuError


def main() -> int:
    """Fetch what is missing."""
    packages = [kind.package for kind in EMULATOR_KINDS.values() if kind.package is not None]
    for package in packages:
        if installed(package) is not None:
            continue
        try:
            require_node_package(package)
        except McuError as error:
            print(f"emulators: {error}", file=sys.stderr)
            return 3
        print(f"emulators: {package.name} {package.version}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
