"""`mcu record`: data of a board's sensor, in the folders that training reads."""

from mcu_toolkit.pipeline.record.records import RecordRequest, RecordResult
from mcu_toolkit.pipeline.record.run import record

__all__ = ["RecordRequest", "RecordResult", "record"]
