"""A unit's list among thousands of others' tickets reads about as many as it shows, on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

import pytest
from sqlalchemy import insert, text
from sqlalchemy.orm import Session

from store.base import LOCAL
from store.engine import Store
from tickets.duties import start_catalogue
from tickets.queries import Wanted, list_tickets
from tickets.tables import TicketRow, TicketUnitRow
from tickets.terms import Channel, Part, State

COUNT, DAY, EACH, SIZE = 8_000, 1_000, 20, 20
AT = datetime(2026, 3, 2, 9, 0, tzinfo=LOCAL)
_STEPS = 100  # of SQLite's own, that it may take for each ticket it reads


@pytest.fixture
def many(store: Store) -> Store:
    """Closed tickets of eight days, a thousand each; every twentieth is the water office's."""
    rows: list[dict[str, Any]] = []
    for n in range(COUNT):
        number = f"2501{n // DAY + 1:02d}{n % DAY + 1:06d}"
        rows.append({"number": number, "state": State.CLOSED, "channel": Channel.WEB, "created_at": AT,
                     "closed_at": AT, "lead_unit": "zfj" if n % EACH else "swj"})  # fmt: skip
    parts = [{"number": row["number"], "unit": row["lead_unit"], "part": Part.LEAD} for row in rows]
    with store.begin() as session:
        start_catalogue(session)
        session.execute(insert(TicketRow), rows)
        session.execute(insert(TicketUnitRow), parts)
    if store.engine.dialect.name == "postgresql":
        with store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE"))
    return store


def reads(session: Session) -> Iterator[int]:
    """How many tickets the transaction has read so far, whenever it is asked."""
    steps = 0

    def step() -> int:
        nonlocal steps
        steps += 1
        return 0

    if session.get_bind().dialect.name == "sqlite":
        raw: Any = session.connection().connection.driver_connection
        raw.set_progress_handler(step, _STEPS)
        while True:
            yield steps
    told = text("SELECT seq_tup_read + idx_tup_fetch FROM pg_stat_xact_user_tables WHERE relname = 'tickets'")
    while True:
        yield int(session.execute(told).scalar_one())


def test_a_units_list_reads_its_own_page(many: Store) -> None:
    """Wherever the page begins: not the tickets of others before it."""
    since, until = date(2025, 1, 2), date(2025, 1, 3)
    lists = [Wanted(unit="swj"), Wanted(unit="swj", until=until), Wanted(unit="swj", since=since, until=until)]
    for wanted in lists:
        for after in ("", "250103000500"):
            with many.begin() as session:
                so_far = reads(session)
                before = next(so_far)
                page = list_tickets(session, wanted, size=SIZE, after=after)
                assert [row["lead_unit"] for row in page.rows] == ["swj"] * SIZE
                assert next(so_far) - before <= 3 * SIZE, (wanted, after)
