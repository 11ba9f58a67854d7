"""A classic AGI script that hands its session to the FastAGI server.

It starts once a call, so it imports nearly nothing: bytes are passed on as they are.
"""

from __future__ import annotations

import os
import select
import signal

TYPE_CHECKING = False
if TYPE_CHECKING:  # typing itself would cost as much as the rest
    from socket import socket

_CHUNK = 65536  # bytes
_PORT = 4573  # FastAGI's own port


def relay(route: str, host: str = "127.0.0.1", port: int = 0) -> int:
    """The exit status (0: a session was held), after passing bytes both ways until the service or Asterisk ends.

    `port` 0 takes HOTLINE_AGI_PORT of the environment, else FastAGI's own. A hang-up (SIGHUP) is passed on as
    FastAGI would say it. When the service is away nothing is said: the dialplan finds no outcome.
    """
    from socket import create_connection

    try:
        link = create_connection((host, port or int(os.environ.get("HOTLINE_AGI_PORT", _PORT))), 2.0)
    except OSError:
        return 1
    with link:
        link.settimeout(None)
        signal.signal(signal.SIGHUP, lambda _signal, _frame: _pass_hangup(link))
        try:
            link.sendall(f"agi_network: yes\nagi_network_script: {route}\n".encode())
            _pump(link)
        except OSError:  # either side is gone, which is how calls end
            pass
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
    return 0


def _pump(link: socket) -> None:
    sources: list[int | socket] = [0, link]
    while True:
        ready, _, _ = select.select(sources, [], [])
        if link in ready:
            data = link.recv(_CHUNK)
            if not data:
                return
            while data:
                data = data[os.write(1, data) :]
        if 0 in ready:
            data = os.read(0, _CHUNK)
            link.sendall(data)
            if not data:
                link.shutdown(1)  # SHUT_WR: the service sees the end of input, and ends
                sources.remove(0)


def _pass_hangup(link: socket) -> bool:
    try:
        link.sendall(b"HANGUP\n")
    except OSError:  # the service has ended before
        return False
    return True
