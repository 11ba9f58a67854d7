"""Handlers: messages of citizens, brought by a gateway of short messages, an app or an account of WeChat (R3)."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

from sqlalchemy import select

from channels.figures import answered
from channels.incoming import CITIZEN, MESSAGES, take
from channels.listing import Sought, listed
from channels.sms_in import message_of
from channels.terms import Fate
from console.errors import TooMany
from console.needs import codes_of
from console.of_tickets import PAGING
from console.route import LIMITS, NUMBER, Answer, Asked
from console.schema import DATE, FLAG, Schema, pattern, record, text
from store.base import now
from tickets.access import Actor, Role
from tickets.attachments import keep_attachment
from tickets.deadlines import start_of
from tickets.errors import NotFound
from tickets.present import codes
from tickets.progress import progress_for_phone
from tickets.terms import Channel, RequestType
from tickets.wording import clean_date, clean_text

BROUGHT: Schema = {"type": "string", "enum": ["sms", "app", "new_media"]}
_MOMENT: Schema = {"type": "string", "format": "date-time", "maxLength": 40}
_OWN = {
    "name": text(50), "subject": text(60), "request_type": codes_of(RequestType), "address": text(200),
    "confidential": FLAG, "at": _MOMENT,
}
NEW: Schema = record(
    {"channel": BROUGHT, "id": text(160, 1), "from": text(30, 3), "text": text(2_000, 1), **_OWN}, tuple(_OWN)
)
FILES: dict[str, Schema] = {"channel": BROUGHT, "id": text(160, 1)}
PROGRESS: dict[str, Schema] = {"number": NUMBER, "last4": pattern("[0-9]{4}")}
LIST: dict[str, Schema] = {
    **PAGING, "channel": codes_of(Channel), "fate": codes_of(Fate), "number": NUMBER, "since": DATE, "until": DATE,
    "oldest": FLAG,
}
SPAN: dict[str, Schema] = {"since": DATE, "until": DATE}


def bring(asked: Asked) -> Answer:
    """What became of the message; the same one again gives the same answer."""
    body = asked.body
    message = message_of(body, Channel(body["channel"]))
    message = replace(
        message, name=clean_text("name", body.get("name", ""), 50),
        subject=clean_text("subject", body.get("subject", ""), 60),
        request_type=RequestType(body.get("request_type", "")), confidential=body.get("confidential", False),
        address=clean_text("address", body.get("address", ""), 200),
    )
    by = Actor(asked.by.name, Role.SYSTEM)
    taken = take(asked.session, message, asked.folder, by=by, rules=asked.rules, limits=LIMITS)
    seen = (taken.number,) if taken.number else ()
    return Answer(_taken(taken), 200 if taken.repeated else 201, seen=seen)


def _taken(taken: Any) -> dict[str, Any]:
    told: dict[str, Any] = codes(asdict(taken))
    return told


def add_files(asked: Asked) -> Answer:
    """The files of a message that was brought, put with its ticket: all or none. Raises NotFound, Invalid."""
    key = f"{asked.query['channel']}:{asked.query['id']}"
    number = asked.session.execute(select(MESSAGES.c.number).where(MESSAGES.c.key == key)).scalar_one_or_none()
    if number is None:
        raise NotFound("没有这条消息，或它没有登记为工单")
    kept = keep_attachment(
        asked.session, number, asked.files, asked.folder, by=CITIZEN, at=now(), limits=LIMITS
    )
    return Answer({"items": [asdict(file) for file in kept]}, seen=(number,))


def progress(asked: Asked) -> Answer:
    """How far a ticket is, for who knows the last digits of its number. Raises NotFound, TooMany after five errors."""
    number, lookups = asked.query["number"], asked.means.lookups
    if not lookups.allows(number):
        raise TooMany("查询失败次数过多，请15分钟后再试")
    found = progress_for_phone(asked.session, number, asked.query["last4"])
    if found is None:
        lookups.count(number)
        raise NotFound("编号与手机号后四位不符")
    return Answer(codes(asdict(found) | {"state_label": found.state.label}), seen=(number,))


def list_messages(asked: Asked) -> Answer:
    """A page of messages, in and out."""
    query = asked.query
    since, until = (clean_date(name, query[name]) if name in query else None for name in SPAN)
    sought = Sought(
        Channel(query["channel"]) if "channel" in query else None, Fate(query["fate"]) if "fate" in query else None,
        query.get("number", ""), since, until, query.get("oldest", False),
    )
    found, after = listed(asked.session, sought, by=asked.by, size=query.get("size", 50), after=query.get("after", ""))
    seen = tuple(dict.fromkeys(row["number"] for row in found if row["number"]))
    return Answer({"items": codes(found), "next": after}, seen=seen)


def figures(asked: Asked) -> Answer:
    """How soon messages were answered, by channel."""
    since, until = (clean_date(name, asked.query[name]) for name in SPAN)
    return Answer({"items": codes([asdict(one) for one in answered(asked.session, start_of(since), start_of(until))])})
