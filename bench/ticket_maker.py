"""Made-up tickets by the million: three years of them, all closed but those of the last weeks.

What a ticket says is one of a few thousand shapes; the database itself puts shapes and cases (number, citizen, day,
unit) together. Indexes and triggers are made anew afterwards, as after any large import.
"""

from __future__ import annotations

import math
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    MetaData,
    String,
    Table,
    Text,
    cast,
    func,
    insert,
    literal,
    select,
    text,
    true,
)  # fmt: skip

from bench.ticket_words import RARE, STREETS, TOWNS, TROUBLES, WISHES
from store.base import LOCAL, Base, Instant
from store.engine import Store
from tickets.access import SYSTEM
from tickets.assigning import World, clock_start
from tickets.clocks import running, set_light
from tickets.duties import start_catalogue
from tickets.records import EVENTS, STORED, TICKETS, UNITS
from tickets.search_index import grams
from tickets.shipped_days import shipped_calendar
from tickets.terms import CallbackBy, Channel, Light, Part, RequestType, Solved, State
from tickets.ticket import Ticket
from tickets.trees import MATTERS, TERRITORIES
from tickets.units import UNITS as REGISTRY

NOW = datetime(2026, 6, 1, 9, 0, tzinfo=LOCAL)
DAYS = 1_095
OPEN_DAYS = 25
HOURS = 10
_SHAPES = 4_000
_PEOPLE = 200_000
_BATCH = 100_000
_OPEN_STATES = (State.ACCEPTED, State.DISPATCHED, State.SIGNED, State.CONTACTED, State.RESOLVED, State.CALLBACK)
_BENCH = MetaData()


def _table(name: str, key: str, *columns: Column[Any]) -> Table:
    return Table(f"bench_{name}", _BENCH, Column(key, BigInteger, primary_key=True, autoincrement=False), *columns)


SHAPES = _table("shapes", "shape", *(Column(name, TICKETS.c[name].type) for name in STORED), Column("grams", Text))
# What closed tickets have of each date, by the slot in which they came in: every seventh is signed late, every sixth
# resolved late.
_DATES = ("due_return", "signed_at", "due_resolve", "resolved_at", "called_back_at")
MOMENTS = _table(
    "moments", "slot", Column("day", String), Column("at", Instant), Column("closed", Instant),
    *(Column(name, TICKETS.c[name].type) for name in _DATES),
)  # fmt: skip
COUNTERS = _table("counters", "n")
LEADS = _table("leads", "lead", Column("unit", String))
CASES = _table(
    "cases", "id", Column("number", String), Column("shape", BigInteger), Column("phone", String),
    Column("at", Instant), Column("closed", Instant), Column("unit", String),
    *(Column(name, TICKETS.c[name].type) for name in _DATES),
)  # fmt: skip
_OF_CASE = {
    "id": CASES.c.id, "number": CASES.c.number, "phone": CASES.c.phone, "created_at": CASES.c.at,
    "accepted_at": CASES.c.at, "dispatched_at": CASES.c.at, "closed_at": CASES.c.closed, "lead_unit": CASES.c.unit,
    **{name: CASES.c[name] for name in _DATES},
}  # fmt: skip
_WHOLE = CASES.join(SHAPES, SHAPES.c.shape == CASES.c.shape)


@dataclass(frozen=True, slots=True)
class County:
    """What tickets are about and who works on them, as codes."""

    units: Sequence[str]
    matters: Sequence[str]
    towns: Sequence[str]


def make(store: Store, count: int, seconds: float, say: Callable[[str], None]) -> int:
    """How many tickets were made in an empty database: `count` or some more, or what `seconds` were enough for."""
    began = time.monotonic()
    Base.metadata.create_all(store.engine)
    with store.begin() as session:
        start_catalogue(session)
    with store.engine.connect() as connection:
        county = _county(connection)
        connection.rollback()
        _unguard(connection)
        again = _drop_extras(connection)
        made = _fill(connection, county, count, began + seconds, say)
        say(f"{made:,} tickets are in, indexes next")
        for statement in again:
            connection.exec_driver_sql(statement)
        _BENCH.drop_all(connection)
        connection.commit()
    if store.engine.dialect.name == "postgresql":  # as its autovacuum does; nobody does so for SQLite
        with store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE"))
    say(f"indexed, {time.monotonic() - began:.0f} s in all")
    return made


def _sqlite(connection: Connection) -> bool:
    return connection.dialect.name == "sqlite"


