"""Asking from outside whether a part answers: SIP, AMI, HTTP, ports. Each takes two seconds at most."""

from __future__ import annotations

import contextlib
import errno
import os
import socket
import uuid
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

_PATIENCE = 2.0


@dataclass(frozen=True, slots=True)
class Port:
    """A port the hotline needs: the setting that names it, and how it is used ("udp" or "tcp")."""

    setting: str
    kind: str
    host: str
    number: int


def reachable(url: str) -> bool:
    """Whether something takes a connection at the URL's host and port."""
    where = urlsplit(url)
    port = where.port or {"https": 443}.get(where.scheme, 80)
    with contextlib.suppress(OSError), socket.create_connection((where.hostname or "", port), _PATIENCE):
        return True
    return False


def reachable_host(bind: str) -> str:
    """The address to speak to for something bound to `bind`."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}.get(bind, bind)


def sip_options(host: str, port: int, seconds: float = _PATIENCE) -> str:
    """The first line of the answer to a SIP OPTIONS over UDP (RFC 3261 section 11), "" when there is none.

    Any answer will do: a refusal, too, comes from a living SIP stack. It asks as the practice phone, which is
    challenged and not logged as a stranger.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as line:
        line.settimeout(seconds)
        try:
            line.connect((host, port))
            own, own_port = line.getsockname()[:2]
            own = f"[{own}]" if ":" in own else own
            call = uuid.uuid4().hex
            line.send(
                f"OPTIONS sip:{host}:{port} SIP/2.0\r\n"
                f"Via: SIP/2.0/UDP {own}:{own_port};branch=z9hG4bK{call};rport\r\n"
                f"From: <sip:citizen@{own}>;tag={call[:8]}\r\nTo: <sip:{host}>\r\nCall-ID: {call}\r\n"
                f"CSeq: 1 OPTIONS\r\nMax-Forwards: 1\r\nContent-Length: 0\r\n\r\n".encode()
            )
            return line.recv(4096).split(b"\r\n", 1)[0].decode("ascii", "replace")
        except OSError:
            return ""


def ami_version(port: int, secret: str, user: str = "hotline") -> str:
    """Asterisk's version as AMI tells it once it is fully booted, "" when it does not answer."""
    request = (
        f"Action: Login\r\nUsername: {user}\r\nSecret: {secret}\r\nEvents: system\r\n\r\n"
        "Action: CoreSettings\r\n\r\nAction: Logoff\r\n\r\n"
    )
    try:
        with socket.create_connection(("127.0.0.1", port), _PATIENCE) as line:
            line.sendall(request.encode())
            answer = b""
            while (more := line.recv(4096)) and len(answer) < 65536:
                answer += more
    except OSError:
        return ""
    fields = dict(field.partition(": ")[::2] for field in answer.decode("utf-8", "replace").splitlines())
    # Only an Asterisk that has loaded everything sends this event after a login.
    return fields.get("AsteriskVersion", "") if b"Event: FullyBooted" in answer else ""


def taken(port: Port) -> str:
    """Why the port cannot be had ("" when it is free), with the process that has it where that can be seen."""
    family = socket.AF_INET6 if ":" in port.host else socket.AF_INET
    kind = socket.SOCK_DGRAM if port.kind == "udp" else socket.SOCK_STREAM
    with socket.socket(family, kind) as line:
        if kind == socket.SOCK_STREAM:
            line.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            line.bind((port.host, port.number))
            if kind == socket.SOCK_STREAM:
                line.listen(1)
            return ""
        except OSError as error:
            return _why(port, error)


def _why(port: Port, error: OSError) -> str:
    where = f"{port.kind.upper()} {port.host}:{port.number}"
    if error.errno == errno.EADDRINUSE:
        holder = owner(port)
        return f"{where} is taken{' by ' + holder if holder else ''}"
    if error.errno == errno.EADDRNOTAVAIL:
        return f"{where}: this machine has no such address"
    if error.errno == errno.EACCES:
        return f"{where}: not allowed to use it (ports below 1024 are root's)"
    return f"{where}: {error.strerror}"


def owner(port: Port) -> str:
    """The process that holds the port, as "name (process N)"; "" when it cannot be seen (another user's)."""
    wanted = f":{port.number:04X}"
    inodes = set()
    for table in (port.kind, port.kind + "6"):
        try:
            lines = Path(f"/proc/net/{table}").read_text().splitlines()[1:]
        except OSError:
            continue
        # Field 3 is the state: 0A is a listening TCP socket; a UDP socket only has to exist.
        rows = [line.split() for line in lines]
        inodes |= {row[9] for row in rows if row[1].endswith(wanted) and (port.kind == "udp" or row[3] == "0A")}
    return _find({f"socket:[{inode}]" for inode in inodes})


def _find(sockets: set[str]) -> str:
    for process in [entry for entry in Path("/proc").iterdir() if entry.name.isdigit()]:
        with contextlib.suppress(OSError):  # another user's, or just gone
            if any(_target(link) in sockets for link in (process / "fd").iterdir()):
                return f"{(process / 'comm').read_text().strip()} (process {process.name})"
    return ""


def _target(link: Path) -> str:
    try:
        return os.readlink(link)
    except OSError:
        return ""
