"""Made-up tickets by the million, written as fast as each database takes them."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from store.base import LOCAL
from store.engine import Store
from tickets.access import SYSTEM
from tickets.assigning import World, clock_start
from tickets.clocks import running, set_light
from tickets.ddl import SEARCH_POSTGRESQL
from tickets.records import EVENTS, STORED, TICKETS, UNITS
from tickets.search_index import index_grams
from tickets.shipped_days import shipped_calendar
from tickets.terms import CallbackBy, Channel, Light, Part, RequestType, State, Term
from tickets.ticket import Ticket, UnitPart
from tickets.workdays import WorkCalendar

BATCH = 5_000
_AS_THEY_ARE = frozenset({str, int, bool, type(None)})
DAYS = 1_095
OPEN_DAYS = 25
NOW = datetime(2026, 6, 1, 9, 0, tzinfo=LOCAL)
TOWNS = (
    "狮山镇",
    "高桥镇",
    "猫街镇",
    "插甸镇",
    "白路镇",
    "万德镇",
    "己衣镇",
    "田心乡",
    "发窝乡",
    "环州乡",
    "东坡乡",
)
STREETS = (
    "城关路",
    "中山街",
    "民族路",
    "环城东路",
    "狮山大道",
    "菜市街",
    "朝阳巷",
    "建设路",
    "文化路",
    "北街村",
    "南街村",
    "西和村",
)
TROUBLES = (
    "自来水停水",
    "路灯不亮",
    "垃圾无人清运",
    "施工噪声扰民",
    "拖欠工资",
    "电梯故障",
    "物业乱收费",
    "公交不准时",
    "医保报销慢",
    "道路坑洼",
    "占道经营",
    "污水外溢",
    "房屋漏水",
    "低保申请",
    "户口迁移",
    "学区划分",
    "违章建筑",
    "食品变质",
    "快递丢失",
    "农药假冒",
)
ENDINGS = (
    "多次反映无人处理",
    "请尽快解决",
    "已经影响生活",
    "希望给予答复",
    "请问如何办理",
    "要求公开结果",
)
RARE = (
    "白鹳",
    "彝绣",
    "牦牛",
    "无人机",
    "充电桩",
    "野生菌",
    "温泉",
    "古树",
)
_OPEN_STATES = (State.ACCEPTED, State.DISPATCHED, State.SIGNED, State.CONTACTED, State.RESOLVED, State.CALLBACK)


@dataclass(slots=True)
class Made:
    """What was made, for asking about it: some numbers, phones and words of it."""

    now: datetime = NOW
    first: date = field(default_factory=lambda: NOW.date() - timedelta(days=DAYS - 1))
    days: int = DAYS
    open: int = 0
    numbers: list[str] = field(default_factory=list)
    phones: list[str] = field(default_factory=list)
    matters: list[str] = field(default_factory=list)
    territories: list[str] = field(default_factory=lambda: [f"532329-{n:02d}" for n in range(1, 12)])
    common: list[str] = field(default_factory=lambda: list(TROUBLES))
    places: list[str] = field(default_factory=lambda: list(STREETS))
    rare: list[str] = field(default_factory=lambda: list(RARE))


def make_tickets(store: Store, count: int, units: Sequence[str]) -> Made:
    """What was made: `count` tickets over three years, the last weeks' still open, with units, events, index."""
    rng = random.Random(12345)
    made = Made()
    with store.begin() as session:
        result = session.connection().exec_driver_sql("SELECT code FROM matters WHERE length(code) = 4")
        made.matters = sorted(result.scalars())
    calendar = shipped_calendar()
    with _indexes_afterwards(store):
        batch: list[Ticket] = []
        for ticket in _tickets(rng, count, list(units), made, calendar):
            batch.append(ticket)
            if len(batch) == BATCH:
                _write(store, batch)
                batch = []
        _write(store, batch)
    return made


@contextmanager
def _indexes_afterwards(store: Store) -> Iterator[None]:
    """Building an index once is much faster than keeping it with every row; the history's guard reads its own."""
    indexes = [index for table in (TICKETS, UNITS) for index in table.indexes]
    postgresql = store.engine.dialect.name == "postgresql"
    for index in indexes:
        index.drop(store.engine)
    with store.engine.begin() as connection:
        if postgresql:
            connection.exec_driver_sql("DROP INDEX ix_ticket_search_grams")
    yield
    for index in indexes:
        index.create(store.engine)
    with store.engine.begin() as connection:
        if postgresql:
            connection.exec_driver_sql(SEARCH_POSTGRESQL[1])


