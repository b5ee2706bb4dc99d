"""What every runtime looks like: it judges a model and contributes files to a firmware project."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from mcu_toolkit.artifacts import Incompatibility
from mcu_toolkit.boards import Board
from mcu_toolkit.model import Model


@dataclass(frozen=True)
class Rendered:
    """A template (path below `firmware_templates/`) to be rendered with `context` to `target` (path in the project)."""

    template: str
    target: str
    context: Mapping[str, Any]


@dataclass(frozen=True)
class Copied:
    """A shipped file (path below `firmware_templates/`) to be copied verbatim to `target` (path in the project)."""

    source: str
    target: str


@dataclass(frozen=True)
class Contribution:
    """What a runtime adds to a firmware project; `firmware` renders and writes it (runtimes never touch the disk)."""

    rendered: tuple[Rendered, ...] = ()
    copied: tuple[Copied, ...] = ()
    arena_bytes: int = 0
    platformio_options: Mapping[str, str | Sequence[str]] = field(default_factory=dict)
    """Extra options of the `[env]` section: `lib_deps`, `build_src_flags` ..."""
    facts: Mapping[str, Any] = field(default_factory=dict)
    """For reports, JSON-ready: the arena plan, fusions, chosen kernels."""


class Runtime(Protocol):
    """One way of executing a model in firmware.  All runtimes implement `inference.h` and pass one conformance suite."""

    @property
    def name(self) -> str:
        """As in `--runtime`."""
        ...

    @property
    def summary(self) -> str:
        """One line for `mcu runtimes`."""
        ...

    def check(self, model: Model, board: Board) -> Sequence[Incompatibility]:
        """Every reason why `model` cannot run on `board` with this runtime; empty if it can."""
        ...

    def contribute(self, models: Sequence[Model], board: Board) -> Contribution:
        """The runtime's files for a firmware with `models`; raises UnsupportedModelError where `check` finds something."""
        ...
