"""The callback run: surveys an hour over thirty channels, what one costs, and what picking the next one costs."""

from __future__ import annotations

import os
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, cast

from sqlalchemy import Table, func, insert, select

from bench import gauge, sipp
from bench.report import BenchError, Findings, Row, Say
from bench.scale import Scale
from callback_survey import schedule
from callback_survey.deciding import Stage
from callback_survey.schedule_tables import CallbackRow
from callback_survey.tables import AttemptRow
from hotline import places
from speech import audio
from store.base import Base, now
from store.engine import Store
from tests.hotline_fixture import TRUNK_HOST, Hotline, free_port
from tests.reviewed import reviewed
from tickets.tables import TicketRow

CHANNELS = 30
_SCENARIO = Path(__file__).parent / "scenarios" / "answering.xml"
# A prompt is a tone, a key follows well after it: SIPp hears nothing, so it must be sure that the question stands.
# Short ones: the more often a channel changes hands, the harder it is to keep the trunk in use.
_PROMPTS = ("survey_intro", "survey_agent", "survey_identity", "survey_consent_before", "survey_consent_topic",
            "survey_consent_after", "survey_contacted", "survey_solved", "survey_truthful", "survey_satisfied",
            "survey_end")
_LONG = 0.8
_KEYS = "1111111"  # the first stops the introduction
_PAUSE = 1.6
_EVERY = 0.5
_CALL = len(_KEYS) * _PAUSE + 3 * _LONG + 0.6  # seconds that a call takes at most
_AROUND = 60.0  # seconds for starting, making tickets, and the schedule alone
_PICKS = 30
_PRESS = """  <pause milliseconds="{pause}" />
  <send retrans="500">
    <![CDATA[
      INFO [next_url] SIP/2.0
      Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
      From: <sip:[local_ip]:[local_port]>;tag=[pid]t[call_number]
      To: [$asterisk]
      Call-ID: [call_id]
      CSeq: {number} INFO
      Max-Forwards: 70
      Content-Type: application/dtmf-relay
      Content-Length: [len]

      Signal={key}
      Duration=100
    ]]>
  </send>
  <recv response="200" timeout="20000" />
"""
_REMEMBER = """  <recv request="INVITE" rrs="true">
    <action>
      <ereg regexp=".*" search_in="hdr" header="From:" assign_to="asterisk" />
    </action>
  </recv>"""


@dataclass(slots=True)
class Ran:
    """What the run did: seconds it took, CPU seconds by part, channels in use at each look while work remained."""

    seconds: float = 0.0
    done: int = 0
    cpu: dict[str, float] = field(default_factory=dict)
    looks: list[int] = field(default_factory=list)


