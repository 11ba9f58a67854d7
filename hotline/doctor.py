"""`hotline doctor`: what is wrong and what to do, whether the hotline runs or not."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import sys
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from channels import mail, outbox
from hotline import beat, messages, opening, places, prepare, probe, readiness, running
from hotline.agents import seats_now
from hotline.errors import HotlineError
from hotline.parts import ZONE
from hotline.settings import Settings
from hotline.speech import unheard
from speech import make
from speech.errors import SpeechError
from store import migrate
from store.engine import Store
from telephony.ami import AMIError

OK, NOTE, WRONG = "ok", "note", "wrong"
OLDEST_PYTHON = (3, 11)
_LATE = 60.0  # seconds a file may be newer than the clock says


@dataclass(frozen=True, slots=True)
class Finding:
    """One result. `level`: ok, note (worth knowing) or wrong; `what` is wrong and what to `do` about it."""

    name: str
    level: str
    what: str
    do: str = ""


Check = Callable[[Settings], Iterator[Finding]]


def register(parser: ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="as JSON")


def run(settings: Settings, arguments: Namespace) -> int:
    found = findings(running.settings_in_force(settings))
    if arguments.json:
        print(json.dumps([asdict(finding) for finding in found], indent=1, ensure_ascii=False))
    else:
        print("\n".join(map(_line, found)))
    return 1 if any(finding.level == WRONG for finding in found) else 0


def _line(finding: Finding) -> str:
    todo = f"\n{'':8}-> {finding.do}" if finding.do else ""
    return f"{finding.level:<6}  {finding.name}: {finding.what}{todo}"


def findings(settings: Settings) -> list[Finding]:
    """Every result, in the order of the checks."""
    return [finding for check in CHECKS for finding in _told(check, settings)]


def _told(check: Check, settings: Settings) -> Iterator[Finding]:
    """What the check finds. One that cannot be made is a finding too: the others are still made."""
    try:
        yield from check(settings)
    except OSError as error:
        yield Finding(check.__name__.strip("_"), WRONG, str(error), "see the disk and whose the files are")


def _python(_settings: Settings) -> Iterator[Finding]:
    version = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info[:2] < OLDEST_PYTHON:
        yield Finding("python", WRONG, f"{version} is too old", "install Python 3.11 or newer, remove .venv, make run")
    else:
        yield Finding("python", OK, version)


def _home(settings: Settings) -> Iterator[Finding]:
    home = settings.home
    if not home.is_dir():
        yield Finding("home", NOTE, f"{home} is not there yet", "hotline up")
        return
    free = shutil.disk_usage(home).free
    if free < prepare.LEAST_FREE:
        least = prepare.LEAST_FREE >> 20
        yield Finding("disk", WRONG, f"{free >> 20} MB free in {home}: full, it keeps neither recordings nor the notes "
                      "that the ledger is built from", f"make room: {least} MB at least")
    else:
        yield Finding("disk", OK, f"{free >> 30} GB free")
    if not os.access(home, os.W_OK):
        yield Finding("home", WRONG, f"{home} cannot be written", "give it to the user that runs the hotline")


def _private(settings: Settings) -> Iterator[Finding]:
    """Personal data and passwords are the owner's alone."""
    home = settings.home
    for name in (".", places.SECRETS, places.RECORDINGS, "hotline.db", "log", "etc"):
        path = home / name
        if path.exists() and path.stat().st_mode & 0o077:
            yield Finding("privacy", WRONG, f"{path} can be read by others", f"chmod go= {path}")
            return
    yield Finding("privacy", OK, "secrets, recordings, database and logs are the owner's alone")


