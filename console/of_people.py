"""Handlers: citizens whom a person calls or visits (R37, R39), and the office's own sample of the units' work (R34)."""

from __future__ import annotations

from typing import Any

from callback_survey import by_hand, sampling
from callback_survey.by_hand import ASKED, Result, Told
from callback_survey.deciding import Why
from callback_survey.hand_tables import CheckRow
from callback_survey.sampling import Kind
from callback_survey.waiting import Sort, Sought, listed
from callqueue import missed
from console.needs import codes_of
from console.of_tickets import SIZE
from console.route import NUMBER, Answer, Asked
from console.schema import FLAG, Schema, pattern, record, text, whole
from console.seeing import rows, shown, unit_of, visible
from store.base import now
from tickets.access import UNIT_ROLES
from tickets.errors import Forbidden, NotFound
from tickets.masking import is_masked
from tickets.present import codes
from tickets.terms import CallbackBy

_NOTE, _PLACE = 2_000, 200
AGENT: Schema = record({"agent": pattern("80[0-9]{2}")})
WAITING: dict[str, Schema] = {
    "size": SIZE, "after": NUMBER, "unit": text(32, 1), "why": codes_of(Why), "sort": codes_of(Sort),
}
_ANSWERS = {name: {"type": "string", "enum": list(values)} for name, values in ASKED.items()}
TOLD: Schema = record(
    {"means": {"type": "string", "enum": [one.value for one in by_hand.MEANS]}, "result": codes_of(Result),
     "answers": record(_ANSWERS, None), "note": text(_NOTE), "place": text(_PLACE), "companions": text(_PLACE)},
    ("answers", "note", "place", "companions"),
)  # fmt: skip
CHECKS: dict[str, Schema] = {
    "size": SIZE, "after": whole(1, 2**31 - 1), "done": FLAG, "unit": text(32, 1), "kind": codes_of(Kind),
    "differs": FLAG, "newest": FLAG,
}
_YES_NO: Schema = {"type": "string", "enum": ["yes", "no"]}
SETTLED: Schema = record(
    {"told": record({**_ANSWERS, "called": _YES_NO}, None), "note": text(1_000)}, ("told", "note")
)


def list_waiting(asked: Asked) -> Answer:
    """A page of tickets whose citizens wait for a person; a unit's own alone."""
    query = asked.query
    sought = Sought(
        unit_of(asked.by, query.get("unit", "")), Why(query["why"]) if "why" in query else None,
        asked.by.role in UNIT_ROLES, Sort(query.get("sort", Sort.LONGEST)),
    )
    found, last = listed(asked.session, sought, query.get("size", 50), query.get("after", ""))
    items = rows(found, asked.by)
    return Answer({"items": items, "next": last}, seen=tuple(item["number"] for item in items))


def person(asked: Asked) -> Answer:
    """The ticket, why a person is to call, and every try. Raises NotFound, Forbidden."""
    number = asked.path["number"]
    ticket = visible(asked.session, number, asked.by)
    why = by_hand.why(asked.session, number)
    if why is None:
        raise NotFound("这件工单不在待人工回访之列")
    if is_masked(ticket, asked.by):
        raise Forbidden("保密工单由热线办回访")
    tries = codes(by_hand.tries_of(asked.session, number))
    return Answer({"ticket": shown(ticket, asked.by), "why": why, "tries": tries}, seen=(number,))


def call_person(asked: Asked) -> Answer:
    """The try; the agent's phone rings once it is committed. Raises NotFound, Forbidden, Impossible."""
    number = asked.path["number"]
    visible(asked.session, number, asked.by)
    if asked.by.role in UNIT_ROLES:
        raise Forbidden("由热线办的坐席拨打")
    made = by_hand.begin_call(asked.session, number, asked.body["agent"], asked.by, now(), asked.means.missed)
    return _calling(asked, made, number)


def record_person(asked: Asked) -> Answer:
    """Whether the callback is over: then the ticket has moved. Raises NotFound, Forbidden, Impossible, Invalid."""
    number, body = asked.path["number"], asked.body
    visible(asked.session, number, asked.by)
    of_visit = body["means"] == CallbackBy.VISIT
    where = {name: body.get(name, "").strip() if of_visit else "" for name in ("place", "companions")}
    told = Told(CallbackBy(body["means"]), Result(body["result"]), body.get("answers", {}),
                body.get("note", "").strip(), **where)  # fmt: skip
    over = by_hand.record(asked.session, number, told, asked.by, asked.rules, now())
    return Answer({"over": over}, seen=(number,))


def list_checks(asked: Asked) -> Answer:
    """A page of the sample: those to be asked, or those done."""
    query = asked.query
    kind = Kind(query["kind"]) if "kind" in query else None
    done = query.get("done", False)
    sought = sampling.Sought(done, query.get("unit", ""), kind, query.get("differs"), query.get("newest", done))
    found, last = sampling.checks(asked.session, sought, query.get("size", 50), query.get("after", 0))
    items = [_check(row) for row in found]
    return Answer({"items": items, "next": last and str(last)}, seen=tuple(row.ticket for row in found))


def show_check(asked: Asked) -> Answer:
    """One check, with what is asked. Raises NotFound."""
    row = sampling.check(asked.session, int(asked.path["check"]))
    return Answer(_check(row), seen=(row.ticket,))


def call_check(asked: Asked) -> Answer:
    """The check; the agent's phone rings, then the citizen's. Raises NotFound, Impossible."""
    row = sampling.check(asked.session, int(asked.path["check"]))
    visible(asked.session, row.ticket, asked.by)
    made = sampling.calling(asked.session, row.id, asked.body["agent"], now(), asked.means.missed)
    return _calling(asked, made, row.ticket)


def settle_check(asked: Asked) -> Answer:
    """The check after a try: with what the citizen told, or in vain. Raises NotFound, Impossible, Invalid."""
    told, note = asked.body.get("told", {}), asked.body.get("note", "").strip()
    row = sampling.settle(asked.session, int(asked.path["check"]), told, note, asked.by, now())
    return Answer(_check(row), seen=(row.ticket,))


def _calling(asked: Asked, made: Any, ticket: str) -> Answer:
    headers = missed.originate(made, asked.means.ring_seconds)
    return Answer({"channel": made["channel"]}, then=lambda: asked.means.dial(headers), seen=(ticket,))


def _check(row: CheckRow) -> dict[str, Any]:
    names = ("id", "ticket", "kind", "unit", "day", "said", "told", "differs", "tries", "by", "note", "done_at")
    found: dict[str, Any] = codes({name: getattr(row, name) for name in names})
    return found | {"asks": list(sampling.asked_of(row.kind))}
