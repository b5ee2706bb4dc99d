"""Values that the shell completes: boards, runtimes, schemes, tasks, ports.  A key pressed is no place for an error, or for a wait."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable

Completion = Callable[[str], list[str]]


def boards(incomplete: str) -> list[str]:
    """Ids of boards; files of custom boards are completed by the shell itself where no id fits."""
    from mcu_toolkit.boards.load import board_ids

    return _beginning(board_ids, incomplete)


def runtimes(incomplete: str) -> list[str]:
    """Names of runtimes."""
    from mcu_toolkit.runtimes import runtime_names

    return _beginning(runtime_names, incomplete)


def schemes(incomplete: str) -> list[str]:
    """Schemes of quantization."""

    def names() -> Iterable[str]:
        from mcu_toolkit.quantize import all_schemes

        return [scheme.name for scheme in all_schemes()]

    return _beginning(names, incomplete)


def tasks(incomplete: str) -> list[str]:
    """Built-in tasks of training."""

    def names() -> Iterable[str]:
        from mcu_toolkit.train import all_tasks

        return [task.name for task in all_tasks()]

    return _beginning(names, incomplete)


def trainings(incomplete: str) -> list[str]:
    """What `mcu train` takes by a word: these, and a folder of the user's own data."""
    return sorted([*tasks(incomplete), *any_of("images", "keyword", "motion", "anomaly")(incomplete)])


def cores(incomplete: str) -> list[str]:
    """Cores, as files of boards name them."""

    def names() -> Iterable[str]:
        from mcu_toolkit.boards.core_table import device_cores

        return device_cores()

    return _beginning(names, incomplete)


def families(incomplete: str) -> list[str]:
    """Parts of boards, the last one of a list: any beginning of theirs names a family."""

    def names() -> Iterable[str]:
        from mcu_toolkit.boards import all_boards

        return sorted({board.mcu.lower() for board in all_boards() if not board.core_facts.is_host})

    before, comma, last = incomplete.rpartition(",")
    return [before + comma + name for name in _beginning(names, last.lower())]


def ports(incomplete: str) -> list[str]:
    """Serial ports of this machine."""

    def names() -> Iterable[str]:
        from mcu_toolkit.device import serial_ports

        return [port.path for port in serial_ports()]

    return _beginning(names, incomplete)


def upload_tools(incomplete: str) -> list[str]:
    """Programs that upload instead of PlatformIO."""

    def names() -> Iterable[str]:
        from mcu_toolkit.boards.upload_tools import UPLOAD_TOOLS

        return UPLOAD_TOOLS

    return _beginning(names, incomplete)


def any_of(*words: str) -> Completion:
    """One of a few words that are known beforehand, and of no others."""
    complete = some_of(*words)
    _CLOSED.append(complete)
    return complete


def some_of(*words: str) -> Completion:
    """One of a few words that are known beforehand, or several with commas between them."""

    def complete(incomplete: str) -> list[str]:
        return _beginning(lambda: words, incomplete)

    return complete


_CLOSED: list[Completion] = [runtimes, schemes]
"""Those that offer every word there is."""


def only_words(completion: Completion | None) -> tuple[str, ...]:
    """The words that a value has to be one of; empty where others are allowed, too, or none are known."""
    return tuple(completion("")) if completion in _CLOSED and completion is not None else ()


def _beginning(names: Callable[[], Iterable[str]], incomplete: str) -> list[str]:
    """Those of `names` that begin as what is typed; none where they cannot be found out."""
    with contextlib.suppress(Exception):
        return [name for name in names() if name.startswith(incomplete)]
    return []
