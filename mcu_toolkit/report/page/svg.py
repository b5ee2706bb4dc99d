"""Static pictures: what a page shows where no program draws its charts, and what Markdown and paper get."""

from __future__ import annotations

import math
from collections.abc import Sequence

from markupsafe import Markup, escape

from mcu_toolkit.report.page.blocks import ArenaMap, Chart, GraphView, Picture, Tree
from mcu_toolkit.units import format_bytes

_WIDTH, _HEIGHT = 560.0, 240.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 64.0, 12.0, 12.0, 40.0
_ROW = 24.0
_MAX_ROWS = 120
_COLOURS = 8


def chart_svg(chart: Chart) -> Markup:
    """A chart with the values at the ends of its axes."""
    if chart.horizontal:
        return _rows(chart)
    xs, ys = ([point[axis] for one in chart.series for point in one.points] for axis in (0, 1))
    if not xs:
        return Markup("")
    scale_y = _log if chart.y_log else _linear
    low_y, high_y = _range(ys, from_zero=chart.shape == "bars" or chart.diagonal)
    low_x, high_x = _range(xs, from_zero=chart.diagonal)
    if chart.diagonal and chart.shape == "cloud":
        low_x = low_y = min(low_x, low_y)
        high_x = high_y = max(high_x, high_y)
    if chart.shape == "bars":
        half = (high_x - low_x) / max(1, 2 * (len(xs) - 1)) or 0.5
        low_x, high_x = low_x - half, high_x + half

    def place(x: float, y: float) -> tuple[float, float]:
        across = (x - low_x) / (high_x - low_x or 1)
        up = scale_y(y, low_y, high_y)
        return _LEFT + across * (_WIDTH - _LEFT - _RIGHT), _HEIGHT - _BOTTOM - up * (_HEIGHT - _TOP - _BOTTOM)

    parts = [_axes(chart, (low_x, high_x), (low_y, high_y))]
    if chart.diagonal:
        (x1, y1), (x2, y2) = place(low_x, max(low_y, low_x)), place(high_x, min(high_y, high_x))
        parts.append(f'<line class="faint" x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"/>')
    if chart.frontier:
        line = " ".join(f"{x:.1f},{y:.1f}" for x, y in (place(*point) for point in chart.frontier))
        parts.append(f'<polyline class="frontier" points="{line}"/>')
    for number, one in enumerate(chart.series):
        drawn = [place(x, y) for x, y in one.points]
        parts.append(_series(chart, drawn, number % _COLOURS, len(xs)))
    return _picture(_WIDTH, _HEIGHT, chart.title, parts)


def tree_svg(tree: Tree) -> Markup:
    """A bar of all parts, one behind the other."""
    total = sum(part.value for part in tree.parts) or 1.0
    at, parts = 0.0, []
    for number, part in enumerate(tree.parts):
        width = part.value / total * _WIDTH
        title = f"<title>{escape(part.name)}: {escape(part.text)}</title>"
        parts.append(f'<rect class="fill{number % _COLOURS}" x="{at:.2f}" y="0" width="{width:.2f}" height="36">{title}</rect>')
        if width > 7 * len(part.name) + 8:
            parts.append(f'<text class="on" x="{at + 6:.1f}" y="23">{escape(part.name)}</text>')
        at += width
    return _picture(_WIDTH, 36, f"{tree.title}: {tree.total}", parts)


