"""One process that recognises: reads utterances from its input, writes what it heard to its output.

A request is two lengths, the words as JSON and the samples; an answer a length and JSON. The first answer says whether
the model opened. The process ends with its input, with its parent, and by an alarm when one utterance takes too long.
"""

from __future__ import annotations

import ctypes
import json
import os
import signal
import struct
import sys
from dataclasses import asdict
from pathlib import Path
from typing import BinaryIO

from speech.errors import SpeechError
from speech.recognise import Recogniser

REQUEST, ANSWER = struct.Struct(">II"), struct.Struct(">I")
LONGEST_WORDS, LONGEST_PCM = 1 << 20, 1 << 22
_LONGEST = 20
"""Seconds for one utterance: the pool has given up long before."""
_DIE_WITH_PARENT = 1


def main() -> int:
    """The exit code."""
    ctypes.CDLL(None).prctl(_DIE_WITH_PARENT, signal.SIGKILL)
    if os.getppid() == 1:
        return 1
    source, target = sys.stdin.buffer, sys.stdout.buffer
    try:
        recogniser = Recogniser(Path(sys.argv[1]), float(sys.argv[2]))
    except SpeechError as error:
        _write(target, {"error": str(error)})
        return 1
    _write(target, {"error": ""})
    while len(head := source.read(REQUEST.size)) == REQUEST.size:
        words, pcm = (source.read(size) for size in REQUEST.unpack(head))
        signal.alarm(_LONGEST)
        heard = recogniser.hear(pcm, json.loads(words))
        signal.alarm(0)
        _write(target, asdict(heard))
    return 0


def _write(target: BinaryIO, answer: dict[str, object]) -> None:
    content = json.dumps(answer).encode()
    target.write(ANSWER.pack(len(content)) + content)
    target.flush()


if __name__ == "__main__":
    sys.exit(main())
