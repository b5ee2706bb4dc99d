"""Reports: one record, several views."""

from typing import TYPE_CHECKING

from mcu_toolkit.lazy_names import lazy_names

if TYPE_CHECKING:
    from mcu_toolkit.report.cycles import Cycles
    from mcu_toolkit.report.json_view import to_document, to_json
    from mcu_toolkit.report.limits import Limits
    from mcu_toolkit.report.parts import Cross, Durations, FrontendReport, FunctionReport, LayerReport, NotRun, PortReport, Watermarks
    from mcu_toolkit.report.read import read_reports
    from mcu_toolkit.report.record import RECORDED, Report, Verdict
    from mcu_toolkit.report.scores_text import score_lines
    from mcu_toolkit.report.summary_view import to_summary
    from mcu_toolkit.report.text_view import to_text

SCHEMA_VERSION = 2
"""Raised when a field changes its meaning or goes away; fields that are added do not count.  Version 1 is still read (read.py)."""

__all__ = [
    "RECORDED",
    "SCHEMA_VERSION",
    "Cross",
    "Cycles",
    "Durations",
    "FrontendReport",
    "FunctionReport",
    "LayerReport",
    "Limits",
    "NotRun",
    "PortReport",
    "Report",
    "Verdict",
    "Watermarks",
    "read_reports",
    "score_lines",
    "to_document",
    "to_json",
    "to_summary",
    "to_text",
]

__getattr__ = lazy_names(__name__)
