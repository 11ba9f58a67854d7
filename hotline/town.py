"""The town: a second, small Asterisk with an agent's telephone and a citizen's, for `hotline demo`."""

from __future__ import annotations

import asyncio
import fcntl
import json
import os
import random
import secrets
import shutil
import socket
import subprocess
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined

from asterisk_conf import render
from asterisk_conf.install import Asterisk
from hotline import places, probe, processes
from hotline.errors import HotlineError
from hotline.parts import environment
from hotline.settings import Settings
from hotline.supervisor import recorded, write_whole
from telephony.ami import Manager

_MODULES = (
    "pbx_config app_userevent app_playback app_senddtmf app_while app_mixmonitor func_global func_logic func_strings "
    "format_wav format_pcm codec_alaw codec_resample chan_pjsip bridge_simple res_timing_timerfd res_rtp_asterisk "
    "res_sorcery_config res_sorcery_memory res_sorcery_astdb res_pjproject res_pjsip res_pjsip_session "
    "res_pjsip_pubsub res_pjsip_sdp_rtp res_pjsip_caller_id res_pjsip_outbound_registration "
    "res_pjsip_authenticator_digest res_pjsip_outbound_authenticator_digest res_pjsip_endpoint_identifier_ip"
)
_FOLDERS = ("etc", "lib", "lib/keys", "share", "spool", "run", "log")
_STARTING = 30.0  # seconds
_UNREGISTERING = 0.5  # seconds
_RTP_PORTS = 20


@dataclass(frozen=True, slots=True)
class Phone:
    """A telephone of the town: its account at the hotline."""

    user: str
    password: str


class Town:
    """`with` takes its place, `start` builds it; afterwards it is gone without trace.

    `ami` and `secret` are for those who pull the strings.
    """

    def __init__(self, settings: Settings, asterisk: Asterisk, agent: str, heard: Path) -> None:
        self.home = settings.home / "demo"
        self.ami = _free_port(socket.SOCK_STREAM, "127.0.0.1")
        self.secret = secrets.token_urlsafe(15)
        self._settings = settings
        self._asterisk = asterisk
        self._agent = agent
        self._heard = heard
        self._lock = -1

    def __enter__(self) -> Town:
        self._take()
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def close(self) -> None:
        """Ends the town's Asterisk and removes its folder."""
        for process in recorded(self.home / "process.json").values():
            processes.stop(process, 5.0)
        shutil.rmtree(self.home, ignore_errors=True)
        os.close(self._lock)

    async def unregister(self, strings: Manager) -> None:
        """Takes the telephones off the hotline's list, so that no call rings where nobody is."""
        for user in (self._agent, "citizen"):
            await strings.action({"Action": "PJSIPUnregister", "Registration": user})
        await asyncio.sleep(_UNREGISTERING)

    def _take(self) -> None:
        """One demo a hotline; what a killed one left behind is ended first."""
        self._lock = os.open(self._settings.home / "run/demo.lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(self._lock)
            raise HotlineError("a demo is running already") from None
        for process in recorded(self.home / "process.json").values():
            processes.stop(process, 5.0)
        shutil.rmtree(self.home, ignore_errors=True)

    def _write(self) -> None:
        for folder in _FOLDERS:
            (self.home / folder).mkdir(parents=True, mode=0o700)
        (self.home / "share/documentation").symlink_to(self._asterisk.data / "documentation")
        templates = Environment(loader=PackageLoader("hotline", "town"), undefined=StrictUndefined, autoescape=False)
        for name in templates.list_templates(["conf"]):
            write_whole(self.home / "etc" / name, templates.get_template(name).render(self._values()))

    def _values(self) -> dict[str, object]:
        settings = self._settings
        host, known = probe.reachable_host(settings.bind), render.passwords(settings)
        rtp = random.randrange(40000, 60000, _RTP_PORTS)
        return {
            "home": self.home, "modules": self._asterisk.modules, "module_names": _MODULES.split(), "host": host,
            "sip_port": _free_port(socket.SOCK_DGRAM, host), "hotline": f"{host}:{settings.sip_port}",
            "ami_port": self.ami, "ami_secret": self.secret, "rtp_start": rtp, "rtp_end": rtp + _RTP_PORTS - 1,
            "phones": [Phone(user, known[user]) for user in (self._agent, "citizen")], "agent": self._agent,
            "sounds": settings.home / places.SOUNDS / "zh", "heard": self._heard,
        }

    def start(self) -> None:
        """Returns when the town's Asterisk answers. Raises HotlineError."""
        self._write()
        command = [*self._asterisk.command, "-C", str(self.home / "etc/asterisk.conf"), "-f"]
        with (self.home / "log/output").open("wb") as output:
            child = subprocess.Popen(
                command, env=dict(environment(self._settings)), stdin=subprocess.DEVNULL, stdout=output,
                stderr=output, start_new_session=True, umask=0o077,
            )
        process = processes.of(child.pid)
        if process:
            write_whole(self.home / "process.json", json.dumps({"asterisk": asdict(process)}))
        end = time.monotonic() + _STARTING
        while not probe.ami_version(self.ami, self.secret):
            if child.poll() is not None or time.monotonic() > end:
                raise HotlineError(f"the town's Asterisk does not start: {self._last_words()}")
            time.sleep(0.2)

    def _last_words(self) -> str:
        lines = [line for name in ("output", "messages") for line in _lines(self.home / "log" / name)]
        return lines[-1] if lines else "it says nothing"


def _lines(file: Path) -> list[str]:
    return file.read_text(errors="replace").strip().splitlines() if file.exists() else []


def _free_port(kind: socket.SocketKind, host: str) -> int:
    with socket.socket(socket.AF_INET, kind) as line:
        line.bind((host, 0))
        return int(line.getsockname()[1])
