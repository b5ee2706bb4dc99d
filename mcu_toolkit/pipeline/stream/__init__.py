"""`mcu stream`: a model over a continuous sound, frame by frame, and what is decided on the way."""

from mcu_toolkit.pipeline.stream.records import RuleChoices, StreamRequest, StreamResult
from mcu_toolkit.pipeline.stream.run import stream

__all__ = ["RuleChoices", "StreamRequest", "StreamResult", "stream"]
