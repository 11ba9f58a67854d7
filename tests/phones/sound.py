"""What one call hears (a WAV from its first media on) and says (a WAV file, else silence).

Runs in the worker process. Audio is mono, 16 bit, at 8 kHz; pjsua2's conference bridge carries it.
"""

from __future__ import annotations

import time
import wave
from importlib import import_module
from pathlib import Path
from typing import Any

RATE = 8000
SETTLING = 0.1
"""Seconds after which a recording just closed is looked at for the first time."""
pj: Any = import_module("pjsua2")


def silence(folder: Path) -> Any:
    """Return a player that repeats one second of silence; it keeps recordings and RTP streams unbroken."""
    path = folder / "silence.wav"
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE)
        out.writeframes(bytes(2 * RATE))
    player = pj.AudioMediaPlayer()
    player.createPlayer(str(path))
    return player


class Sound:
    """The recorder and the player of one call."""

    def __init__(self, record: Path, quiet: Any) -> None:
        self.record = record
        self._quiet = quiet
        self._recorder: Any = None
        self._player: Any = None
        self._mouth: Any = None

    def connect(self, media: Any) -> float | None:
        """Return the time at which recording began, None when it runs already; again after each re-INVITE."""
        began = None
        if self._recorder is None:
            self._recorder = pj.AudioMediaRecorder()
            self._recorder.createRecorder(str(self.record))
            self._quiet.startTransmit(self._recorder)
            began = time.monotonic()
        media.startTransmit(self._recorder)
        self._quiet.startTransmit(media)
        if self._player is not None:
            self._player.startTransmit(media)
        self._mouth = media
        return began

    def disconnect(self) -> None:
        """Return nothing; the recording goes on with silence until the media come back."""
        self._mouth = None

    def play(self, path: str, repeat: bool = False) -> float:
        """Return how long the file lasts; it replaces the one playing and starts as soon as media flow."""
        self.stop()
        self._player = pj.AudioMediaPlayer()
        self._player.createPlayer(path, 0 if repeat else pj.PJMEDIA_FILE_NO_LOOP)
        if self._mouth is not None:
            self._player.startTransmit(self._mouth)
        return float(self._player.getInfo().sizeSamples / self._player.getPortInfo().format.clockRate)

    def stop(self) -> None:
        """Return nothing; the call says silence from here on."""
        self._player = None

    def close(self) -> None:
        """Return nothing; the bridge's own thread closes the recording when it comes to it."""
        self._player = self._recorder = self._mouth = None

    def complete(self) -> bool:
        """Return whether the closed recording is whole on disk: its length field is written last."""
        if not self.record.is_file():
            return True
        data = self.record.read_bytes()
        return int.from_bytes(data[40:44], "little") == len(data) - 44
