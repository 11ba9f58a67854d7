"""Canaries: the faults that our subclasses mend are still in the libraries as released.

When one of these fails, a library has changed: read its release notes and see what of ours can go.
"""

from __future__ import annotations

import asyncio
import importlib
import io
from collections import deque
from types import SimpleNamespace

import pytest
from asterisk.agi import AGI
from panoramisk.actions import Action
from panoramisk.ami_protocol import AMIProtocol
from panoramisk.fast_agi import Application
from panoramisk.message import Message
from panoramisk.utils import parse_agi_result


class Ended(Exception):
    """The library has read past the end of a connection often enough."""


def test_panoramisk_reads_a_closed_connection_for_ever() -> None:
    class Closed:
        reads = 0

        async def read(self, _size: int) -> bytes:
            self.reads += 1
            if self.reads > 1000:
                raise Ended
            return b""

    async def scenario() -> None:
        await Application(loop=asyncio.get_running_loop()).handler(Closed(), None)

    with pytest.raises(Ended):
        asyncio.run(scenario())


def test_panoramisk_cannot_tell_a_timeout_from_an_empty_entry() -> None:
    assert parse_agi_result("200 result= (timeout)") == parse_agi_result("200 result=")


def test_panoramisk_takes_a_value_for_a_hang_up() -> None:
    assert parse_agi_result("200 result=1 (hangup)")["error"] == "AGIResultHangup"


def test_panoramisk_does_not_know_a_dead_channel() -> None:
    assert parse_agi_result("511 Command Not Permitted on a dead channel")["error"] == "AGIUnknownError"


def answered(action: str, text: str) -> bool:
    async def scenario() -> bool:
        asked = Action({"Action": action})
        asked.add_message(Message({"Response": "Success", "Message": text}))
        return bool(asked.future.done())

    return asyncio.run(scenario())


def test_panoramisk_never_answers_a_queue_add() -> None:
    assert not answered("QueueAdd", "Added interface to queue")


def test_panoramisk_breaks_on_an_action_that_is_queued() -> None:
    with pytest.raises(KeyError, match="async"):
        answered("PlayDTMF", "DTMF successfully queued")


def test_panoramisk_lets_a_header_become_an_action() -> None:
    async def scenario() -> str:
        return str(Action({"Action": "Ping", "X": "y\r\nAction: Originate"}))

    assert "\r\nAction: Originate\r\n" in asyncio.run(scenario())


def test_panoramisk_keeps_an_unanswered_originate_to_send_it_again() -> None:
    async def scenario() -> list[str]:
        protocol = AMIProtocol()
        protocol.connection_made(SimpleNamespace(write=lambda _data: None, close=lambda: None))
        waiting: deque[Action] = deque()
        protocol.factory = SimpleNamespace(forgetable_actions=(), awaiting_actions=waiting)
        protocol.send({"Action": "Originate"})
        protocol.close()
        return [action["Action"] for action in waiting]

    assert "Originate" in asyncio.run(scenario())


def test_panoramisk_loses_a_letter_cut_in_two() -> None:
    seen: list[Message] = []

    async def scenario() -> None:
        protocol = AMIProtocol()
        protocol.connection_made(None)
        protocol.encoding = "utf-8"
        protocol.factory = SimpleNamespace(save_stream=None, dispatch=seen.append)
        text = "Event: X\r\nName: 武定\r\n\r\n".encode()
        protocol.data_received(text[:17])
        protocol.data_received(text[17:])

    asyncio.run(scenario())
    assert seen[0]["Name"] != "武定"


def agi(said: str) -> AGI:
    channel = AGI.__new__(AGI)  # its own start reads an environment and takes SIGHUP over
    channel.stdin, channel.stdout, channel.stderr = io.StringIO(said), io.StringIO(), io.StringIO()
    channel._got_sighup = False
    return channel


def test_pyst2_does_not_quote() -> None:
    assert agi("")._quote('a"b\n') == '"a"b\n"'


@pytest.mark.parametrize("said", ["", "HANGUP\n"])
def test_pyst2_takes_the_end_of_a_call_for_a_bad_number(said: str) -> None:
    with pytest.raises(ValueError, match="invalid literal"):
        agi(said).execute("NOOP")


def test_pyst2s_fastagi_does_not_import() -> None:
    with pytest.raises(ImportError):
        importlib.import_module("asterisk.fastagi")