def _county(connection: Connection) -> County:
    towns = select(TERRITORIES.c.code).where(TERRITORIES.c.parent.is_not(None)).order_by(TERRITORIES.c.code)
    leaves = select(MATTERS.c.code).where(func.length(MATTERS.c.code) == 4).order_by(MATTERS.c.code)
    units = select(REGISTRY.c.code).order_by(REGISTRY.c.code)
    return County(*(connection.execute(query).scalars().all() for query in (units, leaves, towns.limit(len(TOWNS)))))


def _unguard(connection: Connection) -> None:
    """What is made here refers only to what is there; checking it row by row would take longer than making it."""
    if _sqlite(connection):
        raw: Any = connection.connection.driver_connection
        for pragma in ("foreign_keys=OFF", "synchronous=OFF"):
            raw.execute(f"PRAGMA {pragma}")
        return
    connection.execute(text("SET session_replication_role = replica"))
    connection.execute(text("SET maintenance_work_mem = '512MB'"))


def _drop_extras(connection: Connection) -> list[str]:
    """What makes the indexes and triggers of the large tables again, after they are dropped."""
    names = (TICKETS.name, EVENTS.name, UNITS.name, "ticket_search")
    if _sqlite(connection):
        found = connection.exec_driver_sql(
            "SELECT type, name, sql FROM sqlite_master WHERE type IN ('index', 'trigger') AND sql IS NOT NULL"
            f" AND tbl_name IN {names}"
        ).all()
    else:
        found = connection.exec_driver_sql(
            "SELECT 'INDEX', indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'"
            f" AND tablename IN {names} AND indexname NOT IN (SELECT conname FROM pg_constraint)"
        ).all()
    for kind, name, _ in found:
        connection.exec_driver_sql(f"DROP {kind} {name}")
    return [statement for _, _, statement in found]


