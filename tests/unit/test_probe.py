"""Asking parts from outside: ports and who has them, SIP, AMI."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from hotline.probe import Port, ami_version, owner, reachable_host, sip_options, taken


def test_a_free_port_and_a_taken_one_with_its_holder() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = Port("HOTLINE_HTTP_PORT", "tcp", "127.0.0.1", server.getsockname()[1])
        assert f"TCP 127.0.0.1:{port.number} is taken by" in taken(port)
        assert f"(process {os.getpid()})" in owner(port)
    assert taken(port) == ""


def test_a_taken_udp_port() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
        line.bind(("127.0.0.1", 0))
        port = Port("HOTLINE_SIP_PORT", "udp", "127.0.0.1", line.getsockname()[1])
        assert f"(process {os.getpid()})" in taken(port)
        assert taken(Port("HOTLINE_SIP_PORT", "tcp", "127.0.0.1", port.number)) == ""


def test_an_address_this_machine_has_not() -> None:
    assert "no such address" in taken(Port("HOTLINE_SIP_PORT", "tcp", "192.0.2.1", 5060))


@pytest.mark.parametrize(("bind", "host"), [("0.0.0.0", "127.0.0.1"), ("10.0.0.5", "10.0.0.5")])
def test_where_to_reach_what_is_bound(bind: str, host: str) -> None:
    assert reachable_host(bind) == host


def test_sip_answers_count_whatever_they_say() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer:
        peer.bind(("127.0.0.1", 0))
        heard: list[bytes] = []

        def answer() -> None:
            message, source = peer.recvfrom(4096)
            heard.append(message)
            peer.sendto(b"SIP/2.0 401 Unauthorized\r\n\r\n", source)

        thread = threading.Thread(target=answer)
        thread.start()
        assert sip_options("127.0.0.1", peer.getsockname()[1]) == "SIP/2.0 401 Unauthorized"
        thread.join()
    assert heard[0].startswith(b"OPTIONS sip:127.0.0.1:") and heard[0].endswith(b"Content-Length: 0\r\n\r\n")


def test_silence_on_the_sip_port_is_no_answer() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as mute:
        mute.bind(("127.0.0.1", 0))
        assert sip_options("127.0.0.1", mute.getsockname()[1], 0.1) == ""


@contextmanager
def manager(answers: Callable[[bytes], bytes]) -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            line, _ = server.accept()
            with line:
                line.sendall(b"Asterisk Call Manager/9.0.0\r\n" + answers(line.recv(4096)))

        thread = threading.Thread(target=serve)
        thread.start()
        yield server.getsockname()[1]
        thread.join()


BOOTED = b"Event: FullyBooted\r\n\r\n"
SETTINGS = b"Response: Success\r\nAsteriskVersion: 22.1.0\r\n\r\n"


def test_ami_tells_its_version_once_all_is_loaded() -> None:
    with manager(lambda asked: BOOTED + SETTINGS if b"Secret: x\r\n" in asked else b"") as port:
        assert ami_version(port, "x") == "22.1.0"


@pytest.mark.parametrize("answer", [SETTINGS, b"Response: Error\r\nMessage: Refused\r\n\r\n", b"", BOOTED])
def test_an_asterisk_that_is_not_ready_has_no_version(answer: bytes) -> None:
    with manager(lambda _asked: answer) as port:
        assert ami_version(port, "x") == ""


def test_no_asterisk_no_version() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    assert ami_version(port, "x") == ""