def _zone(settings: Settings) -> Iterator[Finding]:
    """The parts run in China's zone whatever the machine's is; the clock itself must be right."""
    offset = time.localtime().tm_gmtoff
    zone = "" if offset == 8 * 3600 else f"the machine's zone is {time.tzname[0]}"
    if zone:
        yield Finding("zone", NOTE, f"{zone}; the hotline itself runs in {ZONE}", f"timedatectl set-timezone {ZONE}")
    else:
        yield Finding("zone", OK, ZONE)
    newest = max((path.stat().st_mtime for path in (settings.home / "log").glob("*")), default=0.0)
    behind = newest - time.time()
    if behind > _LATE or datetime.now().year < 2025:
        yield Finding("clock", WRONG, f"the clock says {datetime.now():%Y-%m-%d %H:%M}, logs are newer", "set it (NTP)")
    for name, process in running.parts(settings).items():
        if name != "supervisor" and _environment(process.pid).get("TZ") != ZONE:
            yield Finding("zone", WRONG, f"{name} does not run in {ZONE}", "hotline down, then hotline up")


def _environment(pid: int) -> dict[str, str]:
    try:
        words = Path(f"/proc/{pid}/environ").read_bytes().decode("utf-8", "replace").split("\0")
    except OSError:
        return {"TZ": ZONE}  # another user's process: not to be seen, so not to be judged
    return dict(word.partition("=")[::2] for word in words)


def _ports(settings: Settings) -> Iterator[Finding]:
    if running.parts(settings):
        yield Finding("ports", OK, "held by the running hotline")
        return
    reasons = [(port, reason) for port in prepare.ports(settings) if (reason := probe.taken(port))]
    for port, reason in reasons:
        yield Finding("ports", WRONG, reason, f"stop that, or set {port.setting} to another port")
    if not reasons:
        yield Finding("ports", OK, "free")


def _sounds(settings: Settings) -> Iterator[Finding]:
    problems = make.check(overrides=settings.home / places.OVERRIDES)
    for problem in problems:
        todo = "hotline prompts replace, or reinstall the package"
        yield Finding("sounds", WRONG, f"{problem.prompt}: {problem.what}", todo)
    folder = settings.home / places.SOUNDS / "zh"
    missing = [prompt for prompt in make.seconds() if not (folder / f"{prompt}.alaw").exists()]
    if folder.exists() and missing:
        yield Finding("sounds", WRONG, f"not installed: {', '.join(missing[:5])}", "hotline up installs them again")
    elif not problems:
        yield Finding("sounds", OK, "every prompt is there")


def _speech(settings: Settings) -> Iterator[Finding]:
    try:
        unknown = unheard(settings)
    except SpeechError as error:
        yield Finding("speech", NOTE, f"questions are asked by key alone: {error}", "hotline speech install PATH")
        return
    if unknown:
        yield Finding("speech", NOTE, f"the model cannot hear {' '.join(unknown)}", "hotline speech install PATH")
    else:
        yield Finding("speech", OK, "the model opens and knows every word")


def _asterisk(settings: Settings) -> Iterator[Finding]:
    found = prepare.find_asterisk(settings)
    if found is None:
        yield Finding("asterisk", NOTE, "not here yet", "hotline up fetches it")
        return
    if "asterisk" not in running.parts(settings):
        yield Finding("asterisk", NOTE, f"{found.version} is here, not running", "hotline up --detach")
        return
    todo = f"see {settings.home / places.ASTERISK_LOG}; hotline down, then hotline up --detach"
    if not readiness.asterisk_up(settings):
        yield Finding("asterisk", WRONG, "runs but does not answer AMI", todo)
    elif not readiness.sip_up(settings):
        yield Finding("asterisk", WRONG, "does not answer on its SIP port", todo)
    else:
        yield Finding("asterisk", OK, f"{found.version} answers")


def _service(settings: Settings) -> Iterator[Finding]:
    if not running.parts(settings):
        yield Finding("service", NOTE, "not running", "hotline up --detach")
        return
    age = readiness.heartbeat_age(settings)
    if not readiness.service_well(settings):
        told = "never" if age is None else f"{age:.0f} s ago"
        yield Finding("service", WRONG, f"last heartbeat {told}: callers go to the fallback",
                      f"see {settings.home / places.SERVICE_LOG}")
    else:
        yield Finding("service", OK, "its heartbeat is fresh")


