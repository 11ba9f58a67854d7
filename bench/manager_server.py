"""Asterisk's manager, played in a thread: logs anybody in, answers queries, then says what it is given to say."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager

BANNER = b"Asterisk Call Manager/11.0.0\r\n"
Headers = Mapping[str, str]
Answers = Callable[[str], Iterable[Headers]]
Say = Callable[[socket.socket], None]
GO = "Go"  # the action after which it begins to speak


def frame(headers: Headers) -> bytes:
    """One message; a value of several lines is a repeated header."""
    lines = (f"{name}: {line}\r\n" for name, value in headers.items() for line in value.split("\n"))
    return "".join(lines).encode() + b"\r\n"


@contextmanager
def serving(answers: Answers, say: Say, *, at_once: bool = False) -> Iterator[int]:
    """The port. `answers` gives the items of a query; `say` speaks once on each link that was sent GO.

    `at_once`: it speaks after the last query of the live state instead.
    """
    with socket.create_server(("127.0.0.1", 0)) as listening:
        def accept() -> None:
            with contextlib.suppress(OSError):
                while True:
                    link, _ = listening.accept()
                    threading.Thread(target=_serve, args=(link, answers, say, at_once), daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        yield int(listening.getsockname()[1])
        listening.shutdown(socket.SHUT_RDWR)


def _serve(link: socket.socket, answers: Answers, say: Say, at_once: bool) -> None:
    sending = threading.Lock()
    spoken = False
    with link, contextlib.suppress(OSError):
        link.sendall(BANNER)
        for action in _actions(link):
            name = action["Action"]
            with sending:
                link.sendall(b"".join(_answered(action, answers)))
            if not spoken and name == (("PJSIPShowEndpoints") if at_once else GO):
                spoken = True
                threading.Thread(target=_speak, args=(link, say), daemon=True).start()


def _speak(link: socket.socket, say: Say) -> None:
    with contextlib.suppress(OSError):
        say(link)


def _answered(action: Headers, answers: Answers) -> Iterator[bytes]:
    number = {"ActionID": action.get("ActionID", "")}
    name = action["Action"]
    if name in ("Login", "Ping", GO):
        yield frame({"Response": "Success", **number, "Message": "Authentication accepted"})
        if name == "Login":
            yield frame({"Event": "FullyBooted", "Status": "Fully Booted"})
        return
    yield frame({"Response": "Success", **number, "EventList": "start"})
    for item in answers(name):
        yield frame({**item, **number})
    yield frame({"Event": f"{name}Complete", **number, "EventList": "Complete"})


def _actions(link: socket.socket) -> Iterator[dict[str, str]]:
    buffer = b""
    while data := link.recv(65536):
        *frames, buffer = (buffer + data).split(b"\r\n\r\n")
        for one in frames:
            pairs = (line.partition(": ") for line in one.decode().split("\r\n"))
            yield {name: value for name, _, value in pairs}
