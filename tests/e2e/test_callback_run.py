"""The run of callbacks against citizens who answer and press keys, while every part is killed (R36).

HOTLINE_TEST_CALLBACKS is how many citizens are called (40; the whole proof is 200), HOTLINE_TEST_SEED whom fate hits.
"""

from __future__ import annotations

import asyncio
import os
import random
import signal
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import select

from callback_survey.deciding import Stage
from callback_survey.schedule_tables import CallbackRow
from callback_survey.settling import answers_in
from callback_survey.tables import AnswerRow, AttemptRow
from hotline import places, supervisor
from store.engine import Store
from tests import postgres
from tests.citizens import LAST, Citizens, sounds
from tests.hotline_fixture import TRUNK_HOST, Hotline, Hotlines
from tests.reviewed import reviewed
from tickets.service import history

CITIZENS = int(os.environ.get("HOTLINE_TEST_CALLBACKS", "40"))
SEED = int(os.environ.get("HOTLINE_TEST_SEED", "1"))
SECONDS = 30 + 4 * CITIZENS
VALUES = {
    "identity": {"1": "yes"}, "consent": {"1": "now"}, "contacted": {"1": "yes", "2": "no"},
    "solved": {"1": "yes", "2": "partly", "3": "no"}, "truthful": {"1": "yes", "2": "no"},
    "satisfied": {key: key for key in "12345"},
}  # fmt: skip
pytestmark = pytest.mark.timeout(SECONDS + 120)


@pytest.fixture
def database() -> Iterator[postgres.Server]:
    with postgres.server() as made:
        yield made


class Killer:
    """Kills the service, Asterisk and the database, each several times, at moments nobody chose."""

    def __init__(self, hotline: Hotline, database: postgres.Server, seed: int) -> None:
        self.done: Counter[str] = Counter()
        self._hotline, self._database = hotline, database
        self._fate = random.Random(seed)
        # The database ends with the thread that started it (see tests/postgres.py): this one lasts.
        self._thread = ThreadPoolExecutor(1)

    async def run(self, rounds: int) -> None:
        victims = [name for _ in range(rounds) for name in self._fate.sample(["service", "asterisk", "database"], 3)]
        for victim in victims:
            await asyncio.sleep(self._fate.uniform(1.5, 5.0))
            if victim == "database":
                loop = asyncio.get_running_loop()
                await loop.run_in_executor(self._thread, self._database.kill)
                await asyncio.sleep(self._fate.uniform(0.1, 2.0))
                await loop.run_in_executor(self._thread, self._database.start)
            else:
                known = supervisor.recorded(self._hotline.home / places.PROCESSES)
                if victim not in known:  # not started again yet since the last time
                    continue
                os.kill(known[victim].pid, signal.SIGKILL)
            self.done[victim] += 1


def plan(number: str) -> Mapping[str, str]:
    """The keys of one citizen, always the same."""
    chance = random.Random(number)
    return {name: chance.choice(sorted(values)) for name, values in VALUES.items()}


async def called(hotline: Hotline, store: Store, killer: Killer, rounds: int) -> Citizens:
    port = int(hotline.settings.trunk_peer.rpartition(":")[2])
    async with Citizens(TRUNK_HOST, port, plan, think=0.25) as citizens:
        fate = asyncio.ensure_future(killer.run(rounds))
        end = time.monotonic() + SECONDS
        twice: list[str] = []
        while time.monotonic() < end:
            await asyncio.sleep(0.2)
            twice += [number for number, times in Counter(citizens.talking).items() if times > 1]
            if fate.done() and await asyncio.to_thread(over, store):
                break
        await fate
        assert time.monotonic() < end, unfinished(store)
        assert not twice, f"two calls at once to {twice}"
        return citizens


def over(store: Store) -> bool:
    going = [Stage.DUE.value, Stage.CALLING.value, Stage.ENDED.value]
    with store.reading() as session:
        return session.scalar(select(CallbackRow.ticket).where(CallbackRow.stage.in_(going)).limit(1)) is None


def unfinished(store: Store) -> str:
    """What is left of the run, for whoever reads why the test failed."""
    with store.reading() as session:
        return "\n".join(
            f"{row.ticket} {row.stage} {row.due_at:%H:%M:%S} "
            + ", ".join(f"{one.channel} {one.outcome or 'open'}" for one in _attempts(session, row.ticket))
            for row in session.scalars(select(CallbackRow).where(CallbackRow.stage.notin_(["done", "people"])))
        )


def test_nobody_is_called_twice_and_no_answer_is_lost_whatever_is_killed(
    hotlines: Hotlines, database: postgres.Server
) -> None:
    """R36: each ticket has at most one call in progress, each given answer is kept once, and the run goes on."""
    hotline = hotlines(
        database_url=database.url, callback_hours="00:00-24:00", callback_holidays="yes",
        trunk_channels=2 + max(6, CITIZENS // 10),
        inbound_channels=2, callback_rate=5, survey_ring_seconds=10,
        amd=False,  # the citizens say nothing
    )  # fmt: skip
    hotline.start()
    sounds(hotline.home / places.SOUNDS / "zh")
    store = Store(database.url)
    tickets = {reviewed(store, number): number for number in (str(13900000000 + one) for one in range(CITIZENS))}
    killer = Killer(hotline, database, SEED)
    citizens = asyncio.run(called(hotline, store, killer, rounds=max(2, CITIZENS // 40)))
    told = f"killed {dict(killer.done)}, {len(citizens.visits)} calls to {len(tickets)} citizens"
    print(told)
    assert all(killer.done[part] for part in ("service", "asterisk", "database")), told
    with store.reading() as session:
        for ticket, number in tickets.items():
            visits = [one for one in citizens.visits if one.number == number]
            _compare(session, ticket, number, [one for one in visits if one.answered])
        stages = Counter(session.scalars(select(CallbackRow.stage)))
    assert set(stages) <= {Stage.DONE.value, Stage.PEOPLE.value}, stages
    store.close()


def _compare(session: Any, ticket: str, number: str, visits: list[Any]) -> None:
    """The peer's own record of the calls to one citizen against what was kept, one by one."""
    kept = [answers_in(session, row) for row in _attempts(session, ticket)]
    kept = [{name: value for name, value in one.items() if name in VALUES} for one in kept]
    for visit in visits:
        pressed = {name: VALUES[name][key] for name, key in visit.pressed.items()}
        taken = {name: value for name, value in pressed.items() if name in visit.taken}
        # A key that was on its way when a part was killed may or may not have arrived; all others have.
        match = next((one for one in kept if taken.items() <= one.items() <= pressed.items()), None)
        assert match is not None, f"{ticket}: {number} gave {pressed}, taken {taken}; kept {kept}"
        kept.remove(match)
    assert not any(kept), f"{ticket}: kept what {number} never gave: {kept}"
    whole = [visit for visit in visits if LAST in visit.taken]
    assert len(whole) == 1, f"{ticket}: {number} answered to the end {len(whole)} times"
    rows = session.scalars(select(AnswerRow).where(AnswerRow.ticket == ticket, AnswerRow.question == LAST)).all()
    assert [row.value for row in rows] == [VALUES[LAST][whole[0].pressed[LAST]]]
    moves = Counter(event["action"] for event in history(session, ticket))
    assert moves["callback"] == 1 and moves["close"] <= 1, f"{ticket}: {moves}"


def _attempts(session: Any, ticket: str) -> list[AttemptRow]:
    return list(session.scalars(select(AttemptRow).where(AttemptRow.ticket == ticket).order_by(AttemptRow.number)))
