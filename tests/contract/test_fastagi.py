"""The FastAGI server against a fake Asterisk: whatever a client does, the next call works."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

import telephony.fastagi
from telephony.agi import AGIUnsafe
from telephony.call import Call, CallerHungUp, Next, Outcome
from telephony.fastagi import AGIBusy, AGITimeout, FastAGIServer, Handler
from tests.contract.fake_asterisk import (
    EOF,
    HALF,
    LOOPS,
    MUTE,
    RESET,
    TRANSCRIPT,
    Session,
    environment,
    on_loop,
    polite,
    until,
)
from tests.contract.flows import every_verb

pytestmark = pytest.mark.timeout(60)


@pytest.fixture(params=LOOPS)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    monkeypatch.setattr(telephony.fastagi, "SWEEP", 0.01)
    caplog.set_level(logging.INFO)


@asynccontextmanager
async def serving(flow: Handler = every_verb, **more: object) -> AsyncIterator[FastAGIServer]:
    server = FastAGIServer({"inbound": flow}, **more)  # type: ignore[arg-type]
    await server.start()
    try:
        yield server
    finally:
        await server.close()


async def works(server: FastAGIServer) -> None:
    """A call after trouble is served as if there had been none."""
    assert await Session(server.port).run() == TRANSCRIPT
    await until(lambda: server.sessions == 0)


def no_traceback(caplog: pytest.LogCaptureFixture) -> bool:
    return not [record for record in caplog.records if record.exc_info or record.name == "asyncio"]


def test_a_call_from_greeting_to_outcome(kind: str, caplog: pytest.LogCaptureFixture) -> None:
    async def scenario() -> None:
        async with serving() as server:
            await works(server)
            assert server.served == 1

    on_loop(kind, scenario())
    (record,) = [record for record in caplog.records if record.name == "telephony.fastagi"]
    assert record.__dict__["call_id"] == "1700000000.1"
    assert "route=inbound" in record.getMessage()
    assert "outcome=queue" in record.getMessage()
    assert "13800000001" not in caplog.text
    assert "138****01" in record.getMessage()


WAYS: dict[str, Callable[[bytes], bytes]] = {
    "EOF": lambda _reply: EOF,
    "reply, then EOF": lambda reply: reply + EOF,
    "half a reply, then EOF": lambda reply: reply[:5] + EOF,
    "reset": lambda _reply: RESET,
    "own direction closed": lambda _reply: HALF,
    "HANGUP before the reply": lambda reply: b"HANGUP\n" + reply,
    "HANGUP after the reply": lambda reply: reply + b"HANGUP\nHANGUP\n" + EOF,
    "HANGUP after the reply, and no EOF": lambda reply: reply + b"HANGUP\n",
    "HANGUP and no reply": lambda _reply: b"HANGUP\n",
    "511": lambda _reply: b"HANGUP\n511 Command Not Permitted on a dead channel or intercept routine\n",
    "511 alone": lambda _reply: b"511 Command Not Permitted on a dead channel or intercept routine\n",
    "-1": lambda _reply: b"200 result=-1 endpos=0\nHANGUP\nHANGUP\n" + EOF,
    "-1 (hangup)": lambda _reply: b"200 result=-1 (hangup) endpos=800\n",
}


@pytest.mark.parametrize("way", WAYS)
def test_a_hang_up_at_every_step_is_quiet(kind: str, way: str, caplog: pytest.LogCaptureFixture) -> None:
    async def hung_up_at(server: FastAGIServer, step: int) -> list[str]:
        asked = 0

        def answer(line: str) -> bytes:
            nonlocal asked
            if line.startswith("SET AUTOHANGUP"):
                return polite(line)
            asked += 1
            return WAYS[way](polite(line)) if asked == step else polite(line)

        return await Session(server.port).run(answer=answer)

    async def scenario() -> None:
        async with serving() as server:
            for step in range(1, len(TRANSCRIPT) + 1):
                lines = await hung_up_at(server, step)
                assert lines == TRANSCRIPT[: len(lines)]
                assert step <= len(lines) <= step + 1
                await works(server)

    on_loop(kind, scenario())
    assert no_traceback(caplog)
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]


BAD_STARTS = {
    "nothing": EOF,
    "reset": RESET,
    "half an environment": environment()[:60] + EOF,
    "no newline": environment()[:-2] + EOF,
    "own direction closed": environment()[:60] + HALF,
    "binary": bytes(range(256)) * 4 + b"\n\n",
    "zeros": b"\0" * 4096 + b"\n\n" + EOF,
    "http": b"GET / HTTP/1.1\nHost: x\n\n",
    "an empty block": b"\n\n",
    "a huge environment": b"agi_x: " + b"y" * 70_000,
    "a huge line": b"z" * 70_000 + b"\n\n",
    "another route": environment("elsewhere"),
    "no route": b"agi_network: yes\n\n",
    "hung up at once": environment() + b"HANGUP\n" + EOF,
}


@pytest.mark.parametrize("start", BAD_STARTS)
def test_a_bad_start_harms_nobody(kind: str, start: str, caplog: pytest.LogCaptureFixture) -> None:
    async def scenario() -> None:
        async with serving() as server:
            for _ in range(3):
                session = Session(server.port)
                session.reader, session.writer = await asyncio.open_connection("127.0.0.1", server.port)
                session._say(BAD_STARTS[start])
                await works(server)
                session.writer.close()
                await until(lambda: server.sessions == 0)

    on_loop(kind, scenario())
    assert no_traceback(caplog)


def test_a_slow_environment_is_cut_and_a_silent_one(kind: str, caplog: pytest.LogCaptureFixture) -> None:
    async def scenario() -> None:
        async with serving(environment_seconds=0.1) as server:
            reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
            silent, other = await asyncio.open_connection("127.0.0.1", server.port)
            for byte in environment():
                writer.write(bytes([byte]))
                await asyncio.sleep(0.01)
                if server.sessions == 0:
                    break
            with pytest.raises(asyncio.IncompleteReadError):
                await reader.readexactly(1)
            with pytest.raises(asyncio.IncompleteReadError):
                await silent.readexactly(1)
            writer.close()
            other.close()
            await works(server)

    on_loop(kind, scenario())
    assert no_traceback(caplog)


def test_a_flow_may_think_for_longer_than_an_environment_may_take(kind: str) -> None:
    async def flow(call: Call) -> Outcome:
        await asyncio.sleep(0.2)
        return await every_verb(call)

    async def scenario() -> None:
        async with serving(flow, environment_seconds=0.05) as server:
            assert await Session(server.port).run() == TRANSCRIPT

    on_loop(kind, scenario())


def test_an_environment_byte_by_byte_is_understood(kind: str) -> None:
    async def scenario() -> None:
        async with serving() as server:
            session = Session(server.port)
            running = asyncio.ensure_future(session.run(environment()[:1]))
            await until(lambda: server.sessions == 1)
            for byte in environment()[1:]:
                session.writer.write(bytes([byte]))
                await asyncio.sleep(0)
            assert await running == TRANSCRIPT

    on_loop(kind, scenario())


@pytest.mark.parametrize(("name", "encoding"), [("武定县", "gb18030"), ("Привет", "cp1251")])
def test_a_name_in_any_encoding_keeps_the_call(kind: str, name: str, encoding: str) -> None:
    async def scenario() -> None:
        async with serving() as server:
            start = environment().replace(b"unknown", name.encode(encoding))
            assert await Session(server.port).run(start) == TRANSCRIPT

    on_loop(kind, scenario())


def test_query_strings_and_arguments_reach_the_flow(kind: str) -> None:
    seen = []

    async def flow(call: Call) -> Outcome:
        seen.append(call.facts)
        return Outcome(Next.HANGUP)

    async def scenario() -> None:
        async with serving(flow) as server:
            await Session(server.port).run(environment("inbound?date=2026-01-02&a=b%20c", agi_arg_4="resume=menu"))

    on_loop(kind, scenario())
    (facts,) = seen
    assert facts.arguments["date"] == "2026-01-02"
    assert facts.arguments["a"] == "b c"
    assert facts.arguments["resume"] == "menu"
    assert facts.caller == "13800000001"


@pytest.mark.parametrize(
    "refusal",
    [
        b"510 Invalid or unknown command\n",
        b"520 Invalid command syntax.  Proper usage not available.\n",
        b"520-Invalid command syntax.  Proper usage follows:\nUsage\n520 End of proper usage.\n",
        b"999 never heard of\n",
    ],
)
def test_a_refused_command_ends_the_flow_without_an_outcome(
    kind: str, refusal: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    async def scenario() -> None:
        async with serving() as server:
            lines = await Session(server.port).run(answer=lambda line: refusal if "ask" in line else polite(line))
            assert lines == TRANSCRIPT[:5]
            await works(server)

    on_loop(kind, scenario())
    assert no_traceback(caplog)
    assert "outcome=failed" in caplog.text


def test_noise_between_replies_is_no_reply(kind: str) -> None:
    async def scenario() -> None:
        async with serving() as server:
            noisy = b"100 Trying...\n\nnoise\n\xff\xfe\n"
            assert await Session(server.port).run(answer=lambda line: noisy + polite(line)) == TRANSCRIPT

    on_loop(kind, scenario())


def test_a_reply_of_64_kib_without_end_is_given_up(kind: str, caplog: pytest.LogCaptureFixture) -> None:
    async def scenario() -> None:
        async with serving() as server:
            lines = await Session(server.port).run(answer=lambda _line: b"x" * 70_000)
            assert len(lines) <= 1
            await works(server)

    on_loop(kind, scenario())
    assert no_traceback(caplog)


def test_replies_byte_by_byte(kind: str) -> None:
    async def scenario() -> None:
        async with serving() as server:
            reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
            writer.write(environment())
            lines = []
            while line := (await reader.readline()).decode().rstrip("\n"):
                lines.append(line)
                for byte in polite(line):
                    writer.write(bytes([byte]))
                    await asyncio.sleep(0)
            writer.close()
            assert [line for line in lines if "AUTOHANGUP" not in line] == TRANSCRIPT

    on_loop(kind, scenario())


def test_a_flow_that_fails_is_told_once_and_harms_nobody(kind: str, caplog: pytest.LogCaptureFixture) -> None:
    async def flow(call: Call) -> Outcome:
        if call.facts.arguments.get("fail"):
            raise KeyError("spoilt")
        return await every_verb(call)

    async def scenario() -> None:
        async with serving(flow) as server:
            assert await Session(server.port).run(environment(agi_arg_4="fail=1")) == []
            await works(server)

    on_loop(kind, scenario())
    (record,) = [record for record in caplog.records if record.exc_info]
    assert record.__dict__["call_id"] == "1700000000.1"


def test_a_mute_asterisk_is_given_up(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    raised: list[Exception] = []

    async def flow(call: Call) -> Outcome:
        try:
            await call.variable("A")
        except AGITimeout as error:
            raised.append(error)
            with pytest.raises(CallerHungUp):  # the session is closed: a late reply must not be taken for another's
                await call.variable("B")
            raise
        return Outcome(Next.HANGUP)

    async def scenario() -> None:
        async with serving(flow) as server:
            await Session(server.port).run(answer=lambda line: MUTE if "GET" in line else polite(line))
            await until(lambda: server.sessions == 0)

    monkeypatch.setattr(telephony.fastagi, "REPLY_GRACE", 0.05)
    on_loop(kind, scenario())
    assert len(raised) == 1


def test_a_command_that_blocks_is_given_its_time(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async def slow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(environment())
        while line := (await reader.readline()).decode():
            if line.startswith("WAIT"):
                await asyncio.sleep(0.2)  # longer than the grace, less than the command may take
            writer.write(polite(line))

    async def flow(call: Call) -> Outcome:
        assert await call.wait_key(30) == "1"
        return Outcome(Next.HANGUP)

    async def scenario() -> None:
        async with serving(flow) as server:
            reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
            await slow(reader, writer)
            writer.close()
            await until(lambda: server.served == 1)

    monkeypatch.setattr(telephony.fastagi, "REPLY_GRACE", 0.05)
    on_loop(kind, scenario())


def test_a_cancelled_command_closes_the_session(kind: str) -> None:
    ended = []

    async def flow(call: Call) -> Outcome:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(call.wait_key(30), 0.05)
        with pytest.raises(CallerHungUp):
            await call.wait_key(30)
        ended.append(True)
        return Outcome(Next.HANGUP)

    async def scenario() -> None:
        async with serving(flow) as server:
            await Session(server.port).run(answer=lambda line: MUTE if "WAIT" in line else polite(line))
            await until(lambda: server.sessions == 0)

    on_loop(kind, scenario())
    assert ended


def test_one_command_at_a_time(kind: str) -> None:
    found = []

    async def flow(call: Call) -> Outcome:
        await call.variable("A")  # the timer is set: from here a verb is one line
        results = await asyncio.gather(call.variable("A"), call.variable("B"), return_exceptions=True)
        found.extend(results)
        return Outcome(Next.HANGUP)

    async def scenario() -> None:
        async with serving(flow) as server:
            await Session(server.port).run()

    on_loop(kind, scenario())
    assert found[0] == "value"
    assert isinstance(found[1], AGIBusy)


def test_an_unsafe_command_is_never_sent(kind: str) -> None:
    async def flow(call: Call) -> Outcome:
        with pytest.raises(AGIUnsafe):
            await call.set_variable("A", "x\nHANGUP")
        await call.set_variable("A", "x")
        return Outcome(Next.HANGUP)

    async def scenario() -> None:
        async with serving(flow) as server:
            lines = await Session(server.port).run()
            assert [line for line in lines if "HANGUP" in line and "MSet" not in line] == []
            assert 'SET VARIABLE "A" "x"' in lines

    on_loop(kind, scenario())


def test_too_many_connections_are_refused_and_the_rest_served(kind: str, caplog: pytest.LogCaptureFixture) -> None:
    async def scenario() -> None:
        async with serving(most=3) as server:
            idle = [await asyncio.open_connection("127.0.0.1", server.port) for _ in range(3)]
            await until(lambda: server.sessions == 3)
            assert await Session(server.port).run() == []
            assert (server.refused, server.sessions) == (1, 3)
            for _, writer in idle:
                writer.close()
            await until(lambda: server.sessions == 0)
            await works(server)

    on_loop(kind, scenario())
    assert no_traceback(caplog)


def test_a_hundred_calls_at_once(kind: str) -> None:
    async def scenario() -> None:
        async with serving() as server:
            found = await asyncio.gather(*(Session(server.port).run() for _ in range(100)))
            assert all(lines == TRANSCRIPT for lines in found)
            assert server.served == 100

    on_loop(kind, scenario())


def test_closing_lets_calls_end_for_a_while(kind: str) -> None:
    entered, leave = asyncio.Event(), asyncio.Event()

    async def flow(call: Call) -> Outcome:
        entered.set()
        await leave.wait()
        return Outcome(Next.HANGUP)

    async def scenario() -> None:
        async with serving(flow) as server:
            session = Session(server.port)
            running = asyncio.ensure_future(session.run())
            await entered.wait()
            closing = asyncio.ensure_future(server.close(seconds=30))
            await asyncio.sleep(0)
            with pytest.raises(OSError):
                await asyncio.open_connection("127.0.0.1", server.port)
            leave.set()
            assert len(await running) == 1
            await closing

    on_loop(kind, scenario())


def test_closing_cuts_what_goes_on(kind: str, caplog: pytest.LogCaptureFixture) -> None:
    entered = asyncio.Event()

    async def flow(call: Call) -> Outcome:
        entered.set()
        await call.wait_key(30)
        return Outcome(Next.HANGUP)

    async def scenario() -> None:
        async with serving(flow) as server:
            session = Session(server.port)
            running = asyncio.ensure_future(session.run(answer=lambda _line: MUTE))
            idle = await asyncio.open_connection("127.0.0.1", server.port)
            await entered.wait()
            await server.close()
            assert await running == []
            assert server.sessions == 0
            idle[1].close()

    on_loop(kind, scenario())
    assert no_traceback(caplog)


def test_a_route_is_added_once() -> None:
    server = FastAGIServer({"inbound": every_verb})
    with pytest.raises(ValueError, match="inbound"):
        server.add_route("inbound", every_verb)
    server.del_route("inbound")
    server.add_route("inbound", every_verb)
