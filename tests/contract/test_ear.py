"""An ear over AudioSocket: keys and words stop the prompt; whatever breaks, the question is asked by key."""

from __future__ import annotations

import asyncio
import audioop
import wave
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from speech.errors import SpeechError
from speech.hearing import Heard, RecogniserBusy
from telephony import ear
from telephony.agi import parse_reply
from telephony.audiosocket import END, Frame, FrameReader, Kind, audio
from telephony.call import Asked, CallerHungUp, Input
from telephony.ear import Ears
from telephony.fastagi import FastAGIServer
from tests.contract.fake_asterisk import LOOPS, Session, on_loop, until
from tests.contract.flows import listens

pytestmark = pytest.mark.timeout(60)

WORDS = {"yes": ("是",), "no": ("不是",)}
STEP = 320
LOUD = b"".join((9000 if place % 8 < 4 else -9000).to_bytes(2, "little", signed=True) for place in range(160))
QUIET = bytes(STEP)
HEARD = Heard("不是", "no", 0.93)
OK = "200 result=0"


class Fake:
    """A recogniser that gives, or raises, what it is told to; `got` is what it was given."""

    def __init__(self, *answers: Heard | Exception | None) -> None:
        self.answers = list(answers)
        self.got: list[bytes] = []

    async def hear(self, pcm: bytes, words: Mapping[str, Sequence[str]]) -> Heard:
        assert words == WORDS
        self.got.append(pcm)
        answer = self.answers.pop(0)
        if answer is None:
            await asyncio.Event().wait()
        if isinstance(answer, Exception):
            raise answer
        assert isinstance(answer, Heard)
        return answer


class Asterisk:
    """The other end of one AudioSocket: sends what a scenario says, and keeps what it is sent."""

    def __init__(self, line: str) -> None:
        self.id, _, self.address = line.split('"')[3].partition(",")
        self.frames: list[Frame] = []

    async def run(self, scene: Callable[[Asterisk], Awaitable[None]]) -> None:
        host, _, port = self.address.partition(":")
        self.reader, self.writer = await asyncio.open_connection(host, int(port))
        self.writer.write(Frame(Kind.ID, UUID(self.id).bytes).encoded())
        await scene(self)
        frames = FrameReader()
        while data := await self.reader.read(65536):
            self.frames += frames.feed(data)
        self.writer.close()

    def send(self, *steps: bytes) -> None:
        self.writer.write(b"".join(audio(step) for step in steps))

    def press(self, key: str) -> None:
        self.writer.write(Frame(Kind.KEY, key.encode()).encoded())

    async def plays(self) -> None:
        """Returns when the prompt has begun."""
        self.frames += FrameReader().feed(await self.reader.readexactly(3 + STEP))


async def asked(
    fake: Fake, scene: Callable[[Asterisk], Awaitable[None]], path: Path = Path("/nowhere/a"), prompt: float = 0.5,
    seconds: float = 0.3,
) -> tuple[Input | None, Asterisk | None]:
    """What the ear gave, and Asterisk's end."""
    ears = Ears(fake, lambda _prompts: LOUD * round(prompt * 50))
    await ears.start()
    ends: list[Asterisk] = []

    async def send(line: str, blocks: float = 0.0) -> Any:
        assert blocks > prompt + seconds + 9
        ends.append(Asterisk(line))
        await ends[-1].run(scene)
        return parse_reply(OK)

    try:
        given = await ears.ear().listen(send, ["survey_identity"], Asked("0123456789*#", WORDS, seconds, str(path)))
        await until(lambda: ears.sessions == 0)
        return given, ends[0]
    finally:
        await ears.close()


loops = pytest.mark.parametrize("kind", LOOPS)


@loops
@pytest.mark.parametrize("key", "019#")
def test_r6_a_key_stops_the_prompt(kind: str, key: str) -> None:
    async def scene(end: Asterisk) -> None:
        await end.plays()
        end.press(key)

    given, end = on_loop(kind, asked(Fake(), scene, prompt=30))
    assert given == Input(key)
    assert end and end.frames[-1].kind is Kind.END
    assert len(end.frames) < 100, "the prompt went on"


@loops
def test_words_stop_the_prompt_and_are_made_out_and_kept(kind: str, tmp_path: Path) -> None:
    async def scene(end: Asterisk) -> None:
        await end.plays()
        end.send(*[QUIET] * 50, *[LOUD] * 25, *[QUIET] * 40)

    fake = Fake(HEARD)
    given, end = on_loop(kind, asked(fake, scene, tmp_path / "a", prompt=30))
    assert given == Input(heard=HEARD, start=0.76)
    assert end and len(end.frames) < 100, "the prompt went on"
    assert audioop.rms(fake.got[0], 2) > 4000 and len(fake.got[0]) / STEP == 12 + 25 + 15
    with wave.open(str(tmp_path / "a.wav")) as kept:
        assert (kept.getframerate(), kept.getsampwidth(), kept.getnchannels()) == (8000, 2, 1)
        assert kept.getnframes() >= 105 * 160
    assert (tmp_path / "a.wav").stat().st_mode & 0o777 == 0o600


