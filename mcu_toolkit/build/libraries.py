"""Can the libraries that a project names be had?  Asked before PlatformIO runs, which would wait a minute to say no."""

from __future__ import annotations

import configparser
import queue
import re
import socket
import threading
from pathlib import Path
from urllib.parse import urlsplit

from mcu_toolkit.artifacts import FirmwareProject
from mcu_toolkit.build.core_dir import REGISTRY_TIMEOUT_S, core_dir, registry_answers
from mcu_toolkit.errors import ToolError
from mcu_toolkit.system import network
from mcu_toolkit.system.parsing import json_value

_LOCAL_PREFIXES = ("symlink://", "file://", "/", "./", "../")
_URL = re.compile(r"^(?:git\+|hg\+|svn\+)?(?:https?|ssh|git)://")
_PORTS = {"http": 80, "https": 443, "ssh": 22, "git": 9418}
_NO_LIBRARY = "give a folder on this machine with --tflm-library; mcu inspect says whether aot, which needs none, takes the model too"


def require_libraries(project: FirmwareProject) -> None:
    """Raise ToolError where a library of `project` is neither on this machine nor, within two seconds, within reach."""
    for specification in library_specifications(project.folder):
        if specification.startswith(_LOCAL_PREFIXES) or _is_installed(specification, project):
            continue
        tried = _where_from(specification)
        if not _answers(specification):
            why = network.why_not(tried) if network.is_offline() else f"{tried} did not answer within {REGISTRY_TIMEOUT_S:g} s"
            raise ToolError(
                f"library '{specification}' is not on this machine, and {why}",
                on=project.folder,
                expected="a connection to it for the first build, or a folder with the library",
                hint=_NO_LIBRARY,
            )


def library_specifications(folder: Path) -> tuple[str, ...]:
    """What `lib_deps` of the project's platformio.ini lists, without the names given to them."""
    ini = configparser.ConfigParser(interpolation=None, inline_comment_prefixes=(" ;",), strict=False)
    ini.read(folder / "platformio.ini", encoding="utf-8")
    lines = [line.strip() for section in ini.sections() for line in ini.get(section, "lib_deps", fallback="").splitlines()]
    # PlatformIO reads %% as %.
    return tuple(re.sub(r"^[\w-]+\s*=\s*(?=\w+://)", "", line).replace("%%", "%") for line in lines if line)


def _is_installed(specification: str, project: FirmwareProject) -> bool:
    """True if PlatformIO has fetched it for this project, or for all, before."""
    name = _library_name(specification).lower()
    for folder in (project.folder / ".pio" / "libdeps" / project.board_id, core_dir() / "lib"):
        for record in folder.glob("*/.piopm"):
            try:
                found = str(json_value(record.read_text(encoding="utf-8"))["name"])
            except (OSError, ValueError, KeyError, TypeError):
                continue
            if found.lower() == name:
                return True
    return False


def _library_name(specification: str) -> str:
    if _URL.match(specification):
        return urlsplit(specification).path.rsplit("/", maxsplit=1)[-1].removesuffix(".git")
    return specification.split("@", maxsplit=1)[0].rsplit("/", maxsplit=1)[-1].strip()


def _where_from(specification: str) -> str:
    return str(urlsplit(specification).hostname) if _URL.match(specification) else "PlatformIO's registry"


def _answers(specification: str) -> bool:
    if network.is_offline():
        return False
    network.about_to_use(f"PlatformIO fetches the library {specification}")
    if not _URL.match(specification):
        return registry_answers()
    parts = urlsplit(specification)
    port = parts.port or _PORTS.get(parts.scheme.rsplit("+", maxsplit=1)[-1], 443)
    answers: queue.SimpleQueue[bool] = queue.SimpleQueue()
    # In a thread, because looking up a name cannot be given a time limit.
    threading.Thread(target=_connect, args=(str(parts.hostname), port, answers), daemon=True).start()
    try:
        return answers.get(timeout=REGISTRY_TIMEOUT_S)
    except queue.Empty:
        return False


def _connect(host: str, port: int, answers: queue.SimpleQueue[bool]) -> None:
    try:
        with socket.create_connection((host, port), timeout=REGISTRY_TIMEOUT_S):
            answers.put(True)
    except OSError:
        answers.put(False)
