"""Packages of npm's registry: fetched by name, version and hash, with npm as it is set up on this machine, never part of the repository.

Those that an emulator consists of are kept in the toolkit's cache, where pio_platform/mcu_toolkit/emulator/kinds.py looks for them.
"""

from __future__ import annotations

import base64
import hashlib
import io
import tarfile
from pathlib import Path, PurePosixPath

from mcu_toolkit.boards.emulator_table import NodePackage
from mcu_toolkit.errors import ToolError
from mcu_toolkit.system import network
from mcu_toolkit.system.files import read_bytes, temporary_folder, write_bytes
from mcu_toolkit.system.process import find_tool, run
from mcu_toolkit.system.user_folders import cache_dir, private_cache

_NPM_TIMEOUT_S = 300.0
_TOP = "package"
"""The folder that npm's archives have everything in."""
_COMPLETE = "package.json"
"""Written last: it shows that all of the package is there."""
_ARCHIVE_BYTES_MAX = 64 << 20


def installed(package: NodePackage) -> Path | None:
    """The folder of `package`, or None where it was not fetched yet."""
    folder = cache_dir() / package.folder / _TOP
    return folder if (folder / _COMPLETE).is_file() else None


def require_node_package(package: NodePackage) -> Path:
    """The folder of `package`, fetched now if it is not there.

    Raises ToolError where npm is missing, the network is not to be used or does not answer, or the archive is another one than the
    hash says: nothing is kept of it then.
    """
    found = installed(package)
    if found is not None:
        return found
    keep(package, fetched_archive(package))
    return cache_dir() / package.folder / _TOP


def keep(package: NodePackage, archive: bytes) -> None:
    """Unpack the archive of `package` into the cache; raises ToolError if it is not what its hash says."""
    _require_hash(package, archive)
    files = _files(package, archive)
    folder = private_cache(package.folder)
    for name in sorted(files, key=lambda name: name == _COMPLETE):
        write_bytes(folder / _TOP / name, files[name])


def fetched_archive(package: NodePackage) -> bytes:
    """The archive, fetched now; raises what `require_node_package` does."""
    archive = _fetch(package)
    _require_hash(package, archive)
    return archive


def _require_hash(package: NodePackage, archive: bytes) -> None:
    digest = "sha512-" + base64.b64encode(hashlib.sha512(archive).digest()).decode()
    if digest != package.integrity:
        raise _refused(package, f"is not what it was: its hash is {digest}", f"{package.integrity}")


def _files(package: NodePackage, archive: bytes) -> dict[str, bytes]:
    """Content by path below the package's folder: of plain files alone, and of none that would lie elsewhere."""
    files = {}
    try:
        with tarfile.open(fileobj=io.BytesIO(archive)) as members:
            for member in members:
                path = PurePosixPath(member.name)
                if not member.isfile() or path.parts[:1] != (_TOP,) or ".." in path.parts or member.size > _ARCHIVE_BYTES_MAX:
                    continue
                stream = members.extractfile(member)
                files["/".join(path.parts[1:])] = b"" if stream is None else stream.read()
    except (tarfile.TarError, OSError, EOFError) as error:
        raise _refused(package, f"cannot be unpacked: {error}", "npm's archive of it") from None
    if _COMPLETE not in files:
        raise _refused(package, f"has no {_COMPLETE}", "npm's archive of it")
    return files


def _fetch(package: NodePackage) -> bytes:
    """The archive as npm packs it from its registry."""
    wanted = f"{package.name}@{package.version}"
    npm = find_tool("npm")
    if npm is None:
        raise ToolError(
            f"{wanted} is not there yet, and npm, which fetches it, is not on PATH", on=package.name, hint="sudo apt-get install npm"
        )
    if network.is_offline():
        raise ToolError(
            f"{wanted} is not there yet, and the network is not to be used", on=package.name, hint="once without --offline: it is kept"
        )
    network.about_to_use(f"npm fetches {wanted}, {package.licence}")
    with temporary_folder() as folder:
        done = run([npm, "pack", "--silent", "--ignore-scripts", wanted], cwd=folder, timeout_s=_NPM_TIMEOUT_S)
        archives = sorted(folder.glob("*.tgz"))
        if done.exit_code != 0 or not archives:
            raise ToolError(f"npm could not fetch {wanted}:\n{done.tail(5)}", on=package.name, hint=f"try it by hand: npm pack {wanted}")
        return read_bytes(archives[0], kind="package")


def _refused(package: NodePackage, what: str, expected: str) -> ToolError:
    return ToolError(f"{package.name} {package.version} {what}", on=package.name, expected=expected, hint="nothing of it was kept")