def _database(settings: Settings) -> Iterator[Finding]:
    if not opening.there(settings):
        yield Finding("database", NOTE, "not there yet", "hotline up")
        return
    store = Store(settings.database)
    try:
        beat.probe(store)
        behind = migrate.current(settings.database) != migrate.head()
    except SQLAlchemyError as error:
        yield Finding("database", WRONG, f"cannot be written: {' '.join(str(error).partition('[SQL')[0].split())}",
                      "see whether something holds it locked, its disk is full, or HOTLINE_DATABASE_URL is wrong")
    else:
        wrong = Finding("database", WRONG, "is not in its newest form", "hotline db upgrade")
        yield wrong if behind else Finding("database", OK, "answers")
    finally:
        store.close()


def _peers(settings: Settings) -> Iterator[Finding]:
    for name, peer, unset in (
        ("trunk", settings.trunk_peer, "outgoing calls ring the practice phone"),
        ("emergency", settings.emergency_peer, "a caller in danger is told which number to dial"),
    ):
        variable = f"HOTLINE_{name.upper()}_PEER"
        if not peer:
            yield Finding(name, NOTE, f"no peer: {unset}", f"set {variable}")
            continue
        host, _, port = peer.rpartition(":")
        if probe.sip_options(host or peer, int(port) if port.isdigit() else 5060):
            yield Finding(name, OK, f"{peer} answers")
        else:
            yield Finding(name, NOTE, f"{peer} does not answer OPTIONS", f"check {variable} and the network")


def _messages(settings: Settings) -> Iterator[Finding]:
    """The ways of messages that are set; a gateway of short messages has no way to ask it without sending one."""
    box = messages.account(settings)
    if box.imap or box.smtp:
        why = mail.check(box)
        yield Finding("mail", WRONG, why, "check HOTLINE_MAIL_IMAP, _SMTP, _USER and _PASSWORD") if why else Finding(
            "mail", OK, "the mailbox opens, the server takes mail")
    if settings.sms_url and not probe.reachable(settings.sms_url):
        yield Finding("sms", WRONG, "the gateway cannot be reached", "check HOTLINE_SMS_URL and the network")
    folder = settings.home / settings.sms_in_folder
    if settings.sms_in_folder and not (folder.is_dir() and os.access(folder, os.W_OK)):
        yield Finding("sms", NOTE, f"{folder} is not there yet, or cannot be written", "hotline up makes it")
    if not opening.there(settings):
        return
    with contextlib.suppress(SQLAlchemyError, HotlineError), opening.reading(settings) as session:
        found = outbox.standing(session)
        if found["failed"]:
            yield Finding("messages", WRONG, f"{found['failed']} of today were not taken by the gateway",
                          "hotline messages list --fate failed")


def _agents(settings: Settings) -> Iterator[Finding]:
    if not running.parts(settings):
        return  # said already: nothing runs
    try:
        seats = seats_now(settings)
    except (HotlineError, AMIError):
        return  # said already: Asterisk does not answer
    if not any(seat.registered for seat in seats):
        yield Finding("agents", NOTE, "no agent's telephone is registered", "hotline agents list --with-secrets")
    elif not any(seat.queues for seat in seats):
        yield Finding("agents", NOTE, "no agent is logged in: callers overflow", "dial *11 on an agent's telephone")
    else:
        logged_in = sum(bool(seat.queues) for seat in seats)
        yield Finding("agents", OK, f"{logged_in} logged in")


CHECKS: tuple[Check, ...] = (
    _python, _home, _private, _zone, _ports, _sounds, _speech, _asterisk, _service, _database, _peers, _messages,
    _agents,
)