@contextmanager
def _citizens(made: Hotline) -> Iterator[None]:
    program = sipp.find()
    if program is None:
        raise BenchError(sipp.MISSING)
    presses = "".join(
        _PRESS.format(pause=round(1000 * _PAUSE), number=place, key=key) for place, key in enumerate(_KEYS, 1)
    )
    text = _SCENARIO.read_text().replace('  <recv request="INVITE" rrs="true" />', _REMEMBER).replace("KEYS\n", presses)
    with tempfile.TemporaryDirectory(prefix="sipp-") as name:
        (Path(name) / "answering.xml").write_text(text)
        port = str(made.settings.trunk_peer).rpartition(":")[2]
        given = ("-sf", "answering.xml", "-i", TRUNK_HOST, "-p", port, "-mi", TRUNK_HOST,
                 "-mp", str(free_port(TRUNK_HOST)), "-nostdin", "-trace_err", "-error_file", "errors.log")
        process = subprocess.Popen(
            [program, *given], cwd=name, env={**os.environ, "TERM": "dumb"}, stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            yield
        finally:
            process.kill()
            process.wait()


def run(scale: Scale, say: Say) -> Findings:
    """Calls first, then the schedule alone."""
    found = Findings()
    if sipp.find() is None:
        found.remarks.append(sipp.MISSING)
    else:
        number = min(scale.callbacks, _fitting(scale.seconds))
        if number < scale.callbacks:
            found.remarks.append(f"{number} callbacks: more do not fit into the time beside other sections")
        found.rows += _calls(number, say)
    small, large = _picks((1_000, scale.scheduled), say)
    found.rows += [
        Row("picking the next of 1,000 scheduled callbacks", 1000 * small, "ms"),
        Row(f"picking the next of {scale.scheduled:,}", 1000 * large, "ms"),
        Row("the larger schedule / the smaller", large / small, "x", most=1.2),
    ]
    return found


def _fitting(seconds: float) -> int:
    """How many calls can be made in the time that is left."""
    return max(int((seconds - _AROUND) * CHANNELS / _CALL), CHANNELS)


def _calls(number: int, say: Say) -> list[Row]:
    made = Hotline(
        callback_hours="00:00-24:00", callback_holidays="yes", trunk_channels=CHANNELS, inbound_channels=0,
        callback_rate=10, amd=False,
    )  # fmt: skip
    try:
        for prompt in _PROMPTS:
            audio.write_wav(made.home / places.OVERRIDES / f"{prompt}.wav", audio.to_alaw(audio.tone(440, _LONG)))
        made.start()
        store = Store(made.settings.database)
        say(f"{number} tickets reviewed")
        with store.begin() as session:
            schedule.pause(session, "trunk", "bench", now())
        for place in range(number):
            reviewed(store, str(13900000000 + place))
        with _citizens(made):
            with store.begin() as session:
                schedule.resume(session, "trunk")
            ran = _watch(made, store, number)
        store.close()
    finally:
        made.close()
    whole = [look for look in ran.looks if look]
    occupancy = sum(whole) / (len(whole) * CHANNELS) if whole else 0.0
    return [
        Row("surveys answered to the end", ran.done, f"of {number}", least=number),
        Row(f"callbacks an hour at {CHANNELS} channels", 3600 * ran.done / ran.seconds),
        Row("seconds that a channel is taken by a call", CHANNELS * ran.seconds / max(ran.done, 1)),
        Row("trunk in use while work remained", 100 * occupancy, "%", least=95),
        *(Row(f"CPU a completed survey, {part}", 1000 * used / max(ran.done, 1), "ms")
          for part, used in ran.cpu.items()),
    ]


def _watch(made: Hotline, store: Store, number: int) -> Ran:
    pids = {part: made.pid(part) for part in ("asterisk", "service")}
    before = {part: gauge.cpu(pid) for part, pid in pids.items()}
    ran, began = Ran(), time.monotonic()
    limit = 120 + number * 2
    first = 0.0
    while time.monotonic() - began < limit:
        time.sleep(_EVERY)
        with store.reading() as session:
            stages: Mapping[str, int] = {
                stage: count for stage, count in session.execute(
                    select(CallbackRow.stage, func.count()).group_by(CallbackRow.stage))
            }
            going = session.scalar(
                select(func.count()).where(AttemptRow.outcome == "", AttemptRow.dialled_at.is_not(None))
            ) or 0
        first = first or (time.monotonic() if going >= CHANNELS or not stages.get("due") else 0.0)
        if first and stages.get(Stage.DUE.value):
            ran.looks.append(_on_trunk(made))
        if not stages.keys() & {Stage.DUE.value, Stage.CALLING.value, Stage.ENDED.value}:
            break
    ran.seconds = time.monotonic() - began
    ran.done = stages.get(Stage.DONE.value, 0)
    ran.cpu = {part: (gauge.cpu(pid) - before[part]).own for part, pid in pids.items()}
    return ran


def _on_trunk(made: Hotline) -> int:
    """How many channels of the trunk Asterisk itself has at the moment."""
    return made.cli("core show channels concise").count("PJSIP/trunk-")


def _picks(sizes: Sequence[int], say: Say) -> list[float]:
    """The seconds that picking one of so many takes, medians, in turns; half of the callbacks are due."""
    at = now()
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        stores = [Store(f"sqlite:///{folder}/{size}.db") for size in sizes]
        for size, store in zip(sizes, stores, strict=True):
            say(f"a schedule of {size:,}")
            Base.metadata.create_all(store.engine)
            _fill(store, size)
        times: list[list[float]] = [[] for _ in sizes]
        for _ in range(_PICKS):
            for store, taken in zip(stores, times, strict=True):
                taken.append(_pick(store, at))
        for store in stores:
            store.close()
    return [gauge.median(taken) for taken in times]


def _pick(store: Store, at: datetime) -> float:
    began = time.perf_counter()
    with store.begin() as session:
        picked = schedule.claim(session, at, 1)
    if len(picked) != 1:
        raise BenchError("no callback was picked")
    return time.perf_counter() - began


def _fill(store: Store, number: int) -> None:
    at = now()
    begin = at - timedelta(seconds=number)
    tickets, callbacks = cast(Table, TicketRow.__table__), cast(Table, CallbackRow.__table__)
    with store.begin() as session:
        for place in range(_PICKS):  # the tickets that will be picked
            values: dict[str, Any] = {"number": f"{place:012}", "state": "reviewed", "channel": "web", "created_at": at}
            session.execute(insert(tickets).values(**values, phone=str(13900000000 + place)))
    with store.begin() as session:
        for start in range(0, number, 10_000):
            session.execute(insert(callbacks), [
                {"ticket": f"{place:012}", "phone": str(13900000000 + place), "stage": Stage.DUE.value,
                 "due_at": begin + timedelta(seconds=2 * place), "round": 1, "first": 1, "faults": 0, "channel": "",
                 "why": "", "token": "", "created_at": begin, "changed_at": begin}
                for place in range(start, min(start + 10_000, number))
            ])  # fmt: skip
