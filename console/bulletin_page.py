"""The bulletin as a web page: part of the site, or one file that can be sent and opened without it."""

from __future__ import annotations

from typing import Any

from console import render
from figures.bulletin import Bulletin, Section

MOST_DRAWN = 31
_SCRIPTS = ("vendor/echarts.min.js", "site.js")


def values(found: Bulletin) -> dict[str, Any]:
    """What the templates show: the sections with their drawings."""
    return {"bulletin": found, "sections": [(one, drawing(one)) for one in found.sections], "cell": cell}


def cell(value: object) -> str:
    """A cell for people."""
    return "—" if value is None else str(value)


def drawing(section: Section) -> dict[str, Any] | None:
    """The section's chart for ECharts; None where it has none."""
    if section.chart is None:
        return None
    rows = section.rows[:MOST_DRAWN]
    names = [str(row[0]) for row in rows]
    labels = {"interval": 0, "rotate": 40} if section.chart.kind == "bar" and len(names) > 7 else {}
    return {
        "legend": {"data": [section.head[column] for column in section.chart.columns]},
        "grid": {"left": 60, "right": 20, "bottom": 90 if labels else 30}, "tooltip": {"trigger": "axis"},
        "xAxis": {"type": "category", "data": names, "axisLabel": labels}, "yAxis": {"type": "value"},
        "series": [
            {"name": section.head[column], "type": section.chart.kind, "data": [row[column] for row in rows]}
            for column in section.chart.columns
        ],
    }  # fmt: skip


def whole(found: Bulletin) -> bytes:
    """The page as one file, with style, charts and tables inside; it asks for nothing from anywhere."""
    scripts = [_read(name).replace("</script", "<\\/script") for name in _SCRIPTS if render.asset(name)]
    text = render.page("alone/bulletin.html", values(found) | {"style": _read("site.css"), "scripts": scripts})
    return text.encode("utf-8")


def _read(name: str) -> str:
    return (render.STATIC / name).read_text(encoding="utf-8")
