"""Fetches the JavaScript libraries of report pages, by name, version and hash, with npm as it is set up on this machine.

    python scripts/fetch_page_libraries.py          into mcu_toolkit/report/page/fetched/, which is no part of the repository

Exit codes: 0 all are there; 3 they are not (npm is missing, or the registry was not reached): pages then have static pictures.
"""

from __future__ import annotations

import hashlib
import io
import os
import shutil
import sys
import tarfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from mcu_toolkit.boards.emulator_table import NodePackage
from mcu_toolkit.build.node_packages import fetched_archive
from mcu_toolkit.errors import McuError
from mcu_toolkit.report.page.libraries import FETCHED, Library, fetched, packed, wanted

_MISSING = "report pages will have tables and static pictures instead of charts"


def main() -> int:
    """Fetch what is missing."""
    if fetched() is not None:
        return 0
    if shutil.which("npm") is None:
        print(f"page libraries: npm is not installed, so {_MISSING}. try: apt-get install npm, then this again", file=sys.stderr)
        return 3
    if os.environ.get("MCU_OFFLINE"):
        print(f"page libraries: MCU_OFFLINE is set, so {_MISSING}", file=sys.stderr)
        return 3
    try:
        for library in wanted():
            package = NodePackage(library.name, library.version, library.integrity, library.licence)
            _keep(library, fetched_archive(package))
    except (McuError, OSError, ValueError) as error:
        print(f"page libraries: {error}; {_MISSING}", file=sys.stderr)
        return 3
    print(f"page libraries: {', '.join(f'{one.name} {one.version}' for one in wanted())}")
    return 0


def _keep(library: Library, package: bytes) -> None:
    FETCHED.mkdir(exist_ok=True)
    with tarfile.open(fileobj=io.BytesIO(package)) as archive:
        for name, target in (
            (library.file, library.kept),
            *((notice, f"{library.stem}.{Path(notice).name}.txt") for notice in library.notices),
        ):
            try:
                member = archive.extractfile(f"package/{name}")
            except KeyError:
                member = None
            if member is None:
                raise ValueError(f"{library.name} {library.version} has no file {name}")
            content = member.read()
            if name == library.file and hashlib.sha256(content).hexdigest() != library.sha256:
                raise ValueError(f"{name} of {library.name} {library.version} is not what it was")
            (FETCHED / target).write_bytes(packed(content) if target == library.kept else content)


if __name__ == "__main__":
    sys.exit(main())