def _tickets(rng: random.Random, count: int, units: list[str], made: Made, calendar: WorkCalendar) -> Iterator[Ticket]:
    for place in range(count):
        day = made.first + timedelta(days=place * DAYS // count)
        sequence = place - (((day - made.first).days * count + DAYS - 1) // DAYS) + 1
        ticket = _ticket(rng, place + 1, f"{day:%y%m%d}{sequence:06d}", day, units, made, calendar)
        if place % max(count // 2_000, 1) == 0:
            made.numbers.append(ticket.number)
            made.phones.append(ticket.phone)
        made.open += ticket.closed_at is None
        yield ticket


def _ticket(
    rng: random.Random,
    number: int,
    name: str,
    day: date,
    units: list[str],
    made: Made,
    calendar: WorkCalendar,
) -> Ticket:
    at = datetime(day.year, day.month, day.day, 8 + number % 10, number % 60, tzinfo=LOCAL)
    trouble, town, street = rng.choice(TROUBLES), rng.randrange(11), rng.choice(STREETS)
    odd = rng.choice(RARE) if rng.random() < 0.0005 else ""
    unit = rng.choice(units)
    helper = rng.choice(units) if rng.random() < 0.05 else unit
    ticket = Ticket(
        number=name,
        state=State.CLOSED,
        channel=rng.choice(list(Channel)),
        created_at=at,
        id=number,
        version=1,
        request_type=rng.choice([kind for kind in RequestType if kind]),
        subject=f"{TOWNS[town]}{street}{trouble}",
        body=f"群众反映{TOWNS[town]}{street}{rng.randrange(1, 200)}号{trouble}{odd}，{rng.choice(ENDINGS)}。",
        matter=rng.choice(made.matters),
        territory=made.territories[town],
        phone=f"138{rng.randrange(200_000):08d}",
        accepted_at=at,
        dispatched_at=at,
        lead_unit=unit,
        units=(UnitPart(unit, Part.LEAD), *([UnitPart(helper, Part.CO)] if helper != unit else [])),
        callback_by=CallbackBy.AUTO,
        satisfied=rng.randrange(1, 6),
        closed_at=at + timedelta(days=20),
    )
    if (made.now.date() - day).days >= OPEN_DAYS:
        return ticket
    world = World(SYSTEM, at, calendar)
    state = rng.choice(_OPEN_STATES)
    fresh = replace(ticket, state=state, closed_at=None, **clock_start(ticket, world))
    if state in (State.CONTACTED, State.RESOLVED, State.CALLBACK):
        fresh = replace(fresh, contacted_at=at)
    lit = set_light(fresh, running(fresh, calendar), made.now)
    return replace(lit, overdue="contact,resolve" if lit.light == Light.RED else "")


def _write(store: Store, batch: list[Ticket]) -> None:
    ticket_rows = [[_plain(store, getattr(t, name)) for name in STORED] for t in batch]
    unit_columns = ("number", "unit", "part", "report", "reported_at")
    unit_rows = [[t.number, p.unit, p.part.value, "", None] for t in batch for p in t.units]
    event_columns = tuple(c.name for c in EVENTS.c if c.name != "id")
    event_rows = [[_plain(store, value) for value in _created(ticket)] for ticket in batch]
    index_rows = [(t.id, index_grams(t)) for t in batch]
    with store.engine.begin() as connection:
        raw: Any = connection.connection.driver_connection
        put = _put_sqlite if store.engine.dialect.name == "sqlite" else _put_postgresql
        put(raw, TICKETS.name, STORED, ticket_rows)
        put(raw, UNITS.name, unit_columns, unit_rows)
        put(raw, EVENTS.name, event_columns, event_rows)
        if store.engine.dialect.name == "sqlite":
            put(raw, "ticket_search", ("rowid", "grams"), [[key, " ".join(words)] for key, words in index_rows])
        else:
            # A tsvector is read from its quoted words.
            quoted = [[key, " ".join(f"'{word}'" for word in words)] for key, words in index_rows]
            put(raw, "ticket_search", ("ticket_id", "grams"), quoted)


def _created(ticket: Ticket) -> list[Any]:
    return [ticket.id, 1, ticket.created_at, "create", None, ticket.state, "made", "system", "", "登记", {}]


def _plain(store: Store, value: Any) -> Any:
    if type(value) in _AS_THEY_ARE:
        return value
    if isinstance(value, Term):
        return value.value
    if isinstance(value, tuple | dict):
        return json.dumps(value)
    if store.engine.dialect.name == "sqlite" and isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
    return value.isoformat() if store.engine.dialect.name == "sqlite" else value


def _put_sqlite(raw: Any, table: str, columns: Sequence[str], rows: list[list[Any]]) -> None:
    marks = ", ".join("?" * len(columns))
    raw.executemany(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})", rows)


def _put_postgresql(raw: Any, table: str, columns: Sequence[str], rows: list[list[Any]]) -> None:
    with raw.cursor() as cursor, cursor.copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)
