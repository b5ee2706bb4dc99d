"""The only place that knows Jinja2: templates of `firmware_templates/` to text."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any

import jinja2

from mcu_toolkit.system.resources import templates_dir
from mcu_toolkit.system.sinks import c_comment, ini_line, ini_lines, ini_name


@functools.cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(templates_dir()),
        undefined=jinja2.StrictUndefined,  # a hole nobody fills is a defect, not an empty string
        keep_trailing_newline=True,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=False,
        cache_size=64,
    )
    environment.filters.update(c_comment=c_comment, ini_name=ini_name, ini_line=ini_line, ini_lines=ini_lines)
    return environment


def template_exists(template: str) -> bool:
    """True if `firmware_templates/<template>` is there."""
    return (templates_dir() / template).is_file()


def render_text(template: str, context: Mapping[str, Any]) -> str:
    """Render `firmware_templates/<template>` with `context`; a missing variable raises jinja2.UndefinedError."""
    return _environment().get_template(template).render(context)
