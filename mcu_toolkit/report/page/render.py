"""A page as one HTML file: nothing is loaded from elsewhere, no text of a result becomes markup, only our own scripts may run."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from mcu_toolkit.report.page import libraries, svg
from mcu_toolkit.report.page.blocks import Chart, GraphView, Page, Tree
from mcu_toolkit.report.page.limits import shortened
from mcu_toolkit.system.records import to_plain

if TYPE_CHECKING:
    import jinja2

_TEMPLATES = libraries.HERE / "templates"
_WITHOUT = "This page was made without its chart libraries: charts and the graph are static pictures and tables."


def to_html(page: Page, *, with_libraries: bool = True) -> str:
    """The page; with tables and static pictures only where its libraries are not on this machine, or are not wanted."""
    from markupsafe import Markup  # noqa: PLC0415 - only who writes a page needs it

    texts = libraries.fetched() if with_libraries else None
    environment = _environment()
    data: list[object] = []
    known = libraries.wanted() if texts else ()
    scripts = [*(texts or ()), (_TEMPLATES / "page.js").read_text(encoding="utf-8")]
    template = environment.get_template("page.html.j2")
    environment.globals["register"] = _registrar(data)
    # Blocks register what the program draws while they are rendered: the body comes before the data.
    marker = "@@page-data@@"
    html = template.render(
        page=page,
        style=Markup((_TEMPLATES / "style.css").read_text(encoding="utf-8")),
        policy=_policy(scripts),
        libraries=known,
        notices=_notices(known),
        notice="" if texts else _WITHOUT,
        scripts=[Markup(text) for text in scripts],
        data=marker,
    )
    head, _, tail = html.rpartition(marker)
    return f"{head}{_in_script(data)}{tail}"


def _environment() -> jinja2.Environment:
    import jinja2  # noqa: PLC0415 - most commands render nothing

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_TEMPLATES),
        undefined=jinja2.StrictUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["pictures"] = svg
    environment.filters["clipped"] = shortened
    return environment


def _registrar(data: list[object]) -> Callable[[str, object], int]:
    """A function that keeps what the page's program needs of a block, and says its number."""

    def register(_: str, block: object) -> int:
        data.append(_drawn(block))
        return len(data) - 1

    return register


def _drawn(block: object) -> object:
    if isinstance(block, GraphView):
        nodes = [{"id": node.id, "subtitle": node.subtitle} for node in block.nodes]
        size = {"width": block.width, "height": block.height}
        return {"nodes": nodes, "edges": to_plain(block.edges), "measures": to_plain(block.measures), **size}
    assert isinstance(block, (Chart, Tree))
    return to_plain(block)


def _in_script(data: Sequence[object]) -> str:
    """JSON that cannot end the element it stands in."""
    text = json.dumps(data, ensure_ascii=True, separators=(",", ":"), allow_nan=False)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _policy(scripts: Sequence[str]) -> str:
    """Scripts by their hashes only; pictures from the page itself; no connection to anywhere."""
    hashes = " ".join(f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'" for text in scripts)
    return f"default-src 'none'; script-src {hashes}; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"


def _notices(known: Sequence[libraries.Library]) -> list[str]:
    files = [libraries.FETCHED / f"{library.stem}.{notice.rpartition('/')[2]}.txt" for library in known for notice in library.notices]
    return [path.read_text(encoding="utf-8") for path in files if path.is_file()]
