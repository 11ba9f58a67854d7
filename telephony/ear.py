"""An ear for calls: plays prompts and listens at the same time, over Asterisk's AudioSocket.

A key or words stop the prompt at once. The words are recorded and made out while the line is still ours, so that a key,
above all 9, counts to the last moment.
"""

from __future__ import annotations

import asyncio
import audioop
import logging
import os
import wave
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import cast
from uuid import UUID, uuid4

from speech.hearing import Recogniser, RecogniserBusy
from telephony.agi import command
from telephony.audiosocket import END, RATE, STEP, STEP_SECONDS, AudioSocketError, Frame, FrameReader, Kind, audio
from telephony.call import Asked, Driver, Input
from telephony.utterance import Endpointer

log = logging.getLogger(__name__)

_HEARING = 2.0  # seconds a recogniser may take; then the question is asked by key
_LONGEST = 9.0  # seconds an utterance may take with its pause
_UNKNOWN = 5.0  # seconds a connection may take to say whose it is
_NO_AUDIO = 0.1  # seconds without a packet that count as silence: telephones that send nothing while nobody speaks
_LATE = 0.1  # seconds; a prompt that is later than that goes on from now instead of catching up
_BYTES_A_SECOND = 2 * RATE
_SILENT_STEP = bytes(STEP)

Sounds = Callable[[Sequence[str]], bytes]
"""The samples (8 kHz, 16-bit, mono) of prompts one after the other. Raises OSError."""


def alaw_sounds(folder: Path) -> Sounds:
    """The prompts as they lie in a folder for Asterisk to play, `ID.alaw`."""

    def read(prompts: Sequence[str]) -> bytes:
        return b"".join(audioop.alaw2lin((folder / f"{prompt}.alaw").read_bytes(), 2) for prompt in prompts)

    return read


class Ears:
    """The AudioSocket server, and the ears of its calls. `sessions` counts what is being listened to."""

    def __init__(self, recogniser: Recogniser, sounds: Sounds) -> None:
        self.port = 0  # the one listened on, from start()
        self.recogniser = recogniser
        self.sounds = sounds
        self._expected: dict[UUID, Session] = {}
        self._server: asyncio.Server | None = None
        self._links: set[_Link] = set()

    @property
    def sessions(self) -> int:
        return len(self._links)

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> None:
        """Listens; port 0 takes a free one. Raises OSError."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: _Link(self), host, port)
        self.host, self.port = self._server.sockets[0].getsockname()[:2]

    async def close(self) -> None:
        """Stops listening and cuts what is being listened to: those callers go on by key, or to the fallback."""
        if self._server:
            self._server.close()
            for link in list(self._links):
                link.cut()
            await self._server.wait_closed()

    def ear(self) -> CallEar:
        """An ear for one call."""
        return CallEar(self)

    def expect(self, session: Session) -> UUID:
        """The id under which Asterisk will connect for this session."""
        name = uuid4()
        self._expected[name] = session
        return name

    def forget(self, name: UUID) -> None:
        """No connection is waited for any more."""
        self._expected.pop(name, None)

    def expected(self, name: bytes) -> Session | None:
        """The session a connection is for, which it is given to once."""
        return self._expected.pop(UUID(bytes=name), None) if len(name) == 16 else None

    def joined(self, link: _Link) -> None:
        self._links.add(link)

    def left(self, link: _Link) -> None:
        self._links.discard(link)


class CallEar:
    """The ear of one call; knows the noise of its line."""

    def __init__(self, ears: Ears) -> None:
        self._ears = ears
        self._noise: float | None = None

    async def listen(self, send: Driver, prompts: Sequence[str], asked: Asked) -> Input | None:
        """See telephony.call.Ear."""
        loop = asyncio.get_running_loop()
        try:
            sound = await loop.run_in_executor(None, self._ears.sounds, prompts)
        except OSError as error:
            log.warning("prompts cannot be read, the question is asked by key: %s", error)
            return None
        session = Session(self._ears.recogniser, sound, asked, self._noise)
        name = self._ears.expect(session)
        longest = len(sound) / _BYTES_A_SECOND + asked.seconds + _LONGEST + _HEARING
        try:
            await send(command("EXEC", "AudioSocket", f"{name},{self._ears.host}:{self._ears.port}"), longest)
        finally:
            self._ears.forget(name)
            session.close()
        self._noise = session.endpointer.noise
        given = session.given
        if given and given.heard and given.heard.value:
            await loop.run_in_executor(None, _write, Path(f"{asked.path}.wav"), bytes(session.endpointer.audio))
        return given


def _write(file: Path, samples: bytes) -> None:
    """The caller's side of the question; for its owner alone."""
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with open(handle, "wb") as opened, wave.open(opened, "wb") as sound:
        sound.setparams((1, 2, RATE, 0, "NONE", ""))
        sound.writeframes(samples)


