"""JSON that others read: the one place where records become the text of a file.

JSON has no form for NaN and infinities; Python's own writer makes words of them that other programs refuse.  Here they become
null, as in reports.  Where a reader of ours wants the number back, the record says which (`records.NAN_IS_NULL`).
"""

from __future__ import annotations

import json
import math
from typing import Any

from mcu_toolkit.system.records import to_plain


def json_text(value: object, *, indent: int | None = 2, ascii_only: bool = False, sort_keys: bool = False) -> str:
    """`value`, a record or anything that `to_plain` takes, as JSON with a line end.

    With `ascii_only` every other character is escaped, halves of characters in names of files among them.
    """
    return (
        json.dumps(without_infinities(to_plain(value)), indent=indent, ensure_ascii=ascii_only, sort_keys=sort_keys, allow_nan=False) + "\n"
    )


def without_infinities(value: Any) -> Any:
    """What `to_plain` made, with null for NaN and infinities."""
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, dict):
        return {name: without_infinities(item) for name, item in value.items()}
    return [without_infinities(item) for item in value] if isinstance(value, list) else value
