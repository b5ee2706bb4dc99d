"""What a page consists of: sections of blocks, with every text and number decided.  HTML, Markdown and JSON are views of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Tone = Literal["good", "bad", "plain"]
_LONG = 30
"""Rows that a reader may want to skip."""
_HALF, _GAP, _WRAPS, _WIDE_MATRIX = 70, 2, 60, 13
"""Characters beside each other in half of the page, between columns, and in a cell before it wraps (as style.css has them); columns."""


@dataclass(frozen=True)
class Table:
    """Rows of text; a column of numbers stands to the right."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    caption: str = ""
    shades: tuple[tuple[float, ...], ...] = ()
    """By row and column, 0 to 1: how strongly a cell is coloured; empty for none."""
    tones: tuple[Tone, ...] = ()
    """By row; empty where all are plain."""
    toned: int = -1
    """The column whose cells have the tone of their row."""
    is_folded: bool | None = None
    """Whether a click opens it; None: where it is long."""
    kind: Literal["table"] = "table"

    @property
    def numeric(self) -> tuple[bool, ...]:
        """By column: true where every cell begins like a number or is empty."""
        return tuple(all(_is_number(row[place]) for row in self.rows) for place in range(len(self.columns)))

    @property
    def folded(self) -> bool:
        """Whether it is closed at first."""
        return len(self.rows) > _LONG if self.is_folded is None else self.is_folded

    @property
    def is_wide(self) -> bool:
        """Whether half of the page's width is too narrow for its longest cells; those of a matrix are short."""
        if self.shades:
            return len(self.columns) > _WIDE_MATRIX
        longest = [max(map(len, column)) for column in zip(self.columns, *self.rows, strict=True)]
        return sum(min(size, _WRAPS) + _GAP for size in longest) > _HALF


@dataclass(frozen=True)
class Facts:
    """Names and values."""

    pairs: tuple[tuple[str, str], ...]
    kind: Literal["facts"] = "facts"


@dataclass(frozen=True)
class Note:
    """A paragraph."""

    text: str
    tone: Tone = "plain"
    kind: Literal["note"] = "note"


@dataclass(frozen=True)
class Series:
    """Points (x, y) of a line, a cloud or bars; of bars x is the middle of the bar, or the number of its category."""

    name: str
    points: tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Chart:
    """A chart with axes.  Its points are in a table too, for who cannot see it."""

    shape: Literal["bars", "lines", "cloud"]
    title: str
    x_label: str
    y_label: str
    series: tuple[Series, ...]
    categories: tuple[str, ...] = ()
    """Names along x, in the place of numbers."""
    horizontal: bool = False
    """Bars of long names lie on their side."""
    diagonal: bool = False
    """A line from corner to corner: what chance, or a perfect prediction, would be."""
    frontier: tuple[tuple[float, float], ...] = ()
    """Of a cloud: a dashed line through the points that no other one beats."""
    y_log: bool = False
    small: bool = False
    kind: Literal["chart"] = "chart"


@dataclass(frozen=True)
class TreePart:
    """A part of a whole, and of what it consists."""

    name: str
    value: float
    text: str
    parts: tuple[TreePart, ...] = ()


@dataclass(frozen=True)
class Tree:
    """What a whole is made of, as nested areas."""

    title: str
    total: str
    parts: tuple[TreePart, ...]
    kind: Literal["tree"] = "tree"


@dataclass(frozen=True)
class Box:
    """A piece of the arena: from step to step, and from byte to byte."""

    first_step: int
    last_step: int
    offset_bytes: int
    size_bytes: int
    name: str
    scratch: bool


@dataclass(frozen=True)
class ArenaMap:
    """The arena over time."""

    boxes: tuple[Box, ...]
    steps: tuple[str, ...]
    """Names of the steps along the time axis."""
    in_use_bytes: tuple[int, ...]
    """By step."""
    arena_bytes: int
    lower_bound_bytes: int
    kind: Literal["arena"] = "arena"


@dataclass(frozen=True)
class Picture:
    """A sample: an image or a curve, what it is and what it was taken for."""

    caption: str
    detail: str
    tone: Tone
    png: str = ""
    """base64"""
    curve: tuple[float, ...] = ()
    alternative: str = ""


@dataclass(frozen=True)
class Gallery:
    """Samples side by side."""

    title: str
    pictures: tuple[Picture, ...]
    kind: Literal["gallery"] = "gallery"


@dataclass(frozen=True)
class GraphNode:
    """An operator, an input or an output of the model."""

    id: str
    title: str
    subtitle: str
    role: Literal["operator", "input", "output"]
    change: Literal["", "added", "removed", "changed"]
    x: float
    y: float
    """Where it stands without a program that lays graphs out."""
    blocks: tuple[Block, ...]
    """What a click shows."""


@dataclass(frozen=True)
class GraphEdge:
    """A tensor on its way."""

    source: str
    target: str
    label: str


@dataclass(frozen=True)
class Measure:
    """What nodes can be coloured by."""

    key: str
    label: str
    shades: Mapping[str, float]
    """By node, 0 to 1."""
    texts: Mapping[str, str]


@dataclass(frozen=True)
class GraphView:
    """The model's graph."""

    nodes: tuple[GraphNode, ...]
    edges: tuple[GraphEdge, ...]
    measures: tuple[Measure, ...]
    width: float
    height: float
    kind: Literal["graph"] = "graph"


Block = Table | Facts | Note | Chart | Tree | ArenaMap | Gallery | GraphView


@dataclass(frozen=True)
class Section:
    """Blocks about one question."""

    id: str
    title: str
    lead: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True)
class Tile:
    """One figure that everybody asks for."""

    label: str
    value: str
    detail: str
    tone: Tone = "plain"


@dataclass(frozen=True)
class RunView:
    """One run: the verdict, and everything about it."""

    id: str
    label: str
    verdict: Literal["pass", "fail", "none"]
    headline: str
    reasons: tuple[str, ...]
    tiles: tuple[Tile, ...]
    sections: tuple[Section, ...]


@dataclass(frozen=True)
class Page:
    """The whole."""

    title: str
    subtitle: str
    toolkit: str
    shared: tuple[Section, ...]
    """What is about several runs: differences, side by side, history, schemes."""
    runs: tuple[RunView, ...]


def _is_number(cell: str) -> bool:
    return not cell or cell[0].isdigit() or (cell[0] in "-+" and (len(cell) == 1 or cell[1].isdigit())) or cell == "∞"
