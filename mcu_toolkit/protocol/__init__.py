"""The serial protocol of docs/protocol.md: framing, messages, the C header.  Pure: no IO, no clocks."""

from typing import TYPE_CHECKING

from mcu_toolkit.lazy_names import lazy_names

if TYPE_CHECKING:
    from mcu_toolkit.protocol.describe import describe_frame
    from mcu_toolkit.protocol.framing import Frame, FrameDecoder, Noise, Text, encode_frame, max_frame_bytes
    from mcu_toolkit.protocol.header import render_ids_header
    from mcu_toolkit.protocol.ids import PROTOCOL_VERSION
    from mcu_toolkit.protocol.layout import Message

__all__ = [
    "PROTOCOL_VERSION",
    "Frame",
    "FrameDecoder",
    "Message",
    "Noise",
    "Text",
    "describe_frame",
    "encode_frame",
    "max_frame_bytes",
    "render_ids_header",
]

__getattr__ = lazy_names(__name__)
