"""A hotline of the bench's own: real processes, short prompts, and the same call in other ways beside the product's."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from bench.report import BenchError
from hotline import places
from speech import audio
from tests.hotline_fixture import Hotline

SOUNDS = {"greeting": 0.1, "recorded": 0.1, "danger": 0.1, "main_menu": 1.5, "to_agent": 0.1}
# Seconds after the answer. Answer() waits half a second for media that does not come; the menu plays from 0.8 to 2.3.
PRESSED = 1.4
_DIALPLAN = Path(__file__).with_name("dialplan.conf")
_INBOUND = re.compile(r"^\[inbound\]\n(.*?)(?=^\[)", re.MULTILINE | re.DOTALL)
_PRESS = "at=main&key=1"
_PORTS = 1_000


@contextmanager
def hotline(sounds: Mapping[str, float] | None = None) -> Iterator[Hotline]:
    """A hotline that runs, with RTP ports for hundreds of calls; gone after the block. Raises AssertionError.

    `sounds`: prompts that are but a tone of so many seconds.
    """
    first = random.randrange(12_000, 30_000, 200)
    made = Hotline(rtp_start=first, rtp_end=first + _PORTS - 2)
    try:
        for prompt, seconds in (sounds or {}).items():
            audio.write_wav(made.home / places.OVERRIDES / f"{prompt}.wav", audio.to_alaw(audio.tone(440, seconds)))
        made.start()
        yield made
    finally:
        made.close()


@contextmanager
def short(bare_port: int) -> Iterator[Hotline]:
    """A hotline whose standard menu path takes a second and ends there, with bench/dialplan.conf."""
    with hotline(SOUNDS) as made:
        _extend(made, bare_port)
        yield made


def _extend(made: Hotline, bare_port: int) -> None:
    """Changes the rendered copy: calls end where the queue would begin; the ways of dialplan.conf are added."""
    folder = made.home / "etc" / "dialplan"
    inbound = _INBOUND.search((folder / "inbound.conf").read_text(encoding="utf-8"))
    queues = (folder / "queues.conf").read_text(encoding="utf-8")
    if inbound is None or "Goto(flow,inbound,1)" not in inbound[1] or "[next-queue]\n" not in queues:
        raise BenchError("the product's dialplan has changed: mend bench/line.py")
    ended = queues.replace("[next-queue]\n", "[next-queue]\nexten => s,1,Hangup()\n\n[bench-queue]\n")
    (folder / "queues.conf").write_text(ended, encoding="utf-8")
    lead = inbound[1].replace("Goto(flow,inbound,1)", "Goto(bench-menu,s,1)")
    added = _DIALPLAN.read_text(encoding="utf-8").replace("${BARE}", str(bare_port))
    (folder / "bench.conf").write_text(f"{added}[bench-inbound]\n{lead}", encoding="utf-8")
    made.cli("dialplan reload")
    if "bench-inbound" not in made.cli("dialplan show 12343@from-trunk"):
        raise BenchError("Asterisk did not take the bench's dialplan")


class Notes:
    """What Asterisk's event log says of the calls placed since the last look."""

    def __init__(self, made: Hotline) -> None:
        self._file = made.home / "log/cel-custom/cel.csv"
        self._read = self._file.stat().st_size if self._file.exists() else 0

    def look(self) -> tuple[int, int]:
        """How many calls pressed 1 in the main menu, and how many were taken by the fallback, since the last look."""
        if not self._file.exists():
            return 0, 0
        with self._file.open("rb") as file:
            file.seek(self._read)
            text = file.read().decode("utf-8", "replace")
        self._read += len(text.encode())
        pressed = [line for line in text.splitlines() if line.startswith('"path"') and _PRESS in line]
        return len(pressed), sum(line.startswith('"fallback"') for line in text.splitlines())
