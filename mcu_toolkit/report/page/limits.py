"""How much of each thing a page takes: a result may come from a stranger, and a browser has to draw it."""

from __future__ import annotations

import base64
import binascii
import math
import re

from mcu_toolkit.report.details import Details
from mcu_toolkit.system.json_table import JsonTable
from mcu_toolkit.terminal_text import visible

MAX_ITEMS = 20_000
"""Entries of any list or object in a result, functions and layers included."""
_MAX_PICTURE = 1 << 20
_MAX_TEXT = 4_000
_PNG = b"\x89PNG\r\n\x1a\n"
_MAX_NODES = 1_000
_MAX_PICTURES = 100
_MAX_VALUES = 2_000
_BASE64 = re.compile(r"[A-Za-z0-9+/]+={0,2}")


def check_counts(document: JsonTable) -> None:
    """Raise ValueError where a list of the result is longer than a page can show."""
    for name in document:
        value = document.value(name)
        if isinstance(value, (list, dict)) and len(value) > MAX_ITEMS:
            raise ValueError(f"'{name:.60}' has {len(value):,} entries, more than {MAX_ITEMS:,}")


def harmless(value: object) -> object:
    """A value of JSON as a page may show it: letters that hide or turn others around are spelled out, endless texts cut off.

    Raises ValueError for a number that is none, which no chart can draw.
    """
    if isinstance(value, str):
        return value if _BASE64.fullmatch(value) else visible(shortened(value))
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError("it holds a number that is not finite")
    if isinstance(value, dict):
        return {visible(shortened(name)): harmless(item) for name, item in value.items()}
    return [harmless(item) for item in value] if isinstance(value, list) else value


def check_details(details: Details) -> Details:
    """`details` where they fit into a page and into each other; raises ValueError where they do not."""
    for name, (count, most) in _counts(details).items():
        if count > most:
            raise ValueError(f"{count:,} {name}, more than {most:,}")
    graph = details.graph
    if graph is not None:
        known = {tensor.index for tensor in graph.tensors}
        used = {index for node in graph.nodes for index in (*node.inputs, *node.outputs)} | {*graph.inputs, *graph.outputs}
        if not used <= known:
            raise ValueError("the graph names tensors that it does not have")
        if len({node.index for node in graph.nodes}) < len(graph.nodes):
            raise ValueError("two operators of the graph have the same number")
    for sample in details.samples:
        if sample.png:
            _check_picture(sample.png)
    predictions = details.predictions
    if predictions is not None:
        lengths = {len(classes) for classes in (*predictions.classes.values(), *filter(None, [predictions.labels]))}
        if len(lengths) > 1:
            raise ValueError("the runners' classes are of different numbers of samples")
    return details


def _counts(details: Details) -> dict[str, tuple[int, int]]:
    """How many there are of each thing, and how many a page takes: drawing them is work for us and for the browser."""
    nodes = () if details.graph is None else details.graph.nodes
    constants = [one for node in nodes for one in node.constants]
    histograms = [*(one.histogram for one in constants if one.histogram is not None), *(one.histogram for one in details.errors)]
    return {
        "operators": (len(nodes), _MAX_NODES),
        "steps": (len(details.steps), _MAX_NODES),
        "constants": (len(constants), 10 * _MAX_NODES),
        "blocks of the arena": (0 if details.arena is None else len(details.arena.blocks), 10 * _MAX_NODES),
        "parts of the image": (len(details.image), 5 * _MAX_NODES),
        "samples": (len(details.samples), _MAX_PICTURES),
        "values of a sample": (max((len(one.values) for one in details.samples), default=0), _MAX_VALUES),
        "histograms of errors": (len(details.errors), _MAX_PICTURES),
        "bins of a histogram": (max((len(one.counts) for one in histograms), default=0), _MAX_VALUES),
    }


def _check_picture(text: str) -> None:
    if len(text) > _MAX_PICTURE:
        raise ValueError(f"a picture has more than {_MAX_PICTURE:,} characters")
    try:
        content = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("a picture is not base64") from None
    if not content.startswith(_PNG):
        raise ValueError("a picture is not a PNG file")


def shortened(text: str, length: int = _MAX_TEXT) -> str:
    """`text`, cut off where it is longer than anybody reads."""
    return text if len(text) <= length else f"{text[: length - 3]}..."