def arena_svg(view: ArenaMap) -> Markup:
    """Time to the right, addresses upwards: every buffer is a box as long as it lives."""
    steps = max(1, len(view.steps))
    width, height = 900.0, 340.0
    plot_width, plot_height = width - _LEFT - _RIGHT, height - _TOP - _BOTTOM
    top = max(view.arena_bytes, view.lower_bound_bytes, *(box.offset_bytes + box.size_bytes for box in view.boxes), 1)

    def y(value: float) -> float:
        return height - _BOTTOM - value / top * plot_height

    parts = []
    for number, box in enumerate(view.boxes):
        x = _LEFT + box.first_step / steps * plot_width
        wide = (box.last_step - box.first_step + 1) / steps * plot_width
        tall = box.size_bytes / top * plot_height
        kind = "scratch" if box.scratch else f"fill{number % _COLOURS}"
        lived = f"steps {box.first_step} to {box.last_step}, at {box.offset_bytes:,}"
        title = f"<title>{escape(box.name)}: {format_bytes(box.size_bytes)}, {lived}</title>"
        upper = y(box.offset_bytes + box.size_bytes)
        parts.append(
            f'<rect class="box {kind}" x="{x:.2f}" y="{upper:.2f}" width="{wide:.2f}" height="{max(tall, 0.5):.2f}">{title}</rect>'
        )
        room = int((wide - 8) / 6.5)
        if tall > 14 and room > 11:
            name = box.name if len(box.name) <= room else f"{box.name[: room - 3]}..."
            ink = "ink" if box.scratch else "on"
            parts.append(f'<text class="{ink}" x="{x + 4:.1f}" y="{upper + 12:.1f}">{escape(name)}</text>')
    for value, kind, text in ((view.arena_bytes, "limit", "arena"), (view.lower_bound_bytes, "bound", "lower bound")):
        parts.append(f'<line class="{kind}" x1="{_LEFT}" x2="{width - _RIGHT}" y1="{y(value):.1f}" y2="{y(value):.1f}"/>')
        if kind == "limit" or value < view.arena_bytes * 0.95:
            parts.append(f'<text x="{width - _RIGHT}" y="{y(value) - 4:.1f}" text-anchor="end">{text} {format_bytes(value)}</text>')
    parts.append(f'<text x="{_LEFT - 6}" y="{y(0):.1f}" text-anchor="end">0</text>')
    parts.append(f'<text x="{_LEFT - 6}" y="{y(top) + 10:.1f}" text-anchor="end">{format_bytes(top)}</text>')
    every = max(1, steps // 12)
    for place in range(0, steps, every):
        x = _LEFT + (place + 0.5) / steps * plot_width
        parts.append(f'<text x="{x:.1f}" y="{height - _BOTTOM + 16:.1f}" text-anchor="middle">{place}</text>')
    parts.append(f'<text x="{_LEFT + plot_width / 2:.0f}" y="{height - 6:.0f}" text-anchor="middle">step of the inference</text>')
    return _picture(width, height + 4, "Arena over time", parts)


def curve_svg(picture: Picture) -> Markup:
    """The values of a sample as a line."""
    values = picture.curve
    low, high = min(values), max(values)
    step = 240.0 / max(1, len(values) - 1)
    points = " ".join(f"{place * step:.1f},{94 - 88 * ((value - low) / (high - low or 1)):.1f}" for place, value in enumerate(values))
    return _picture(240, 100, picture.alternative, [f'<polyline class="line0" points="{points}"/>'])


def _rows(chart: Chart) -> Markup:
    """Bars on their side, one a row, with their names and values."""
    points = chart.series[0].points[:_MAX_ROWS] if chart.series else ()
    most = max((abs(value) for _, value in points), default=0.0) or 1.0
    parts = []
    for row, (place, value) in enumerate(points):
        name = chart.categories[int(place)] if int(place) < len(chart.categories) else f"{place:g}"
        wide = abs(value) / most * (_WIDTH - 250)
        top = row * _ROW
        shown = name if len(name) <= 24 else f"{name[:21]}..."
        parts.append(f'<text x="158" y="{top + 16:.0f}" text-anchor="end">{escape(shown)}<title>{escape(name)}</title></text>')
        parts.append(f'<rect class="fill0" x="164" y="{top + 4:.0f}" width="{max(wide, 0.5):.1f}" height="{_ROW - 8:.0f}"/>')
        parts.append(f'<text x="{170 + wide:.1f}" y="{top + 16:.0f}">{_tick(value)}</text>')
    return _picture(_WIDTH, max(1, len(points)) * _ROW, chart.title, parts)


def _series(chart: Chart, drawn: Sequence[tuple[float, float]], colour: int, count: int) -> str:
    if chart.shape == "lines":
        return f'<polyline class="line{colour}" points="{" ".join(f"{x:.1f},{y:.1f}" for x, y in drawn)}"/>'
    if chart.shape == "cloud":
        return "".join(f'<circle class="fill{colour}" cx="{x:.1f}" cy="{y:.1f}" r="2.5"/>' for x, y in drawn)
    floor, wide = _HEIGHT - _BOTTOM, max(1.0, 0.9 * (_WIDTH - _LEFT - _RIGHT) / max(1, count))
    bars = (f"M{x - wide / 2:.1f} {floor:.0f}V{y:.1f}h{wide:.1f}V{floor:.0f}z" for x, y in drawn if y < floor)
    return f'<path class="fill{colour}" d="{"".join(bars)}"/>'


def _axes(chart: Chart, across: tuple[float, float], up: tuple[float, float]) -> str:
    floor, right = _HEIGHT - _BOTTOM, _WIDTH - _RIGHT
    lines = f'<path class="axis" d="M{_LEFT} {_TOP}V{floor}H{right}"/>'
    names = chart.categories
    ends = (names[0], names[-1]) if names else (_tick(across[0]), _tick(across[1]))
    texts = [
        (_LEFT, floor + 15, "start", ends[0]),
        (right, floor + 15, "end", ends[1]),
        (_LEFT - 6, floor, "end", _tick(up[0]) if not chart.y_log else "0"),
        (_LEFT - 6, _TOP + 10, "end", _tick(up[1])),
        ((_LEFT + right) / 2, _HEIGHT - 6, "middle", chart.x_label),
    ]
    written = "".join(f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>' for x, y, anchor, text in texts)
    middle = (_TOP + floor) / 2
    return f'{lines}{written}<text transform="translate(14 {middle:.0f}) rotate(-90)" text-anchor="middle">{escape(chart.y_label)}</text>'


def _range(values: Sequence[float], *, from_zero: bool) -> tuple[float, float]:
    low, high = min(values), max(values)
    return (min(0.0, low), max(0.0, high)) if from_zero else (low, high)


def _linear(value: float, low: float, high: float) -> float:
    return (value - low) / (high - low or 1)


def _log(value: float, low: float, high: float) -> float:
    """Counts from 0 on: 0 is on the axis, 1 a little above it."""
    return math.log1p(max(0.0, value)) / (math.log1p(high) or 1)


def _tick(value: float) -> str:
    return f"{value:,.0f}" if value == int(value) and abs(value) < 1e12 else f"{value:.4g}"


def _picture(width: float, height: float, title: str, parts: Sequence[str]) -> Markup:
    """An image with a name; whatever comes from a result was escaped where it was written into `parts`."""
    head = f'<svg viewBox="0 0 {width:.0f} {height:.0f}" role="img" aria-label="{escape(title)}" class="static">'
    return Markup(f"{head}{''.join(parts)}</svg>")


def edge_paths(view: GraphView) -> list[str]:
    """Lines from the bottom of a node to the top of the next; what skips operators goes around them."""
    at = {node.id: (node.x + 80, node.y + 6) for node in view.nodes}
    order = {node.id: place for place, node in enumerate(view.nodes)}
    found = []
    for edge in view.edges:
        (x1, y1), (x2, y2) = at[edge.source], at[edge.target]
        apart = order[edge.target] - order[edge.source]
        start, end = (x1 + 95, y1 + 46), (x2 + 95, y2)
        if apart == 1:
            found.append(f"M{start[0]:.1f} {start[1]:.1f}L{end[0]:.1f} {end[1]:.1f}")
        else:
            side = x1 - 12 - min(60, 6 * apart)
            found.append(f"M{x1:.1f} {y1 + 30:.1f}C{side:.1f} {y1 + 60:.1f} {side:.1f} {y2 - 20:.1f} {x2:.1f} {y2 + 16:.1f}")
    return found
