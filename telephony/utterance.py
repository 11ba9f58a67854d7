"""Where an utterance begins and ends in a caller's audio, by energy; line noise, clicks and echo are none.

Speech is louder than the line's noise (the quiet tenth of the last second and a half), than silence on any line,
and than what may come back of our own prompt; and it lasts: a click does not stop a prompt.
"""

from __future__ import annotations

import audioop
from collections import deque

from telephony.audiosocket import STEP_SECONDS

_LEAST = 180.0  # RMS of 16-bit samples, -45 dB: quieter is silence on any line
_ABOVE_NOISE = 2.5  # 8 dB
_ECHO = 0.18  # -15 dB: as much of our own voice may come back from a bad line
_ECHO_STEPS = 20  # 0.4 s: so late may it come
_NOISE_STEPS = 75  # 1.5 s
_SETTLING = 15  # steps before anything is speech on a line whose noise is not known
_BEGIN, _WITHIN = 7, 10  # so many loud steps among so many
_BEGIN_OVER_PROMPT, _WITHIN_OVER_PROMPT = 8, 12
_PAUSE = 30  # steps of quiet that end an utterance: 0.6 s
_LONGEST = 400  # steps: 8 s
_BEFORE = 12  # steps kept before the first loud one: soft consonants


class Endpointer:
    """Takes 20 ms steps; `begun` when speech is sure, `ended` when it is over. `noise` is for the next on this line."""

    def __init__(self, noise: float | None = None) -> None:
        self.noise = noise
        self.begun = False
        self.ended = False
        self.audio = bytearray()
        self._settling = _SETTLING if noise is None else 0
        self._levels: deque[float] = deque([] if noise is None else [noise] * _BEGIN, _NOISE_STEPS)
        self._played: deque[float] = deque(maxlen=_ECHO_STEPS)
        self._loud: deque[bool] = deque(maxlen=_WITHIN_OVER_PROMPT)
        self._steps = 0
        self._first = self._last = 0  # steps: where the utterance begins; the last loud one

    @property
    def start(self) -> float:
        """The second at which the utterance begins, a little before its first loud step."""
        return self._first * STEP_SECONDS

    @property
    def utterance(self) -> bytes:
        """What was said, without most of the pause that ended it."""
        size = len(self.audio) // self._steps if self._steps else 0
        return bytes(self.audio[self._first * size : (self._last + _PAUSE // 2) * size])

    def hear(self, step: bytes, played: bytes = b"") -> None:
        """Takes 20 ms of the caller's audio; `played` is what was sent to the caller at the same time."""
        level = float(audioop.rms(step, 2))
        self._played.append(float(audioop.rms(played, 2)) if played else 0.0)
        self.audio += step
        self._steps += 1
        self._levels.append(level)
        self.noise = sorted(self._levels)[len(self._levels) // 10]
        loud = level > max(_LEAST, _ABOVE_NOISE * self.noise, _ECHO * max(self._played))
        self._loud.append(loud and self._steps > self._settling)
        if self.begun:
            self._follow(loud)
        else:
            self._begin()

    def _begin(self) -> None:
        enough, within = (_BEGIN_OVER_PROMPT, _WITHIN_OVER_PROMPT) if any(self._played) else (_BEGIN, _WITHIN)
        recent = list(self._loud)[-within:]
        if sum(recent) >= enough:
            self.begun = True
            self._first = max(0, self._steps - len(recent) + recent.index(True) - _BEFORE)
            self._last = self._steps

    def _follow(self, loud: bool) -> None:
        if loud:
            self._last = self._steps
        self.ended = self._steps - self._last >= _PAUSE or self._steps - self._first >= _LONGEST
