"""Reports: one record, several views."""

from mcu_toolkit.report.cycles import Cycles
from mcu_toolkit.report.json_view import to_json
from mcu_toolkit.report.limits import Limits
from mcu_toolkit.report.parts import Cross, Durations, FunctionReport, LayerReport, NotRun, PortReport, Watermarks
from mcu_toolkit.report.read import read_report
from mcu_toolkit.report.record import NOT_COMPARED_WITH_TFLM, RECORDED, SCHEMA_VERSION, Report, Verdict
from mcu_toolkit.report.text_view import to_text

__all__ = [
    "NOT_COMPARED_WITH_TFLM",
    "RECORDED",
    "SCHEMA_VERSION",
    "Cross",
    "Cycles",
    "Durations",
    "FunctionReport",
    "LayerReport",
    "Limits",
    "NotRun",
    "PortReport",
    "Report",
    "Verdict",
    "Watermarks",
    "read_report",
    "to_json",
    "to_text",
]
