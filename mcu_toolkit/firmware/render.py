"""The only place that knows Jinja2: templates of `firmware_templates/` to text."""

from __future__ import annotations

import functools
from collections import ChainMap
from typing import TYPE_CHECKING

from mcu_toolkit.system.resources import templates_dir
from mcu_toolkit.system.sinks import c_comment, ini_line, ini_lines, ini_name, xml_comment

if TYPE_CHECKING:
    import jinja2


@functools.cache
def _environment() -> jinja2.Environment:
    import jinja2  # noqa: PLC0415 - most commands read what is there and render nothing

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(templates_dir()),
        undefined=jinja2.StrictUndefined,  # a hole nobody fills is a defect, not an empty string
        keep_trailing_newline=True,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=False,
        cache_size=64,
    )
    environment.filters.update(c_comment=c_comment, ini_name=ini_name, ini_line=ini_line, ini_lines=ini_lines, xml_comment=xml_comment)
    return environment


def template_exists(template: str) -> bool:
    """True if `firmware_templates/<template>` is there."""
    return (templates_dir() / template).is_file()


def render_text(template: str, *records: object) -> str:
    """Render `firmware_templates/<template>`, whose variables are the fields of `records`; a missing one raises jinja2.UndefinedError."""
    fields = [vars(record) for record in records]
    variables = ChainMap(*fields)
    assert len(variables) == sum(map(len, fields)), f"{template}: two records have a field of one name"
    return _environment().get_template(template).render(variables)
