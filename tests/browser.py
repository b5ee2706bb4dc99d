"""Debian's chromium, driven by Playwright: for tests that open what the toolkit writes for people."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

CHROMIUM = shutil.which("chromium")
needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="Debian's chromium is not installed: make setup-dev")


@contextmanager
def started_browser() -> Iterator[Any]:
    """A browser for the block; skips the test without Playwright."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed: make setup-dev")
    with sync_api.sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield started
        started.close()


def hear_errors(page: Any, complaints: list[str]) -> None:
    """What the page's scripts throw or log as errors and warnings goes into `complaints`."""
    page.on("console", lambda message: complaints.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
