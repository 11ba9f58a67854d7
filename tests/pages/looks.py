"""What every page must be: on any screen, for a screen reader, and by keyboard."""

from __future__ import annotations

import os
import re
from pathlib import Path

from playwright.sync_api import Page

SIZES = ((1920, 1080), (1366, 768), (390, 844))
_CONTROLS = "button|link|textbox|searchbox|combobox|checkbox|radio|spinbutton"
_NAMELESS = re.compile(rf"^\s*- (?:{_CONTROLS})(?: \[[^]]*\])?:?\s*$", re.M)


def look(page: Page, name: str) -> None:
    """Asserts that the page fits every screen and that all it offers has a name; HOTLINE_TEST_SHOTS keeps pictures."""
    before = page.viewport_size
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= width, f"{name}: {wide} wide on a screen of {width}"
        if folder := os.environ.get("HOTLINE_TEST_SHOTS"):
            page.screenshot(path=Path(folder) / f"{name}-{width}.png", full_page=True)
    nameless = _NAMELESS.findall(page.locator("body").aria_snapshot())
    assert nameless == [], f"{name}: {nameless}"
    assert page.locator("h1").count() == 1, f"{name}: a page has one heading of the first level"
    if before:
        page.set_viewport_size(before)
