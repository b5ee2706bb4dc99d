"""What a report is in a prompt, in a notebook and in `assert`, and where its run left files: beside its JSON, which has none of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from mcu_toolkit.report.record import Report

_SHOWN_REASONS = 3


@dataclass(frozen=True, repr=False)
class ShownReport:
    """Of a `Report`, which is one."""

    folder: Path | None = field(default=None, kw_only=True)
    """Where the run left project, code and report.json."""
    page: Path | None = field(default=None, kw_only=True)
    """The report as an HTML page, where one was written."""

    @property
    def passed(self) -> bool:
        """True where the verdict is yes."""
        return self._report.verdict == "pass"

    def __repr__(self) -> str:
        """In short: all fields are more than a failed assertion or a prompt can show."""
        report = self._report
        why = "".join(f"; {reason}" for reason in report.reasons[:_SHOWN_REASONS])
        return f"<Report {report.verdict}: {report.model_name} on {report.board or 'this machine'}{why}>"

    def _repr_html_(self) -> str:
        """As notebooks show it."""
        from mcu_toolkit.report.notebook_view import report_html  # noqa: PLC0415 - commands print lines

        return report_html(self._report)

    @property
    def _report(self) -> Report:
        return cast("Report", self)
