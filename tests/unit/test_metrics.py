"""What Prometheus is told, and that the dashboard asks for nothing else."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from hotline.metrics import Figures

DASHBOARD = Path(__file__).parents[2] / "docs/grafana-dashboard.json"
LINE = {"name": "consult", "waiting": 3, "longest": 41, "members": 5, "free": 2}
SEEN: dict[str, Any] = {
    "current": True, "queues": [LINE], "trunks": [{"name": "trunk", "channels": 7}], "alerts": ["x"],
    "agents": [{"state": "talking"}, {"state": "talking"}, {"state": "free"}],
    "figures": {"offered": 20, "answered": 19, "in_time": 18, "abandoned": 1},
}  # fmt: skip
STANDING: dict[str, Any] = {"parts": {
    "agi": {"state": "up", "sessions": 4, "served": 100, "refused": 0}, "ami": {"state": "down", "logins": 2},
    "live": {"state": "up", "events": 999, "queries": 2},
}}  # fmt: skip


def told(seen: dict[str, Any] = SEEN) -> dict[str, float]:
    """Every sample by its name and labels."""
    registry = CollectorRegistry()
    registry.register(Figures(lambda: seen, lambda: STANDING))
    families = text_string_to_metric_families(generate_latest(registry).decode())
    samples = (sample for family in families for sample in family.samples)
    return {one.name + "".join(f" {value}" for value in one.labels.values()): one.value for one in samples}


def test_the_floor_and_the_parts_in_figures() -> None:
    found = told()
    assert found["hotline_queue_waiting consult"] == 3 and found["hotline_queue_longest_wait_seconds consult"] == 41
    assert found["hotline_agents talking"] == 2 and found["hotline_agents paused"] == 0
    assert found["hotline_trunk_channels trunk"] == 7 and found["hotline_alerts"] == 1
    assert (found["hotline_part_up agi"], found["hotline_part_up ami"]) == (1, 0)
    assert found["hotline_live_events_total"] == 999 and found["hotline_agi_sessions"] == 4
    assert found["hotline_connection_rate_24h"] == 0.95 and found["hotline_calls_24h in_time"] == 18


def test_no_rate_is_told_of_no_calls() -> None:
    none = SEEN | {"figures": {"offered": 0, "answered": 0, "in_time": 0, "abandoned": 0}}
    assert "hotline_connection_rate_24h" not in told(none)
    assert not any("24h" in name for name in told(SEEN | {"figures": {}}))


def test_the_dashboard_asks_for_figures_that_there_are() -> None:
    dashboard = json.loads(DASHBOARD.read_text(encoding="utf-8"))
    asked = [target["expr"] for panel in dashboard["panels"] for target in panel.get("targets", [])]
    ours = {name.partition(" ")[0] for name in told()} | {"hotline_process_resident_memory_bytes"}
    names = {name for expression in asked for name in re.findall(r"\bhotline_\w+", expression)}
    assert len(asked) >= 10 and names and names <= ours
