"""Writing the folders that Asterisk runs in: configuration from templates, dialplan, sounds, secrets."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import sys
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

import agi_scripts
import dialplan
from asterisk_conf import modules
from asterisk_conf.install import Asterisk
from callqueue.live.present import BOOTED
from callqueue.live.state import EVENTS
from hotline.settings import Settings

SERVICES = ("110", "119", "120", "122")
# Name, weight, and what the agent's phone shows; a caller in a heavier queue gets the next agent first.
QUEUES = (
    ("consult", 0, "咨询"),
    ("request", 0, "诉求"),
    ("enterprise", 0, "企业"),
    ("yi", 0, "彝语"),
    ("elderly", 10, "老年人"),
    ("line96128", 0, "96128"),
    ("danger", 100, "紧急"),
)
EMERGENCY_QUEUE = "danger"
_FOLDERS = ("etc", "etc/dialplan", "lib", "share", "share/sounds", "agi-bin", "spool", "run", "log", "recordings",
            "recordings/fax", "log/cel-custom", "log/cdr-custom")
_HOLDING_REPEATS = 40


def passwords(settings: Settings) -> dict[str, str]:
    """The password of every account, made at the first set-up, kept in `secrets.json` (owner only)."""
    file = settings.home / "secrets.json"
    known: dict[str, str] = json.loads(file.read_text()) if file.exists() else {}
    wanted = [*settings.agent_numbers, *settings.supervisor_numbers, "citizen", "ami", "ami_monitor"]
    missing = [name for name in wanted if name not in known]
    if missing:
        known |= {name: secrets.token_urlsafe(15) for name in missing}
        _write(file, json.dumps(known, indent=1), mode=0o600)
    return known


def render(settings: Settings, asterisk: Asterisk, cel_line: str, music: Path) -> None:
    """Writes everything Asterisk reads below the home folder; `music`: the folder of music on hold. Safe to repeat."""
    home = settings.home
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    for folder in _FOLDERS:
        (home / folder).mkdir(parents=True, exist_ok=True, mode=0o700)
    values = _values(settings, asterisk)
    values |= {"cel_line": cel_line, "moh": music}
    templates = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"), undefined=StrictUndefined, autoescape=False,
        trim_blocks=False, keep_trailing_newline=True,
    )
    for name in templates.list_templates():
        _write(home / "etc" / name, templates.get_template(name).render(values), mode=0o600)
    _dialplan(home)
    _scripts(home)
    _link(home / "share/documentation", asterisk.data / "documentation")
    _danger_music(home)


def _values(settings: Settings, asterisk: Asterisk) -> dict[str, Any]:
    host = settings.trunk_peer.rpartition(":")[0] or settings.trunk_peer
    script = settings.agi_mode == "script"
    modern = int(asterisk.version.partition(".")[0]) >= 22
    return {
        **settings.values,
        "home": settings.home,
        "modules": asterisk.modules,
        "module_names": modules.names(asterisk.modules, bool(settings.fax_number)),
        "agents": settings.agent_numbers,
        "supervisors": settings.supervisor_numbers,
        "secrets": passwords(settings),
        "services": SERVICES,
        "queues": [
            {"name": name, "weight": weight, "label": label, "emergency": name == EMERGENCY_QUEUE,
             "maxlen": 0 if name == EMERGENCY_QUEUE else settings.queue_max_length}
            for name, weight, label in QUEUES
        ],
        "ami_events": sorted(EVENTS | {"OriginateResponse", BOOTED}),
        "strategy": settings.queue_strategy,
        "announce_seconds": settings.queue_announce_seconds,
        "periodic_seconds": settings.queue_announce_seconds + settings.queue_announce_seconds // 2,
        "media_address": "" if settings.bind in ("0.0.0.0", "::") else settings.bind,
        "trunk_match": settings.trunk_match or host,
        "trunk_nat": False,
        # Music on hold in the event log: without it hold would count as talk. Older Asterisk does not know these.
        "hold_events": ",STREAM_BEGIN,STREAM_END" if modern else "",
        "auth_type": "digest" if modern else "userpass",
        "agi_before": "" if script else f"agi://127.0.0.1:{settings.agi_port}/",
        "agi_after": ".py" if script else "",
    }


def _dialplan(home: Path) -> None:
    source = Path(dialplan.__file__).parent
    for file in source.glob("*.conf"):
        _write(home / "etc/dialplan" / file.name, file.read_text(encoding="utf-8"), mode=0o600)


def _scripts(home: Path) -> None:
    """The classic AGI scripts, with the interpreter that has our libraries, and never the caller's environment."""
    for file in Path(agi_scripts.__file__).parent.glob("*.py"):
        if file.name != "__init__.py":
            body = file.read_text(encoding="utf-8").split("\n", 1)[1]
            _write(home / "agi-bin" / file.name, f"#!{sys.executable}\n{body}", mode=0o700)


def _danger_music(home: Path) -> None:
    """What a caller hears alone in the emergency room: "connecting you to 110", then "please hold" again and again."""
    sounds = home / "share/sounds/zh"
    for service in SERVICES:
        folder = home / "share/moh-danger" / service
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        _link(folder / "00.alaw", sounds / f"emergency_{service}.alaw")
        for index in range(1, _HOLDING_REPEATS):
            _link(folder / f"{index:02d}.alaw", sounds / "emergency_hold.alaw")


def _link(link: Path, target: Path) -> None:
    if link.is_symlink() and os.readlink(link) == str(target):
        return
    if link.is_symlink() or link.exists():
        shutil.rmtree(link) if link.is_dir() and not link.is_symlink() else link.unlink()
    link.symlink_to(target)


def _write(file: Path, text: str, mode: int) -> None:
    if file.exists() and file.read_text(encoding="utf-8") == text:
        return
    temporary = file.with_name(file.name + ".new")
    with open(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "w", encoding="utf-8") as handle:
        handle.write(text)
    temporary.rename(file)
