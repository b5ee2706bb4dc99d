"""Reports: one record, several views."""

from mcu_toolkit.report.json_view import to_json
from mcu_toolkit.report.limits import Limits
from mcu_toolkit.report.record import (
    RECORDED,
    SCHEMA_VERSION,
    Cross,
    Durations,
    FunctionReport,
    LayerReport,
    NotRun,
    Report,
    Verdict,
    Watermarks,
)
from mcu_toolkit.report.text_view import to_text

__all__ = [
    "RECORDED",
    "SCHEMA_VERSION",
    "Cross",
    "Durations",
    "FunctionReport",
    "LayerReport",
    "Limits",
    "NotRun",
    "Report",
    "Verdict",
    "Watermarks",
    "to_json",
    "to_text",
]
