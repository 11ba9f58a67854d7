"""The manager link against a fake Asterisk that answers late, wrongly, twice, or not at all."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

import telephony.ami
from telephony.ami import (
    OVERFLOW,
    RESYNC,
    AMIDown,
    AMILoginRefused,
    AMILost,
    AMIRefused,
    AMITimeout,
    AMIUnsafe,
    Manager,
    back_off,
    connect,
)
from telephony.ami_link import parse
from tests.contract.fake_asterisk import LOOPS, on_loop, until
from tests.contract.fake_manager import BANNER, CLOSE, Action, FakeManager, message, playing, success

pytestmark = pytest.mark.timeout(60)

T = TypeVar("T")
HOST, USER, SECRET = "127.0.0.1", "hotline", "secret"


@pytest.fixture(params=LOOPS)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(telephony.ami, "SHORTEST", 0.01)
    monkeypatch.setattr(telephony.ami, "LONGEST", 0.02)


def run(test: Coroutine[Any, Any, T]) -> T:
    return on_loop("asyncio", test)


@asynccontextmanager
async def kept(port: int, secret: str = SECRET, patience: float = 5.0) -> AsyncIterator[Manager]:
    """A manager whose run() goes on beside the test."""
    manager = Manager(HOST, port, USER, secret, patience)
    running = asyncio.ensure_future(manager.run())
    try:
        yield manager
    finally:
        await manager.close()
        await asyncio.wait_for(running, 10)


def test_a_short_use(kind: str) -> None:
    async def scenario() -> None:
        fake = FakeManager()
        async with playing(fake) as port:
            async with connect(HOST, port, USER, SECRET) as manager:
                assert manager.state["state"] == "up"
                assert (await manager.action({"Action": "CoreSettings"})).ok
            assert manager.state["state"] == "stopped"
            assert fake.logins == 1

    on_loop(kind, scenario())


def test_answers_out_of_order_find_their_actions(kind: str) -> None:
    waiting: list[Action] = []

    def answer(action: Action) -> bytes:
        waiting.append(action)
        if len(waiting) < 3:
            return b""
        return b"".join(success(action, Message=action["Channel"]) for action in reversed(waiting))

    async def scenario() -> None:
        async with playing(FakeManager(answer)) as port, connect(HOST, port, USER, SECRET) as manager:
            names = ["a", "b", "c"]
            asked = (manager.action({"Action": "Hangup", "Channel": name}) for name in names)
            assert [reply.message for reply in await asyncio.gather(*asked)] == names

    on_loop(kind, scenario())


ITEMS = [
    {"Event": "QueueMember", "Name": "坐席 8001", "Paused": "0", "Last": ""},
    {"Event": "QueueMember", "Name": "8002"},
]


def a_list(number: str) -> bytes:
    head = message(Response="Success", ActionID=number, EventList="start", Message="Queue status will follow")
    items = b"".join(message(**{**item, "ActionID": number}) for item in ITEMS)
    return head + items + message(Event="QueueStatusComplete", ActionID=number, EventList="Complete", ListItems="2")


def test_a_list(kind: str) -> None:
    async def scenario() -> None:
        async with (
            playing(FakeManager(lambda action: a_list(action["ActionID"]))) as port,
            connect(HOST, port, USER, SECRET) as manager,
        ):
            found = await manager.listing({"Action": "QueueStatus"})
            assert [{name: item[name] for name in item if name != "ActionID"} for item in found] == ITEMS

    on_loop(kind, scenario())


def test_a_list_cut_at_each_byte_is_lost_and_never_half(kind: str) -> None:
    async def scenario() -> None:
        missing: list[int] = []
        fake = FakeManager(lambda action: a_list(action["ActionID"])[: -missing[-1]] + CLOSE)
        async with playing(fake) as port:
            for count in range(1, len(a_list("x" * 40))):
                missing.append(count)
                async with connect(HOST, port, USER, SECRET) as manager:
                    with pytest.raises(AMILost):
                        await manager.listing({"Action": "QueueStatus"})

    on_loop(kind, scenario())


def test_a_list_that_arrives_in_two_pieces_cut_at_each_byte() -> None:
    async def scenario() -> None:
        fake = FakeManager(lambda action: b"")
        async with playing(fake) as port, connect(HOST, port, USER, SECRET) as manager:
            for cut in range(1, len(a_list("x" * 50))):
                asked = asyncio.ensure_future(manager.listing({"Action": "QueueStatus"}))
                await until(lambda asked=cut: len(fake.names) == asked)  # type: ignore[misc]
                whole = a_list(fake.actions[-1]["ActionID"])
                fake.say(whole[:cut])
                await asyncio.sleep(0)
                await asyncio.sleep(0)
                fake.say(whole[cut:])
                assert [item["Name"] for item in await asked] == ["坐席 8001", "8002"]

    run(scenario())


def test_an_error_to_a_list_is_told_at_once() -> None:
    async def scenario() -> None:
        fake = FakeManager(
            lambda action: message(Response="Error", ActionID=action["ActionID"], Message="No such queue")
        )
        async with playing(fake) as port, connect(HOST, port, USER, SECRET) as manager:
            with pytest.raises(AMIRefused, match="No such queue"):
                await manager.listing({"Action": "QueueStatus", "Queue": "x"})
            reply = await manager.action({"Action": "QueuePause"})
            assert (reply.ok, reply.message) == (False, "No such queue")

    run(scenario())


def test_a_success_without_a_list_is_an_empty_list() -> None:
    async def scenario() -> None:
        async with playing(FakeManager()) as port, connect(HOST, port, USER, SECRET) as manager:
            assert await manager.listing({"Action": "Whatever"}) == []

    run(scenario())


@pytest.mark.parametrize(
    ("action", "answered"),
    [
        ("QueueAdd", "Added interface to queue"),
        ("PlayDTMF", "DTMF successfully queued"),
        ("Atxfer", "Atxfer successfully queued"),
        ("Originate", "Originate successfully queued"),
        ("Command", "Command output follows"),
    ],
)
def test_answers_that_stop_panoramisk(action: str, answered: str) -> None:
    async def scenario() -> None:
        fake = FakeManager(lambda action: success(action, Message=answered))
        async with playing(fake) as port, connect(HOST, port, USER, SECRET) as manager:
            assert (await manager.action({"Action": action})).message == answered
            assert (await manager.action({"Action": action})).ok

    run(scenario())


def test_what_a_command_prints() -> None:
    def answer(action: Action) -> bytes:
        head = f"Response: Success\r\nActionID: {action['ActionID']}\r\nMessage: Command output follows\r\n"
        return head.encode() + "Output: one: 1\r\nOutput: \r\nOutput: 二\r\n\r\n".encode()

    async def scenario() -> None:
        async with playing(FakeManager(answer)) as port, connect(HOST, port, USER, SECRET) as manager:
            assert (await manager.action({"Action": "Command", "Command": "x"})).output == "one: 1\n\n二"

    run(scenario())


def test_originate_is_asynchronous_and_repeats_its_variables() -> None:
    async def scenario() -> None:
        fake = FakeManager()
        async with playing(fake) as port, connect(HOST, port, USER, SECRET) as manager:
            await manager.action({"Action": "Originate", "Async": "false", "Variable": ["A=1", "B=2"]})
        assert fake.actions[-1]["Async"] == "true"
        assert fake.actions[-1]["Variable"] == "A=1\nB=2"

    run(scenario())


@pytest.mark.parametrize("bad", ["x\r\nAction: Command", "x\n", "x\0", "y" * 1001])
def test_a_header_cannot_become_an_action(bad: str) -> None:
    async def scenario() -> None:
        fake = FakeManager()
        async with playing(fake) as port, connect(HOST, port, USER, SECRET) as manager:
            with pytest.raises(AMIUnsafe):
                await manager.action({"Action": "Setvar", "Value": bad})
            with pytest.raises(AMIUnsafe):
                await manager.action({"Action": "Setvar", "Variable": ["a", bad]})
            with pytest.raises(AMIUnsafe):
                await manager.action({"Action": "Setvar", bad: "x"})
        assert fake.names == []

    run(scenario())


def test_an_originate_is_never_sent_again(kind: str) -> None:
    async def scenario() -> None:
        fake = FakeManager(lambda action: CLOSE)
        async with playing(fake) as port, kept(port) as manager:
            await until(lambda: manager.state["state"] == "up")
            with pytest.raises(AMILost):
                await manager.action({"Action": "Originate", "Channel": "PJSIP/x"})
            await until(lambda: fake.logins == 2 and manager.state["state"] == "up")
            assert fake.names == ["Originate"]
            assert manager.state["logins"] == 2

    on_loop(kind, scenario())


def test_nothing_is_sent_while_the_link_is_down() -> None:
    async def scenario() -> None:
        manager = Manager(HOST, 1, USER, SECRET)
        with pytest.raises(AMIDown):
            await manager.action({"Action": "Originate"})

    run(scenario())


def test_a_wrong_password_is_told_at_once_and_not_as_absence(kind: str, caplog: pytest.LogCaptureFixture) -> None:
    async def scenario() -> None:
        fake = FakeManager()
        async with playing(fake) as port:
            with pytest.raises(AMILoginRefused, match="Authentication failed"):
                async with connect(HOST, port, USER, "wrong"):
                    pass
            async with kept(port, "wrong") as manager:
                await until(lambda: manager.state["state"] == "refused")
                with pytest.raises(AMILoginRefused):
                    await manager.action({"Action": "Originate"})
                assert "Authentication failed" in manager.state["error"]
        assert fake.logins == 0
        assert fake.connections == 2  # no hammering

    on_loop(kind, scenario())
    assert len([record for record in caplog.records if record.levelno >= logging.ERROR]) == 1


def test_an_absent_asterisk_is_told_at_once_and_found_when_it_comes(
    kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    async def scenario() -> None:
        async with playing(FakeManager()) as port:
            pass
        with pytest.raises(AMIDown) as raised:
            async with connect(HOST, port, USER, SECRET):
                pass
        assert not isinstance(raised.value, AMILoginRefused)
        async with kept(port) as manager:
            await until(lambda: "away" in manager.state["error"])
            assert manager.state["state"] == "down"
            fake = FakeManager()
            server = await asyncio.start_server(fake.serve, HOST, port)
            await until(lambda: manager.state["state"] == "up")
            server.close()

    on_loop(kind, scenario())
    assert len({record.getMessage() for record in caplog.records}) == len(caplog.records), "told once, not every time"


@pytest.mark.parametrize("greeting", [b"", b"Asterisk Call Man", b"HTTP/1.1 400 Bad Request\r\n\r\n"])
def test_a_server_that_never_logs_in_is_given_up(greeting: bytes) -> None:
    async def other(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(greeting)
        await reader.read()
        writer.close()

    async def scenario() -> None:
        server = await asyncio.start_server(other, HOST, 0)
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(AMIDown):
            async with connect(HOST, port, USER, SECRET, patience=0.1):
                pass
        server.close()

    run(scenario())


def test_a_link_gone_mute_is_noticed_and_made_again(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(telephony.ami, "PING", 0.05)

    async def scenario() -> None:
        fake = FakeManager()
        async with playing(fake) as port, kept(port) as manager:
            await until(lambda: manager.state["state"] == "up")
            fake.mute = True
            await until(lambda: manager.state["state"] == "down")
            assert "does not answer" in manager.state["error"]
            fake.mute = False
            await until(lambda: fake.logins == 2)

    on_loop(kind, scenario())


def test_the_dead_are_noticed_within_five_seconds() -> None:
    """A peer whose TCP link stays open and who says nothing more; what the machine itself was late is taken off."""

    async def scenario() -> None:
        fake = FakeManager()
        async with playing(fake) as port, kept(port) as manager:
            await until(lambda: manager.state["state"] == "up")
            fake.mute = True
            began, turns = time.monotonic(), 0
            while manager.state["state"] == "up":
                await asyncio.sleep(0.05)
                turns += 1
                assert turns < 200, "ten seconds and more"
            late = time.monotonic() - began - turns * 0.05
            assert time.monotonic() - began - late < 5

    run(scenario())


def test_a_ping_that_waits_behind_events_is_no_death(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(telephony.ami, "PING", 0.05)

    async def scenario() -> None:
        fake = FakeManager()
        async with playing(fake) as port, kept(port) as manager:
            await until(lambda: manager.state["state"] == "up")
            fake.mute = True
            pings = len(fake.actions)
            while len(fake.actions) < pings + 5:
                fake.say(message(Event="VarSet"))
                await asyncio.sleep(0.005)
            assert (manager.state["state"], fake.logins) == ("up", 1)

    run(scenario())


def test_an_answer_that_does_not_come_leaves_nothing_behind() -> None:
    async def scenario() -> None:
        fake = FakeManager(lambda action: b"")
        async with playing(fake) as port, connect(HOST, port, USER, SECRET) as manager:
            events = manager.events()
            await events.get()
            with pytest.raises(AMITimeout):
                await manager.listing({"Action": "QueueStatus"}, 0.05)
            late = a_list(fake.actions[-1]["ActionID"])
            fake.say(late + message(Event="Hangup"))
            assert (await events.get())["Event"] == "Hangup"  # the late list is nobody's event
            with pytest.raises(AMITimeout):
                await manager.action({"Action": "Originate"}, 0.05)
            number = fake.actions[-1]["ActionID"]
            fake.say(success(fake.actions[-1]) + message(Event="OriginateResponse", ActionID=number))
            assert (await events.get())["Event"] == "OriginateResponse"
            assert manager._link is not None
            assert manager._link.protocol.responses == {}

    run(scenario())


def test_events_come_in_order_and_only_those_asked_for(kind: str) -> None:
    async def scenario() -> None:
        fake = FakeManager()
        async with playing(fake) as port, kept(port) as manager:
            some, everything = manager.events("Newchannel"), manager.events()
            await until(lambda: manager.state["state"] == "up")
            for number in range(500):
                fake.say(message(Event="Newchannel", Uniqueid=f"{number}.1") + message(Event="VarSet"))
            assert (await some.get())["Event"] == RESYNC
            assert [(await some.get())["Uniqueid"] for _ in range(500)] == [f"{number}.1" for number in range(500)]
            names = [(await everything.get())["Event"] for _ in range(1002)]
            assert names[:2] == [RESYNC, "FullyBooted"]
            assert names[2:] == ["Newchannel", "VarSet"] * 500

    on_loop(kind, scenario())


def test_states_of_devices_that_are_no_telephones_come_only_to_who_wants_all(kind: str) -> None:
    async def scenario() -> None:
        fake = FakeManager()
        devices = ["Queue:consult_avail", "PJSIP/8001", "Local/s@danger-agent", "confbridge:1.1"]
        async with playing(fake) as port, kept(port) as manager:
            some = manager.events("DeviceStateChange")
            await until(lambda: manager.state["state"] == "up")
            fake.say(b"".join(message(Event="DeviceStateChange", Device=name) for name in [*devices, "PJSIP/8002"]))
            assert (await some.get())["Event"] == RESYNC
            assert [(await some.get())["Device"] for _ in range(2)] == ["PJSIP/8001", "PJSIP/8002"]
            everything = manager.events()
            fake.say(b"".join(message(Event="DeviceStateChange", Device=name) for name in devices))
            assert (await everything.get())["Event"] == RESYNC
            assert [(await everything.get())["Device"] for _ in devices] == devices

    on_loop(kind, scenario())


def test_events_nobody_wants_are_dropped_before_they_are_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    parsed: list[bytes] = []

    def spy(frame: bytes) -> dict[str, str]:
        parsed.append(frame)
        return parse(frame)

    async def scenario() -> None:
        fake = FakeManager()
        async with playing(fake) as port, connect(HOST, port, USER, SECRET) as manager:
            events = manager.events("Hangup")
            assert (await events.get())["Event"] == RESYNC
            fake.say(message(Event="VarSet") * 10 + message(Event="Hangup"))
            assert (await events.get())["Event"] == "Hangup"

    monkeypatch.setattr("telephony.ami_link.parse", spy)
    run(scenario())
    assert not [frame for frame in parsed if b"VarSet" in frame]


def test_a_slow_consumer_loses_events_and_is_told_and_others_lose_none() -> None:
    async def scenario() -> None:
        fake = FakeManager()
        async with playing(fake) as port, connect(HOST, port, USER, SECRET) as manager:
            slow, quick = manager.events("Hangup", most=10), manager.events("Hangup")
            fake.say(b"".join(message(Event="Hangup", Uniqueid=str(number)) for number in range(25)))
            assert (await quick.get())["Event"] == RESYNC
            assert [(await quick.get())["Uniqueid"] for _ in range(25)] == [str(number) for number in range(25)]
            mark = await slow.get()
            assert mark["Event"] == OVERFLOW
            rest = []
            slow.close()
            async for event in slow:
                rest.append(event["Uniqueid"])
            assert rest == [str(number) for number in range(25 - len(rest), 25)]
            assert int(mark["Lost"]) + len(rest) == 26  # the RESYNC was lost too, and is made up for by the mark

    run(scenario())


def test_a_consumer_that_fails_harms_neither_link_nor_others() -> None:
    async def scenario() -> None:
        async def failing() -> None:
            async for event in bad:
                raise KeyError(event["Nothing"])

        fake = FakeManager()
        async with playing(fake) as port, connect(HOST, port, USER, SECRET) as manager:
            bad, good = manager.events(), manager.events("Hangup")
            consumer = asyncio.ensure_future(failing())
            fake.say(message(Event="Hangup") * 3)
            assert [(await good.get())["Event"] for _ in range(4)] == [RESYNC, "Hangup", "Hangup", "Hangup"]
            with pytest.raises(KeyError):
                await consumer
            assert (await manager.action({"Action": "CoreSettings"})).ok

    run(scenario())


def test_every_login_tells_consumers_of_the_gap(kind: str) -> None:
    async def scenario() -> None:
        fake = FakeManager()
        async with playing(fake) as port, kept(port) as manager:
            events = manager.events("Hangup", "FullyBooted")
            for login in range(1, 4):
                mark = await events.get()
                assert mark["Event"] == RESYNC
                assert float(mark["Gap"]) >= 0
                assert (await events.get())["Event"] == "FullyBooted"
                await until(lambda login=login: manager.state["logins"] == login)  # type: ignore[misc]
                fake.say(message(Event="Hangup") + CLOSE)
                assert (await events.get())["Event"] == "Hangup"

    on_loop(kind, scenario())


def test_the_gap_is_as_long_as_the_link_was_away() -> None:
    async def scenario() -> None:
        fake = FakeManager()
        async with playing(fake) as port, kept(port) as manager:
            events = manager.events("Hangup")
            assert (await events.get())["Event"] == RESYNC
            await asyncio.sleep(0.2)  # time with a link, which is no gap
            lost = time.time()
            fake.say(CLOSE)
            mark = await events.get()
            assert 0 <= float(mark["Gap"]) <= time.time() - lost + 0.001

    run(scenario())


def test_closing_while_it_waits_to_connect_again_ends_it(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario() -> None:
        fake = FakeManager()
        async with playing(fake) as port:
            manager = Manager(HOST, port, USER, SECRET)
            running = asyncio.ensure_future(manager.run())
            await until(lambda: manager.state["state"] == "up")
            monkeypatch.setattr(telephony.ami, "SHORTEST", 60.0)
            monkeypatch.setattr(telephony.ami, "LONGEST", 60.0)
            fake.say(CLOSE)
            await until(lambda: manager.state["state"] == "down")
            await manager.close()
            await running
            assert manager.state["state"] == "stopped"
            assert fake.connections == 1
            with pytest.raises(AMIDown):
                await manager.action({"Action": "Originate"})

    on_loop(kind, scenario())


def test_closing_while_it_connects_ends_it() -> None:
    async def scenario() -> None:
        fake = FakeManager()
        fake.mute = True
        async with playing(fake) as port:
            manager = Manager(HOST, port, USER, SECRET)
            running = asyncio.ensure_future(manager.run())
            await until(lambda: len(fake.actions) == 1)
            await manager.close()
            await running
        assert fake.connections == 1

    run(scenario())


def test_closing_ends_the_consumers_and_comes_before_running_too() -> None:
    async def scenario() -> None:
        manager = Manager(HOST, 1, USER, SECRET)
        events = manager.events()
        await manager.close()
        assert [event async for event in events] == []
        await manager.run()
        assert manager.state["state"] == "stopped"

    run(scenario())


def test_a_cancelled_run_closes_its_link() -> None:
    async def scenario() -> None:
        fake = FakeManager()
        async with playing(fake) as port:
            manager = Manager(HOST, port, USER, SECRET)
            running = asyncio.ensure_future(manager.run())
            await until(lambda: manager.state["state"] == "up")
            running.cancel()
            with pytest.raises(asyncio.CancelledError):
                await running
            assert manager.state["state"] == "stopped"
            await until(lambda: fake.links[0].is_closing())

    run(scenario())


def test_a_cancellation_that_meets_the_answer_is_not_lost() -> None:
    async def scenario() -> None:
        answer: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        asking = asyncio.ensure_future(telephony.ami._within(answer, 10, "login"))
        await asyncio.sleep(0)
        answer.set_result("yes")
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking

    run(scenario())


def test_a_flood_without_end_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("telephony.ami_link.MAX_MESSAGE", 10_000)

    async def scenario() -> None:
        fake = FakeManager()
        async with playing(fake) as port, kept(port) as manager:
            await until(lambda: manager.state["state"] == "up")
            fake.say(b"Event: x" * 5_000)
            await until(lambda: fake.logins == 2)

    run(scenario())


@given(st.integers(0, 100))
def test_the_wait_between_attempts_is_bounded(failures: int) -> None:
    assert 0 < back_off(failures) <= telephony.ami.LONGEST


def test_messages_keep_empty_and_repeated_headers_and_any_bytes() -> None:
    assert parse(b"Event: X\r\nEmpty:\r\nBlank: \r\nVariable: a=1\r\nVariable: b: 2\r\nnoise\r\nLast: ") == {
        "Event": "X",
        "Empty": "",
        "Blank": "",
        "Variable": "a=1\nb: 2",
        "Last": "",
    }
    assert parse(b"Event: X\r\nName: \xff")["Name"] == "\ufffd"
    assert BANNER.endswith(b"\r\n")
