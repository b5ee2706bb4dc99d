"""Reports: one record, several views."""

from mcu_toolkit.report.json_view import to_json
from mcu_toolkit.report.record import SCHEMA_VERSION, FunctionReport, LayerReport, Report, Verdict
from mcu_toolkit.report.text_view import to_text

__all__ = ["SCHEMA_VERSION", "FunctionReport", "LayerReport", "Report", "Verdict", "to_json", "to_text"]
