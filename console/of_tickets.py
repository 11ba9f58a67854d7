"""Handlers: tickets in lists, alone, made and moved."""

from __future__ import annotations

from datetime import date
from typing import Any

from console.needs import OF_NEED, codes_of
from console.route import Answer, Asked, Handler
from console.schema import DATE, FLAG, Schema, record, text, whole
from console.seeing import measure_for, rows, shown, unit_of, visible
from store.base import now
from tickets import dashboard as today
from tickets import queries, table
from tickets.access import Action
from tickets.errors import Conflict
from tickets.intake import Submission, receive
from tickets.masking import masked_events
from tickets.measures import MEASURES
from tickets.needs import EDITS, gather
from tickets.present import codes
from tickets.returns import Ruling, Sought, returns
from tickets.service import act, history
from tickets.sheets import every, written
from tickets.terms import Channel, Light, RequestType, State, Supervision
from tickets.ticket import Ticket
from tickets.units import unit_names
from tickets.wording import clean_date

SIZE = whole(1, queries.MOST_ON_PAGE)
PAGING: dict[str, Schema] = {"size": SIZE, "after": text(40)}
FILTERS: dict[str, Schema] = {
    **PAGING, "state": codes_of(State), "type": codes_of(RequestType), "channel": codes_of(Channel),
    "light": codes_of(Light), "supervision": codes_of(Supervision), "unit": text(32), "matter": text(32),
    "territory": text(32), "phone": text(20), "open": FLAG, "by_due": FLAG, "since": DATE, "until": DATE,
    "figure": {"type": "string", "enum": list(MEASURES)},
}
EXPORT = {name: schema for name, schema in FILTERS.items() if name not in PAGING}
SEARCH: dict[str, Schema] = {**PAGING, "q": text(200, 1), "unit": text(32)}
RETURNS: dict[str, Schema] = {
    "size": SIZE, "after": whole(1, 2**53), "unit": text(32, 1), "ruling": codes_of(Ruling), "since": DATE,
    "until": DATE, "oldest": FLAG,
}
NEW: Schema = record(
    {need.name: OF_NEED[need.name] | {"description": need.label} for need in EDITS}
    | {"channel": codes_of(Channel), "source_key": text(180)},
    None,
)


def list_tickets(asked: Asked) -> Answer:
    """A page of tickets."""
    query = asked.query
    page = queries.list_tickets(
        asked.session, _wanted(asked), size=query.get("size", 50), after=query.get("after", ""),
        by_due=query.get("by_due", False),
    )
    return _page(asked, page, hide=bool(query.get("phone")))


def export(asked: Asked) -> Answer:
    """The list as xlsx, at most 10,000 rows."""
    wanted, hide = _wanted(asked), bool(asked.query.get("phone"))

    def shown_after(after: str | None) -> tuple[list[dict[str, Any]], str | None]:
        page = queries.list_tickets(
            asked.session, wanted, size=queries.MOST_ON_PAGE, after=after or "", by_due=asked.query.get("by_due", False)
        )
        return rows(page.rows, asked.by, hide=hide), page.after

    found, names = list(every(shown_after)), unit_names(asked.session)
    data = written(table.TITLE, table.COLUMNS, (table.line(row, names) for row in found))
    return Answer(content=data, name=f"{table.TITLE}.xlsx", seen=tuple(row["number"] for row in found))


def _wanted(asked: Asked) -> queries.Wanted:
    query = asked.query
    return queries.Wanted(
        state=State(query["state"]) if "state" in query else None,
        unit=unit_of(asked.by, query.get("unit", "")),
        request_type=RequestType(query["type"]) if "type" in query else None,
        channel=Channel(query["channel"]) if "channel" in query else None,
        matter=query.get("matter", ""),
        territory=query.get("territory", ""),
        light=Light(query["light"]) if "light" in query else None,
        supervision=Supervision(query["supervision"]) if "supervision" in query else None,
        phone=query.get("phone", ""),
        open_only=query.get("open", False),
        since=_day(query, "since"),
        until=_day(query, "until"),
        measure=measure_for(asked.by, query["figure"]) if "figure" in query else None,
    )


def _day(query: Any, name: str) -> date | None:
    return clean_date(name, query[name]) if name in query else None


def list_returns(asked: Asked) -> Answer:
    """A page of what units applied to give back; a unit's own alone."""
    query = asked.query
    sought = Sought(
        unit_of(asked.by, query.get("unit", "")), Ruling(query["ruling"]) if "ruling" in query else None,
        _day(query, "since"), _day(query, "until"), query.get("oldest", False),
    )
    found, last = returns(asked.session, sought, query.get("size", 50), query.get("after", 0))
    return Answer({"items": codes(found), "next": last and str(last)}, seen=tuple(row["number"] for row in found))


def search(asked: Asked) -> Answer:
    """A page of what the words find."""
    query = asked.query
    words = query["q"].strip()
    page = queries.search_tickets(
        asked.session, words, size=query.get("size", 50), after=query.get("after", ""),
        unit=unit_of(asked.by, query.get("unit", "")),
    )
    return _page(asked, page, hide=[row["number"] for row in page.rows] != [words])


def _page(asked: Asked, page: queries.Page, hide: bool) -> Answer:
    items = rows(page.rows, asked.by, hide=hide)
    return Answer({"items": items, "next": page.after}, seen=tuple(item["number"] for item in items))


def show(asked: Asked) -> Answer:
    """One ticket."""
    return _one(asked, visible(asked.session, asked.path["number"], asked.by))


def _one(asked: Asked, ticket: Ticket) -> Answer:
    return Answer(shown(ticket, asked.by), headers={"ETag": f'"{ticket.version}"'})


def events(asked: Asked) -> Answer:
    """The history of a ticket."""
    ticket = visible(asked.session, asked.path["number"], asked.by)
    found = masked_events(ticket, codes(history(asked.session, ticket.number)), asked.by)
    return Answer({"number": ticket.number, "events": found})


def create(asked: Asked) -> Answer:
    """What became of a submission: 201 with a new ticket, 200 with the one it repeats."""
    given = dict(asked.body)
    channel, key = Channel(given.pop("channel", Channel.PHONE)), given.pop("source_key", "")
    values = gather(EDITS, given)
    submission = Submission(channel, now(), source_key=key, agent=asked.by.name, **values)
    made = receive(asked.session, submission, asked.by, asked.rules)
    ticket = visible(asked.session, made.number, asked.by)
    told = {"repeated": made.repeated, "similar": list(made.similar), "hint": made.hint.value, "where": made.where}
    place = {"Location": f"/api/v1/tickets/{made.number}", "ETag": f'"{ticket.version}"'}
    body = {"ticket": shown(ticket, asked.by), **told}
    return Answer(body, 200 if made.repeated else 201, place, seen=(made.number,))


def mover(action: Action) -> Handler:
    """The handler of a move."""

    def handler(asked: Asked) -> Answer:
        number = asked.path["number"]
        old = visible(asked.session, number, asked.by)
        if asked.version is not None and asked.version != old.version:
            raise Conflict(f"工单 {number} 刚被他人办理，请刷新后再办")
        given = dict(asked.body)
        version = given.pop("version", None) or asked.version
        return _one(asked, act(asked.session, number, action, by=asked.by, version=version, rules=asked.rules, **given))

    return handler


def dashboard(asked: Asked) -> Answer:
    """What is to be done, in figures."""
    unit = unit_of(asked.by, asked.query.get("unit", ""))
    found = today.dashboard(asked.session, now(), unit)
    return Answer({name: getattr(found, name) for name in found.__slots__})
