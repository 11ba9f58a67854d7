"""Who was not called lately has missed no callback, and is not kept waiting for the database (R36)."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest

from callback_survey import calling_in
from callback_survey.called_lately import CalledLately
from callback_survey.tables import AttemptRow
from hotline.desk import TicketDesk
from ivr.errors import DeskAway
from store.base import now
from store.engine import Store

PHONE, OTHER = "13900000001", "13900000002"
MOMENT = now()
SECOND, HOUR = timedelta(seconds=1), timedelta(hours=1)


def attempt(store: Store, phone: str, ago: timedelta = timedelta()) -> None:
    """An attempt to call the number that was begun so long before MOMENT, by any machine."""
    with store.begin() as session:
        channel = f"survey-{phone}-{ago}"
        session.add(AttemptRow(channel=channel, ticket=phone[-11:], number=round(ago.total_seconds()), phone=phone,
                               call=channel, started_at=MOMENT - ago, outcome="no-answer"))  # fmt: skip


def read(store: Store, called: CalledLately, after: timedelta = timedelta()) -> None:
    with store.reading() as session:
        called.read(session, MOMENT + after)


def test_before_anything_was_read_nobody_is_ruled_out() -> None:
    assert CalledLately().perhaps(PHONE, MOMENT)


def test_only_who_was_called_lately_is_not_ruled_out(store: Store) -> None:
    attempt(store, PHONE, calling_in.REMEMBERED)  # dialled a moment after it was begun
    attempt(store, OTHER, timedelta(days=9))
    called = CalledLately()
    read(store, called)
    assert called.perhaps(PHONE, MOMENT) and called.perhaps(f"0{PHONE}", MOMENT)
    assert not called.perhaps(OTHER, MOMENT) and not called.perhaps("", MOMENT)


def test_each_reading_takes_in_what_was_begun_since(store: Store) -> None:
    called = CalledLately()
    read(store, called)
    attempt(store, PHONE, 30 * SECOND)  # by a machine whose clock is behind
    assert not called.perhaps(PHONE, MOMENT)
    read(store, called, 2 * SECOND)
    assert called.perhaps(PHONE, MOMENT + 2 * SECOND)
    read(store, called, 4 * SECOND)
    assert called.perhaps(PHONE, MOMENT + 4 * SECOND)


def test_while_the_database_cannot_be_read_nobody_is_ruled_out(store: Store) -> None:
    called = CalledLately()
    read(store, called)
    assert not called.perhaps(PHONE, MOMENT + 9 * SECOND)
    assert called.perhaps(PHONE, MOMENT + 11 * SECOND)


def test_once_an_hour_all_is_read_anew_and_what_is_long_ago_forgotten(store: Store) -> None:
    attempt(store, PHONE, calling_in.REMEMBERED + 23 * HOUR)
    called = CalledLately()
    read(store, called)
    attempt(store, OTHER, 10 * HOUR)  # put in later with an earlier time
    read(store, called, HOUR)
    assert called.perhaps(PHONE, MOMENT + HOUR) and not called.perhaps(OTHER, MOMENT + HOUR)
    read(store, called, 2 * HOUR)
    assert not called.perhaps(PHONE, MOMENT + 2 * HOUR) and called.perhaps(OTHER, MOMENT + 2 * HOUR)


def test_the_desk_asks_the_database_only_about_those() -> None:
    with ThreadPoolExecutor(1) as threads:
        away = Store("postgresql://nobody@127.0.0.1:1/none")
        desk = TicketDesk(away, threads, Path(), perhaps=lambda caller, _at: caller == PHONE)
        assert not asyncio.run(desk.waits(OTHER))
        with pytest.raises(DeskAway):
            asyncio.run(desk.waits(PHONE))
