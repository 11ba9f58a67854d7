"""`hotline status`: each part with its state, version, process and ports, asked from outside."""

from __future__ import annotations

import json
import shutil
import time
from argparse import ArgumentParser, Namespace
from typing import Any

from asterisk_conf import render
from hotline import VERSION, places, prepare, probe, readiness, running, supervisor
from hotline.banner import console_url
from hotline.settings import Settings

_OLD = 5.0  # seconds; the service writes every second
STOPPED = 3  # exit code, as service managers use it


def register(parser: ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="as JSON")


def run(settings: Settings, arguments: Namespace) -> int:
    found = look(running.settings_in_force(settings))
    print(json.dumps(found, indent=1, ensure_ascii=False) if arguments.json else _table(found))
    return 0 if found["state"] == "ready" else 1 if found["state"] == "degraded" else STOPPED


def look(settings: Settings) -> dict[str, Any]:
    """How everything stands. `state`: ready, degraded (something does not answer) or stopped."""
    alive = running.parts(settings)
    reported = _reported(settings) if "service" in alive else {}
    parts = {
        "supervisor": _process("supervisor", settings, version=VERSION),
        "asterisk": _asterisk(settings),
        "service": _service(settings, reported),
        **reported.get("parts", {}),
    }
    state = "stopped"
    if alive:
        parts["disk"] = _disk(settings)
        state = "ready" if all(part["state"] == "up" for part in parts.values()) else "degraded"
    return {"state": state, "home": str(settings.home), "console": console_url(settings), "parts": parts}


def _process(name: str, settings: Settings, **facts: Any) -> dict[str, Any]:
    process = running.parts(settings).get(name)
    entry = supervisor.record(settings.home / places.PROCESSES).get(name, {})
    found: dict[str, Any] = {"state": "up" if process else "down", "pid": process.pid if process else None, **facts}
    return found | {key: entry[key] for key in ("restarts", "since") if process and key in entry}


def _asterisk(settings: Settings) -> dict[str, Any]:
    part = _process("asterisk", settings, version="")
    part["ports"] = {
        "sip": settings.sip_port, "ami": settings.ami_port, "rtp": [settings.rtp_start, settings.rtp_end],
    }
    if part["state"] == "up":
        part["version"] = probe.ami_version(settings.ami_port, render.passwords(settings)["ami"])
        silent = [name for name, well in (("AMI", part["version"]), ("SIP", readiness.sip_up(settings))) if not well]
        if silent:
            part |= {"state": "silent", "why": f"{' and '.join(silent)} not answering"}
    return part


def _service(settings: Settings, reported: dict[str, Any]) -> dict[str, Any]:
    part = _process("service", settings, version=reported.get("version", ""))
    part["ports"] = {"agi": settings.agi_port, "http": settings.http_port}
    age = readiness.heartbeat_age(settings)
    part["heartbeat_age"] = None if age is None else round(age, 1)
    if part["state"] == "up" and not readiness.service_well(settings):
        part |= {"state": "silent", "why": "no fresh heartbeat: callers go to the fallback"}
    return part


def _disk(settings: Settings) -> dict[str, Any]:
    """On a full one calls go on, but nothing of them is kept."""
    free = shutil.disk_usage(settings.home).free
    part: dict[str, Any] = {"state": "up", "free_mb": free >> 20}
    if free < prepare.LEAST_FREE:
        part |= {"state": "short", "why": f"{prepare.LEAST_FREE >> 20} MB are needed"}
    return part


def _reported(settings: Settings) -> dict[str, Any]:
    """What the service says of its parts; nothing it says is believed when it is old."""
    file = settings.home / places.STATUS
    try:
        found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        old = time.time() - file.stat().st_mtime > _OLD
    except (OSError, ValueError):
        return {}
    if old:
        found["parts"] = {name: {**part, "state": "unknown"} for name, part in found["parts"].items()}
    return found


def _table(found: dict[str, Any]) -> str:
    lines = [f"{found['state']}: {found['home']}"]
    for name, part in found["parts"].items():
        facts = {key: value for key, value in part.items() if key != "state" and value not in ("", None)}
        shown = " ".join(f"{key}={_shown(value)}" for key, value in facts.items())
        lines.append(f"  {name:<12}{part['state']:<8}{shown}")
    return "\n".join(lines)


def _shown(value: Any) -> str:
    if isinstance(value, dict):
        return ",".join(f"{name}:{_shown(item)}" for name, item in value.items())
    return "-".join(map(str, value)) if isinstance(value, list) else str(value)
