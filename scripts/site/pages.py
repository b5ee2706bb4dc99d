"""The pages that are written from the package when the site is built.  They are no part of the repository: the package says it all."""

from __future__ import annotations

from scripts.site import boards, commands, messages, report_schema


def generated_pages() -> dict[str, str]:
    """Markdown by its place in the site."""
    return {
        "reference/commands.md": commands.page(),
        "reference/boards.md": boards.page(),
        "reference/messages.md": messages.page(),
        "reference/report-fields.md": report_schema.page(),
    }
