"""Numbers with units, as people read them."""

from __future__ import annotations


def format_bytes(count: int) -> str:
    """`count` bytes with a thousands separator below 10 KiB, in KiB or MiB above (1 KiB = 1024 bytes)."""
    if count < 10 * 1024:
        return f"{count:,} B"
    if count < 10 * 1024 * 1024:
        return f"{count / 1024:.1f} KiB"
    return f"{count / (1024 * 1024):.1f} MiB"


def format_count(count: int) -> str:
    """`count` with a thousands separator, from a million on as millions with two decimals."""
    return f"{count:,}" if count < 1_000_000 else f"{count / 1e6:.2f} M"


def format_percent(share: float) -> str:
    """A share 0..1 as a percentage with two decimals."""
    return f"{100 * share:.2f} %"