def _fill(
    connection: Connection, county: County, count: int, until: float, say: Callable[[str], None]
) -> int:
    """How many tickets were made: the open ones, and closed ones `until` a moment of the monotonic clock."""
    rng = random.Random(12345)
    each = math.ceil(count / (DAYS * HOURS))
    shapes = _prepare(connection, rng, county, each)
    made = 0
    first_open = (DAYS - OPEN_DAYS) * HOURS
    width = max(_BATCH // each, 1)
    for slot in range(0, first_open, width):
        made += _cases(connection, len(county.units), each, slot, min(slot + width, first_open))
        columns = [_OF_CASE.get(name, SHAPES.c[name]).label(name) for name in STORED]
        connection.execute(insert(TICKETS).from_select(list(STORED), select(*columns).select_from(_WHOLE)))
        _accompany(connection)
        say(f"{made:,} tickets")
        if time.monotonic() > until:
            break
    opened = _cases(connection, len(county.units), each, first_open, DAYS * HOURS)
    _open(connection, rng, shapes)
    _accompany(connection)
    return made + opened


def _prepare(connection: Connection, rng: random.Random, county: County, each: int) -> list[Ticket]:
    """The shapes, after what cases are made of is in the database."""
    _BENCH.create_all(connection)
    shapes = [_shape(rng, place, county) for place in range(_SHAPES)]
    connection.execute(insert(SHAPES), [_shape_row(place, shape) for place, shape in enumerate(shapes)])
    connection.execute(insert(MOMENTS), [_moment(slot) for slot in range(DAYS * HOURS)])
    connection.execute(insert(COUNTERS), [{"n": n} for n in range(each)])
    if not _sqlite(connection):
        connection.exec_driver_sql(
            f"ALTER TABLE {SHAPES.name} ADD COLUMN lexemes tsvector "
            "GENERATED ALWAYS AS (array_to_tsvector(string_to_array(grams, ' '))) STORED"
        )
    connection.execute(insert(LEADS), [{"lead": place, "unit": unit} for place, unit in enumerate(county.units)])
    return shapes


def _moment(slot: int) -> dict[str, Any]:
    day = NOW.date() - timedelta(days=DAYS - 1 - slot // HOURS)
    at = datetime(day.year, day.month, day.day, 8 + slot % HOURS, slot % 60, tzinfo=LOCAL)
    late = {"signed_at": timedelta(days=3 if slot % 7 == 0 else 0), "resolved_at": timedelta(days=19 - slot % 6)}
    return {
        "slot": slot, "day": f"{day:%y%m%d}", "at": at, "closed": at + timedelta(days=20),
        "due_return": day + timedelta(days=1), "due_resolve": day + timedelta(days=18),
        "called_back_at": at + timedelta(days=20), **{name: at + lag for name, lag in late.items()},
    }  # fmt: skip


def _cases(connection: Connection, units: int, each: int, low: int, high: int) -> int:
    """How many cases there are now: `each` of every slot from `low` to below `high`, and no others."""
    connection.execute(CASES.delete())
    place = MOMENTS.c.slot * each + COUNTERS.c.n
    of_day = (MOMENTS.c.slot % HOURS) * each + COUNTERS.c.n + 1
    query = (
        select(
            place + 1, MOMENTS.c.day + _padded(of_day, 6), place * 48_271 % _SHAPES,
            "138" + _padded(place * 7_919 % _PEOPLE, 8), MOMENTS.c.at, MOMENTS.c.closed, LEADS.c.unit,
            *(MOMENTS.c[name] for name in _DATES),
        )
        .select_from(MOMENTS.join(COUNTERS, true()).join(LEADS, LEADS.c.lead == place * 31 % units))
        .where(MOMENTS.c.slot >= low, MOMENTS.c.slot < high)
    )  # fmt: skip
    connection.execute(insert(CASES).from_select([column.name for column in CASES.c], query))
    return (high - low) * each


def _padded(value: ColumnElement[int], digits: int) -> ColumnElement[str]:
    return func.substr(cast(value + 10**digits, String), 2)


def _shape(rng: random.Random, place: int, county: County) -> Ticket:
    town = rng.randrange(len(county.towns))
    trouble, street = rng.choice(TROUBLES), rng.choice(STREETS)
    odd = RARE[place] if place < len(RARE) else ""
    return Ticket(
        number="", state=State.CLOSED, channel=rng.choice(list(Channel)), created_at=NOW, version=1,
        request_type=rng.choice([kind for kind in RequestType if kind]), subject=f"{TOWNS[town]}{street}{trouble}",
        body=f"群众反映{TOWNS[town]}{street}{rng.randrange(1, 200)}号{trouble}{odd}，{rng.choice(WISHES)}。",
        matter=rng.choice(county.matters), territory=county.towns[town], callback_by=CallbackBy.AUTO,
        satisfied=rng.randrange(1, 6), solved=rng.choice(list(Solved)),
    )  # fmt: skip


def _shape_row(place: int, shape: Ticket) -> dict[str, Any]:
    words = grams(f"{shape.subject}\n{shape.address}\n{shape.body}")
    return {**_row(shape), "shape": place, "grams": " ".join(words)}


def _row(ticket: Ticket) -> dict[str, Any]:
    return {name: getattr(ticket, name) for name in STORED} | {"recordings": []}


def _accompany(connection: Connection) -> None:
    """Gives the tickets of all cases their unit, their first event and their words."""
    led: dict[str, Any] = {"number": CASES.c.number, "unit": CASES.c.unit, "part": literal(Part.LEAD.value)}
    led |= {column.name: literal("") for column in UNITS.c if column.name not in led and not column.nullable}
    connection.execute(insert(UNITS).from_select(list(led), select(*led.values())))
    event = {"ticket_id": CASES.c.id, "seq": literal(1), "at": CASES.c.at, "action": literal("create"),
             "state_to": literal(State.DRAFT.value), "author": literal("system"), "role": literal("system"),
             "unit": literal(""), "reason": literal("登记"), "detail": literal({}, EVENTS.c.detail.type)}  # fmt: skip
    connection.execute(insert(EVENTS).from_select(list(event), select(*event.values())))
    key, words = ("rowid", "s.grams") if _sqlite(connection) else ("ticket_id", "s.lexemes")
    connection.execute(text(
        f"INSERT INTO ticket_search ({key}, grams) SELECT c.id, {words} "
        f"FROM {CASES.name} c JOIN {SHAPES.name} s ON s.shape = c.shape"
    ))  # fmt: skip


def _open(connection: Connection, rng: random.Random, shapes: Sequence[Ticket]) -> None:
    """Makes the cases open tickets, with the clocks that the product gives them."""
    calendar = shipped_calendar()
    dues: dict[tuple[date, RequestType], dict[str, Any]] = {}
    rows = []
    for case in connection.execute(select(CASES)).all():
        shape = shapes[case.shape]
        key = (case.at.date(), shape.request_type)
        dues[key] = dues.get(key) or clock_start(shape, World(SYSTEM, case.at, calendar))
        state = rng.choice(_OPEN_STATES)
        met = case.at if state in (State.CONTACTED, State.RESOLVED, State.CALLBACK) else None
        fresh = replace(
            shape, id=case.id, number=case.number, state=state, phone=case.phone, created_at=case.at,
            accepted_at=case.at, dispatched_at=case.at, lead_unit=case.unit, contacted_at=met, **dues[key],
        )  # fmt: skip
        lit = set_light(fresh, running(fresh, calendar), NOW)
        rows.append(_row(replace(lit, overdue="contact,resolve" if lit.light == Light.RED else "")))
    connection.execute(insert(TICKETS), rows)
