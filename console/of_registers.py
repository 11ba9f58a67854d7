"""Handlers: units, places, matters, the calendar, deadlines, calls, accounts and the audit log."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from callqueue import queries as calls
from console import accounts, audit
from console.needs import codes_of
from console.of_tickets import SIZE
from console.route import NUMBER, Answer, Asked
from console.schema import DATE, FLAG, Schema, pattern, text, whole
from store.base import now
from tickets.calendar_store import days_of, load_calendar
from tickets.deadlines import explained, start_of
from tickets.duties import suggest
from tickets.errors import NotFound
from tickets.notices import region_code
from tickets.present import MOVES, codes
from tickets.terms import RequestType
from tickets.trees import MATTERS, TERRITORIES, nodes
from tickets.units import Unit, all_units, unit_named
from tickets.wording import clean_date
from tickets.workdays import NATIONAL, without_local_days

CALENDAR: Schema = {"type": "string", "enum": ["national", "local"]}
DEADLINE: dict[str, Schema] = {
    "dispatched": DATE, "type": codes_of(RequestType), "calendar": CALENDAR, "fast_track": FLAG,
}
DAYS: dict[str, Schema] = {"year": whole(2000, 2100), "calendar": CALENDAR}
SUGGEST: dict[str, Schema] = {"matter": text(32), "territory": text(32)}
CALLS: dict[str, Schema] = {
    "size": SIZE, "after": pattern("[A-Za-z0-9._-]{1,80}"), "since": DATE, "until": DATE, "disposition": text(40),
    "caller": text(20),
}
AUDIT: dict[str, Schema] = {"size": SIZE, "after": whole(1, 2**53), "account": text(80), "ticket": NUMBER,
                            "action": {"type": "string", "enum": sorted(MOVES)}, "since": DATE,
                            "until": DATE, "oldest": FLAG}  # fmt: skip


def list_units(asked: Asked) -> Answer:
    """Every unit with its people."""
    return Answer({"items": [_unit(unit) for unit in all_units(asked.session)]})


def show_unit(asked: Asked) -> Answer:
    """One unit, by code or whole name."""
    return Answer(_unit(unit_named(asked.session, asked.path["code"])))


def _unit(unit: Unit) -> dict[str, Any]:
    found: dict[str, Any] = codes(asdict(unit) | {"missing": unit.missing()})
    return found


def suggestions(asked: Asked) -> Answer:
    """The units that may answer for a matter in a place, best first."""
    found = suggest(asked.session, asked.query.get("matter", ""), asked.query.get("territory", ""))
    return Answer({"items": [asdict(one) for one in found]})


def territories(asked: Asked) -> Answer:
    """The territory tree."""
    return Answer({"items": [asdict(node) for node in nodes(asked.session, TERRITORIES)]})


def matters(asked: Asked) -> Answer:
    """The matter tree."""
    return Answer({"items": [asdict(node) for node in nodes(asked.session, MATTERS)]})


def calendar(asked: Asked) -> Answer:
    """The special days of a year."""
    year = asked.query.get("year", now().year)
    national = asked.query.get("calendar") == "national"
    found = [day for day in days_of(asked.session, year) if day.region == NATIONAL or not national]
    unknown = [] if national else without_local_days({year}, found)
    return Answer({"year": year, "items": codes([asdict(day) for day in found]), "local_unknown": unknown})


def deadline(asked: Asked) -> Answer:
    """Each due date of a dispatch, and why (R22-R27)."""
    query = asked.query
    dispatched, kind = clean_date("dispatched", query["dispatched"]), RequestType(query["type"])
    name = query.get("calendar", "local")
    known = load_calendar(asked.session, region_code(name), dispatched)
    fast = query.get("fast_track", False)
    return Answer(codes(explained(known, name, dispatched, kind, fast=fast, rules=asked.rules).told()))


def list_calls(asked: Asked) -> Answer:
    """The ledger, newest first."""
    query = asked.query
    size = query.get("size", 50)
    found = calls.list_calls(
        asked.session, _morning(query, "since"), _morning(query, "until"), query.get("disposition", ""),
        query.get("caller", ""), size + 1, query.get("after", ""),
    )
    after = found[size - 1]["call_id"] if len(found) > size else None
    return Answer({"items": found[:size], "next": after})


def _morning(query: Any, name: str) -> Any:
    return start_of(clean_date(name, query[name])) if name in query else None


def show_call(asked: Asked) -> Answer:
    """One call with its emergency records."""
    found = calls.show_call(asked.session, asked.path["call_id"])
    if found is None:
        raise NotFound("没有这个通话")
    return Answer(found)


def me(asked: Asked) -> Answer:
    """The account that asks."""
    mine = asked.account
    return Answer({"name": mine.name, "roles": [role.value for role in mine.roles], "unit": mine.unit})


def list_accounts(asked: Asked) -> Answer:
    """Every account; no secret."""
    return Answer({"items": accounts.listed(asked.session)})


def list_audit(asked: Asked) -> Answer:
    """Who did or saw what, newest first."""
    query = asked.query
    named = {name: query.get(name, "") for name in ("account", "ticket", "action")}
    since, until = (clean_date(name, query[name]) if name in query else None for name in ("since", "until"))
    sought = audit.Sought(**named, since=since, until=until, oldest=query.get("oldest", False))
    found, last = audit.read(asked.session, query.get("size", 50), query.get("after", 0), sought)
    return Answer({"items": found, "next": last and str(last)})