class Session:
    """One question on one connection: what is played, what is heard, and what came of it (`given`)."""

    def __init__(self, recogniser: Recogniser, sound: bytes, asked: Asked, noise: float | None) -> None:
        self.given: Input | None = None
        self.endpointer = Endpointer(noise)
        self._recogniser = recogniser
        self._sound = sound
        self._asked = asked
        self._at = 0  # bytes of the prompt that were sent
        self._step = b""  # the last one sent
        self._rest = b""  # less than a step
        self._link: asyncio.Transport | None = None
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self._hearing: asyncio.Task[None] | None = None
        self._due = self._quiet_since = self._packet_at = 0.0

    def open(self, link: asyncio.Transport) -> None:
        """Asterisk has connected: the prompt begins."""
        self._link = link
        self._due = self._quiet_since = self._packet_at = self._loop.time()
        self._tick()

    def close(self) -> None:
        """Nothing more is played or heard."""
        self._link = None
        if self._timer:
            self._timer.cancel()
        if self._hearing:
            self._hearing.cancel()

    def take(self, frame: Frame) -> None:
        """A frame from Asterisk."""
        if frame.kind is Kind.KEY:
            key = frame.payload.decode("ascii", "replace")
            if key and key in self._asked.keys:
                self._done(Input(key))
        elif frame.kind is Kind.AUDIO:
            self._packet_at = self._loop.time()
            data = self._rest + frame.payload
            whole = len(data) - len(data) % STEP
            for begin in range(0, whole, STEP):
                self._hear(data[begin : begin + STEP])
            self._rest = data[whole:]

    def _hear(self, step: bytes) -> None:
        if self.endpointer.ended or not self._link:
            return
        self.endpointer.hear(step, self._step)
        if self.endpointer.begun:
            self._at, self._step = len(self._sound), b""
        if self.endpointer.ended:
            self._hearing = self._loop.create_task(self._make_out())

    def _tick(self) -> None:
        """Once every 20 ms: the next step of the prompt, and the passing of time."""
        link, now = self._link, self._loop.time()
        if not link:
            return
        if now - self._due > _LATE:
            self._due = now
        while self._due <= now:
            self._due += STEP_SECONDS
            self._play(link, now)
        if now - self._packet_at > _NO_AUDIO:
            self._hear(_SILENT_STEP)
        if not self.endpointer.begun and now - self._quiet_since > self._asked.seconds:
            self._done(Input())
            return
        self._timer = self._loop.call_at(self._due, self._tick)

    def _play(self, link: asyncio.Transport, now: float) -> None:
        self._step = self._sound[self._at : self._at + STEP]
        if self._step:
            self._at += len(self._step)
            link.write(audio(self._step))
            self._quiet_since = now

    async def _make_out(self) -> None:
        start = round(self.endpointer.start, 2)
        try:
            async with asyncio.timeout(_HEARING):
                heard = await self._recogniser.hear(self.endpointer.utterance, self._asked.words)
            self._done(Input(heard=heard, start=start))
        except (RecogniserBusy, TimeoutError):
            self._done(Input(start=start, busy=True))
        except Exception:  # the edge: whatever a recogniser does, the question goes on by key
            log.exception("speech cannot be made out, the question is asked by key")
            self._done(Input(start=start, busy=True))

    def _done(self, given: Input) -> None:
        link, self._link = self._link, None
        if link:
            self.given = given
            link.write(END)
            link.close()


class _Link(asyncio.Protocol):
    """A connection from Asterisk, until it is known whose it is and afterwards."""

    def __init__(self, ears: Ears) -> None:
        self._ears = ears
        self._reader = FrameReader()
        self._session: Session | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._ears.joined(self)
        self._unknown = asyncio.get_running_loop().call_later(_UNKNOWN, self.cut)

    def data_received(self, data: bytes) -> None:
        try:
            for frame in self._reader.feed(data):
                self._take(frame)
        except AudioSocketError as error:
            log.warning("AudioSocket connection cut: %s", error)
            self.cut()

    def _take(self, frame: Frame) -> None:
        if self._session:
            self._session.take(frame)
        elif frame.kind is Kind.ID and (session := self._ears.expected(frame.payload)):
            self._unknown.cancel()
            self._session = session
            session.open(self._transport)
        else:
            self.cut()

    def connection_lost(self, exc: Exception | None) -> None:
        self._unknown.cancel()
        self._ears.left(self)
        if self._session:
            self._session.close()

    def cut(self) -> None:
        """Closes at once."""
        self._transport.abort()
