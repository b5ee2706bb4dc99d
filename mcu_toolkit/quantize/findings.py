"""What is wrong with a representative set, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """One finding; `code` is for programs: few-samples, missing-classes, range, channel-order, constant-channel, sorted, coverage."""

    code: str
    what: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.what}; {self.remedy}"