def test_silence_is_silence_with_packets_and_without(tmp_path: Path) -> None:
    async def mute(end: Asterisk) -> None:
        await end.plays()

    async def quiet(end: Asterisk) -> None:
        end.send(*[QUIET] * 60)

    for scene in (mute, quiet):
        given, end = on_loop("asyncio", asked(Fake(), scene, tmp_path / "a", prompt=0.1))
        assert given == Input()
        assert end and [frame.kind for frame in end.frames].count(Kind.AUDIO) == 5
    assert not (tmp_path / "a.wav").exists()


@pytest.mark.parametrize("answer", [RecogniserBusy("full"), SpeechError("broken"), OSError("pipe"), None])
def test_a_recogniser_that_cannot_hear_makes_it_a_question_by_key(
    answer: Exception | None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(ear, "_HEARING", 0.1)

    async def scene(end: Asterisk) -> None:
        end.send(*[QUIET] * 50, *[LOUD] * 25, *[QUIET] * 40)

    given, _ = on_loop("asyncio", asked(Fake(answer), scene, tmp_path / "a"))
    assert given and given.busy and given.heard is None
    assert not (tmp_path / "a.wav").exists()


def test_r6_nine_while_the_words_are_being_made_out_is_nine(tmp_path: Path) -> None:
    fake = Fake(None)

    async def scene(end: Asterisk) -> None:
        end.send(*[QUIET] * 50, *[LOUD] * 25, *[QUIET] * 40)
        while not fake.got:  # noqa: ASYNC110 - the recogniser under test has no event for it
            await asyncio.sleep(0.005)
        end.press("9")

    given, _ = on_loop("asyncio", asked(fake, scene, tmp_path / "a"))
    assert given == Input("9")


def test_a_connection_that_breaks_leaves_the_question_to_keys() -> None:
    async def scene(end: Asterisk) -> None:
        await end.plays()
        end.writer.transport.abort()

    given, _ = on_loop("asyncio", asked(Fake(), scene))
    assert given is None


@pytest.mark.parametrize("garbage", [b"\x55\x00\x00", b"\x10\xff\xff" + bytes(100), END])
def test_what_is_no_audiosocket_leaves_the_question_to_keys(garbage: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    async def scene(end: Asterisk) -> None:
        end.writer.write(garbage)
        end.writer.write_eof()

    given, _ = on_loop("asyncio", asked(Fake(), scene))
    assert given is None


def test_a_stranger_is_cut_and_one_who_says_nothing_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ear, "_UNKNOWN", 0.05)

    async def strangers() -> list[bytes]:
        ears = Ears(Fake(), lambda _prompts: b"")
        await ears.start()
        said = []
        for first in (Frame(Kind.ID, bytes(16)).encoded(), Frame(Kind.ID, b"short").encoded(), audio(LOUD), b""):
            reader, writer = await asyncio.open_connection("127.0.0.1", ears.port)
            writer.write(first)
            try:
                said.append(await reader.read())
            except ConnectionError:
                said.append(b"")
            writer.close()
        await ears.close()
        return said

    assert on_loop("asyncio", strangers()) == [b""] * 4


def test_prompts_that_cannot_be_read_leave_the_question_to_keys() -> None:
    def missing(_prompts: Sequence[str]) -> bytes:
        raise FileNotFoundError("survey_identity.alaw")

    async def listen() -> Input | None:
        ears = Ears(Fake(), missing)
        await ears.start()
        try:
            return await ears.ear().listen(refuse, ["survey_identity"], Asked("1", WORDS, 1, "/nowhere/a"))
        finally:
            await ears.close()

    async def refuse(line: str, blocks: float = 0.0) -> Any:
        raise AssertionError(line)

    assert on_loop("asyncio", listen()) is None


def test_a_hang_up_is_a_hang_up() -> None:
    async def listen() -> None:
        ears = Ears(Fake(), lambda _prompts: LOUD)
        await ears.start()

        async def send(line: str, blocks: float = 0.0) -> Any:
            raise CallerHungUp

        try:
            await ears.ear().listen(send, ["survey_identity"], Asked("1", WORDS, 1, "/nowhere/a"))
        finally:
            await ears.close()

    with pytest.raises(CallerHungUp):
        on_loop("asyncio", listen())


@loops
def test_over_fastagi_asterisk_that_will_not_connect_is_asked_by_key(kind: str) -> None:
    """AudioSocket() answers at once that it failed: the same question follows with keys alone."""

    async def session() -> list[str]:
        ears = Ears(Fake(), lambda _prompts: LOUD)
        await ears.start()
        server = FastAGIServer({"inbound": listens}, ear=ears.ear)
        await server.start()
        try:
            return await Session(server.port).run()
        finally:
            await server.close()
            await ears.close()

    lines = on_loop(kind, session())
    assert lines[0].startswith('EXEC "AudioSocket" "')
    assert lines[1:3] == ['STREAM FILE "survey_identity" "0123456789*#"', 'WAIT FOR DIGIT "5000"']
    assert "HOTLINE_DISPOSITION=1," in lines[3]
