"""A page of results as an SVG picture: Debian's chromium prints it, pdftocairo (of poppler-utils) turns the print into curves and text."""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

WIDTH_PX = 1080
_DRAWN_MS = 2000
"""Until charts are drawn."""
_STYLE = "@page { margin: 0 } * { break-inside: auto !important; background-image: none !important } footer { display: none }"
"""Shades that hint at scrolling come out as grey boxes in print."""
_HIDE = """end => document.querySelectorAll("section[id]").forEach(section => { section.hidden = !section.id.endsWith(end); })"""
_NUMBER = re.compile(r'transform="[^"]*"|-?\d+\.\d{2,}')
_LAST_MOVE = re.compile(r'Z M -?[\d.]+ -?[\d.]+ ?"')


def picture_of(page: Path, section: str, height_px: int) -> str:
    """The upper part of the page in the file `page`: the verdict, and of its sections only the one whose id ends in `section`.

    Raises FileNotFoundError where a program is missing.
    """
    chromium = shutil.which("chromium")
    if chromium is None or shutil.which("pdftocairo") is None:
        raise FileNotFoundError("chromium and pdftocairo are needed: apt-get install chromium poppler-utils")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        pdf, svg = Path(folder, "page.pdf"), Path(folder, "page.svg")
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        shown = browser.new_page(viewport={"width": WIDTH_PX, "height": height_px}, color_scheme="light")
        shown.goto(page.as_uri())
        shown.emulate_media(media="screen")
        shown.add_style_tag(content=_STYLE)
        shown.evaluate(_HIDE, f"-{section}")
        shown.wait_for_timeout(_DRAWN_MS)
        shown.pdf(path=str(pdf), width=f"{WIDTH_PX}px", height=f"{height_px}px", print_background=True, page_ranges="1")
        browser.close()
        subprocess.run(["pdftocairo", "-svg", pdf, svg], check=True)
        return smaller(svg.read_text(encoding="utf-8"))


def smaller(svg: str) -> str:
    """The same picture in fewer characters: coordinates to a tenth of a point, no move behind the end of a path, short names of letters."""
    return _NUMBER.sub(_rounded, _LAST_MOVE.sub('Z"', svg.replace("glyph", "g")))


def _rounded(found: re.Match[str]) -> str:
    text = found[0]
    return text if text.startswith("transform") else f"{float(text):.1f}".removesuffix(".0")
