"""A reason why a model cannot run somewhere."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Incompatibility:
    """One finding, in words a user can act on."""

    where: str
    """The layer, tensor or model: `op 3 CONV_2D 'conv1/Conv2D'`."""
    found: str
    expected: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.where}: {self.found}; expected {self.expected}; {self.remedy}"
