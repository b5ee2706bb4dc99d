"""`mcu report`: results in, a page or another form of it out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Literal

from mcu_toolkit.errors import InputError, UnknownNameError
from mcu_toolkit.report import SCHEMA_VERSION
from mcu_toolkit.report.page.compose import compose
from mcu_toolkit.report.page.junit import to_junit
from mcu_toolkit.report.page.markdown import to_markdown
from mcu_toolkit.report.page.render import to_html
from mcu_toolkit.report.page.run import Run
from mcu_toolkit.system.json_text import json_text
from mcu_toolkit.system.records import to_plain

Format = Literal["html", "md", "junit", "json"]
FORMATS: Mapping[str, Format] = MappingProxyType({"html": "html", "md": "md", "junit": "junit", "json": "json"})
SUFFIXES: Mapping[str, Format] = MappingProxyType({".html": "html", ".htm": "html", ".md": "md", ".xml": "junit", ".json": "json"})


def format_for(name: str | None, output: Path | None) -> Format:
    """The format asked for, else the one that the file's name says, HTML for a name without an ending.

    Raises UnknownNameError for a format, and InputError for an ending, that no report has.
    """
    if name is not None:
        if name not in FORMATS:
            raise UnknownNameError("format", name, FORMATS)
        return FORMATS[name]
    suffix = "" if output is None else output.suffix.lower()
    if suffix and suffix not in SUFFIXES:
        raise InputError(
            f"a report has no format {suffix}",
            on=output,
            expected=f"one of {', '.join(SUFFIXES)}",
            hint="--format says it whatever the name",
        )
    return SUFFIXES.get(suffix, "html")


def written_as(runs: Sequence[Run], form: Format, *, with_libraries: bool = True) -> str:
    """`runs` in the form asked for."""
    if form == "junit":
        return to_junit(runs)
    page = compose(runs)
    if form == "md":
        return to_markdown(page)
    if form == "json":
        return json_text({"schema_version": SCHEMA_VERSION, **to_plain(page)})
    return to_html(page, with_libraries=with_libraries)
