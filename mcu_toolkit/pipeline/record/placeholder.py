"""The model in firmware that only records.

The protocol's firmware has at least one model, and somebody who records has none yet.  This is the smallest: RELU of one int8.  It is
kept as text, because nothing of mcu-toolkit-core writes .tflite files; a test builds it again and compares every byte.
"""

from __future__ import annotations

import base64
from typing import Final

from mcu_toolkit.model import Model, parse_model

NAME: Final = "recorder"
_CONTENT: Final = (
    "CAAAAFRGTDPG////FAAAACAAAAAkAAAAaAEAAAMAAAABAAAACAAAAAQABAAEAAAAAAAAAAAAAAABAAAAFAAAAAAADgAYABQAEAAMAAgABAAOAAAAFAAAABwA"
    "AABIAAAATAAAAFAAAAAEAAAAbWFpbgAAAAABAAAAEAAAAAAACgAMAAAACAAEAAoAAAAIAAAADAAAAAEAAAABAAAAAQAAAAAAAAABAAAAAQAAAAEAAAAAAAAA"
    "AgAAAGwAAAAEAAAAsv///wAAAAEQAAAALAAAAAAAAAksAAAAnP///wgAAAAQAAAAAQAAAAAAAAAAAAAAAQAAAAAAgD8BAAAAeQAAAAIAAAABAAAAAQAAAAAA"
    "FgAYABQAEwAAAAwACAAAAAAAAAAHABYAAAAAAAABHAAAADwAAAAAAAAJPAAAAAwADAAAAAAACAAEAAwAAAAIAAAAFAAAAAEAAAAAAAAAAAAAAAAAAAABAAAA"
    "AACAPwEAAAB4AAAAAgAAAAEAAAABAAAAAQAAABAAAAAMAAwACwAAAAAABAAMAAAAEwAAAAAAABM="
)


def recorder_model() -> Model:
    """int8 [1, 1] -> RELU -> int8 [1, 1]."""
    return parse_model(base64.b64decode(_CONTENT), NAME)
