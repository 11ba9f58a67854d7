"""What is sent back, as schemas made from the dataclasses themselves."""

from __future__ import annotations

import types
from collections.abc import Sequence
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from typing import Any, Union, get_args, get_origin, get_type_hints

from callqueue.staffing import Need, Plan
from channels.figures import Answered
from channels.incoming import Taken
from console.schema import ANY_OBJECT, DATE, Schema, listing, nullable, record
from figures.core import FIGURES
from figures.topics import Topic
from tickets.dashboard import Dashboard
from tickets.knowledge.articles import Article
from tickets.knowledge.links import Ground
from tickets.knowledge.search import Hit
from tickets.knowledge.sheet import Loaded
from tickets.progress import Progress
from tickets.terms import Term
from tickets.ticket import Ticket
from tickets.transitions import TABLE
from tickets.units import Unit

_PLAIN: dict[Any, Schema] = {
    str: {"type": "string"}, int: {"type": "integer"}, bool: {"type": "boolean"}, float: {"type": "number"},
    datetime: {"type": "string", "format": "date-time"}, date: DATE,
}
STRING, INTEGER, BOOLEAN, MOMENT = (_PLAIN[kind] for kind in (str, int, bool, datetime))


def of_type(kind: Any) -> Schema:
    """The schema of a type as JSON holds it."""
    if kind in _PLAIN:
        return dict(_PLAIN[kind])
    if get_origin(kind) in (Union, types.UnionType):
        return nullable(of_type(next(one for one in get_args(kind) if one is not types.NoneType)))
    if get_origin(kind) in (tuple, list):
        return listing(of_type(get_args(kind)[0]))
    if get_origin(kind) is dict:
        return {"type": "object", "additionalProperties": of_type(get_args(kind)[1])}
    if isinstance(kind, type) and issubclass(kind, Term):
        return {"type": "string", "enum": [term.value for term in kind]}
    if is_dataclass(kind):
        return record(properties(kind))
    return {}


def properties(kind: Any) -> dict[str, Schema]:
    """The schema of each field of a dataclass."""
    hints = get_type_hints(kind)
    return {field.name: of_type(hints[field.name]) for field in fields(kind)}


def page(row: str, **more: Schema) -> Schema:
    """A page of a list; `next` is the cursor of the next one, null on the last."""
    return record({"items": listing(ref(row)), "next": nullable(STRING), **more}, tuple(more))


def ref(name: str) -> Schema:
    """A reference to one of SCHEMAS."""
    return {"$ref": f"#/components/schemas/{name}"}


def _ticket() -> Schema:
    known = properties(Ticket)
    extra: dict[str, Schema] = {
        "overdue": listing(STRING), "state_label": STRING, "masked": BOOLEAN,
        "possible": listing({"type": "string", "enum": [action.value for action in TABLE]}),
    }
    return record(known | extra)


def _row() -> Schema:
    known = properties(Ticket)
    return record(known | {"masked": BOOLEAN}, tuple(set(known) - {"number", "version", "state"}))


def _strings(*names: str) -> dict[str, Schema]:
    return dict.fromkeys(names, STRING)


def _some(names: Sequence[str], **more: Schema) -> Schema:
    return record(_strings(*names) | more)


_COUNTED = {
    "date": DATE, "counted": BOOLEAN, "count": nullable(INTEGER), "why": STRING, "source": STRING,
    "provisional": BOOLEAN,
}
_TERMS = ("contact", "return", "return_site", "resolve")
_FIGURES: dict[str, Schema] = {
    **_strings("code", "name"), "since": DATE, "until": DATE,
    **{one.name: nullable({"type": "number"}) if one.of else INTEGER for one in FIGURES},
}
_RANKING: dict[str, Schema] = {
    "id": INTEGER, **_strings("name", "frozen_by", "published_by"), "since": DATE, "until": DATE, "terms": ANY_OBJECT,
    "frozen_at": MOMENT, "appeal_until": DATE, "published_at": nullable(MOMENT),
}
SCHEMAS: dict[str, Schema] = {
    "Problem": {
        "type": "object",
        "required": ["type", "title", "status"],
        "properties": {
            **_strings("type", "title", "detail", "instance"), "status": INTEGER,
            "errors": listing(_some(("pointer", "detail"))),
        },
    },
    "Ticket": _ticket(),
    "TicketRow": _row(),
    "Received": record(
        {"ticket": ref("Ticket"), "repeated": BOOLEAN, "similar": listing(STRING), "hint": STRING, "where": STRING}
    ),
    "Event": _some(
        ("action", "author", "role", "unit", "reason", "state_to"),
        seq=INTEGER, at=MOMENT, state_from=nullable(STRING), detail=ANY_OBJECT,
    ),
    "Return": _some(
        ("number", "unit", "author", "reason", "request_type", "ruling_reason", "ruling"), id=INTEGER, at=MOMENT,
        matter=nullable(STRING), ruled_at=nullable(MOMENT), holds=BOOLEAN,
    ),
    "History": record({"number": STRING, "events": listing(ref("Event"))}),
    "Attachment": _some(("name", "media_type", "sha256"), size=INTEGER),
    "Attachments": record({"items": listing(ref("Attachment"))}),
    "Taken": of_type(Taken),
    "Progress": record({**properties(Progress), "state_label": STRING}),
    "Message": _some(
        ("channel", "fate", "peer", "subject", "text", "why"), id=INTEGER, number=nullable(STRING), at=MOMENT,
        sent_at=nullable(MOMENT), tries=INTEGER,
    ),
    "MessageFigures": record({"items": listing(of_type(Answered))}),
    "Article": of_type(Article),
    "ArticleShown": record(
        {"article": ref("Article"), "answered": INTEGER,
         "versions": listing(_some(("state", "author"), version=INTEGER, at=MOMENT))}
    ),
    "ArticlesFound": record(
        {"whole": BOOLEAN, "items": listing(record(
            {**properties(Hit), "ref": STRING, "snippet": listing(record({"text": STRING, "found": BOOLEAN}))}))}
    ),
    "ArticlesLoaded": of_type(Loaded),
    "Grounds": record({"items": listing(of_type(Ground))}),
    "Dashboard": of_type(Dashboard),
    "Callback": _some(("ticket", "stage", "why", "channel"), round=INTEGER, due_at=MOMENT, created_at=MOMENT,
                      changed_at=MOMENT),
    "CallbackRun": ANY_OBJECT,
    "Waiting": {"type": "object", "required": ["number", "why", "since", "tries", "last_try"]},
    "Person": record({"ticket": ref("Ticket"), "why": STRING, "tries": listing(ANY_OBJECT)}),
    "Calling": record({"channel": STRING}),
    "Recorded": record({"over": BOOLEAN}),
    "Check": _some(
        ("ticket", "kind", "unit", "by", "note"), id=INTEGER, day=DATE, said=ANY_OBJECT, told=ANY_OBJECT,
        differs=nullable(BOOLEAN), tries=INTEGER, done_at=nullable(MOMENT), asks=listing(STRING),
    ),
    "Paused": record({"paused": BOOLEAN}),
    "Account": _some(("name", "unit"), roles=listing(STRING)),
    "Accounts": record({"items": listing(ANY_OBJECT)}),
    "AuditRow": _some(
        ("account", "role", "unit", "action", "ticket", "remote"),
        id=INTEGER, at=MOMENT, status=INTEGER, detail=ANY_OBJECT,
    ),
    "Call": {"type": "object", "required": ["call_id", "started_at", "disposition"]},
    "MissedTask": {"type": "object", "required": ["id", "phone", "state", "due_at", "attempts"]},
    "Report": record(
        {
            "period": STRING, "by": STRING, "rows": listing(ANY_OBJECT), "totals": listing(ANY_OBJECT),
            "urgent": listing(ANY_OBJECT),
        }
    ),
    "Figures": record({"items": listing(_some(("name", "label", "unit", "formula")))}),
    "TicketFigures": record({"since": DATE, "until": DATE, "items": listing(record(_FIGURES))}),
    "Topics": record(
        {"since": DATE, "until": DATE, "matters": listing(of_type(Topic)), "words": listing(of_type(Topic))}
    ),
    "RankingHead": record(_RANKING),
    "Rankings": record({"items": listing(ref("RankingHead"))}),
    "Ranking": record(
        {**_RANKING, "whole": BOOLEAN, "lines": listing(ANY_OBJECT), "appeals": listing(ref("RankingAppeal"))}
    ),
    "RankingAppeal": _some(
        ("unit", "name", "author", "reason", "ruled_by", "ruling"),
        id=INTEGER, at=MOMENT, upheld=nullable(BOOLEAN), ruled_at=nullable(MOMENT),
    ),
    "Bulletin": record(
        {"month": STRING, "title": STRING, "made": DATE, "summary": listing(STRING), "sections": listing(ANY_OBJECT)}
    ),
    "Staffing": record(
        {"since": DATE, "until": DATE, "plan": of_type(Plan), "items": listing(of_type(Need))}
    ),
    "Floor": {"type": "object", "required": ["current", "since", "agents", "queues", "trunks"]},
    "Done": record({"done": STRING}),
    "Webhook": record(
        {"id": INTEGER, "url": STRING, "events": listing(STRING), "created_at": MOMENT, "secret": STRING}, ("secret",)
    ),
    "Webhooks": record({"items": listing(ref("Webhook"))}),
    "Delivery": _some(
        ("event", "subject", "stage", "error"), id=INTEGER, webhook=INTEGER, attempts=INTEGER, status=INTEGER,
        created_at=MOMENT, due_at=MOMENT, tried_at=nullable(MOMENT), body=ANY_OBJECT,
    ),
    "Seat": {"type": "object", "required": ["number"]},
    "CallTicket": record({"number": STRING}),
    "Unit": record({**properties(Unit), "missing": listing(STRING)}),
    "Units": record({"items": listing(ref("Unit"))}),
    "Suggestions": record({"items": listing(_some(("unit", "name", "why")))}),
    "Nodes": record({"items": listing(_some(("code", "name", "parent", "unit")))}),
    "Days": record(
        {"year": INTEGER, "items": listing(_some(("kind", "name", "region", "source", "status"), day=DATE)),
         "local_unknown": listing(INTEGER)}
    ),
    "Imported": record({"rows": INTEGER, "added": INTEGER, "replaced": INTEGER}, ("rows",)),
    "Started": record(dict.fromkeys(("units", "territories", "matters", "duties"), INTEGER)),
    "NoticeLoaded": record(
        {**dict.fromkeys(("days", "added", "changed", "tickets_recomputed"), INTEGER),
         "announced_years": listing(INTEGER)}
    ),
    "CalendarProblems": record({"items": listing(_some(("message",), year=INTEGER))}),
    "Deadline": record(
        {
            "dispatched": DATE, "type": STRING, "calendar": STRING, **dict.fromkeys(_TERMS, DATE),
            "terms": record(dict.fromkeys(_TERMS, record({"days": INTEGER, "provisional": BOOLEAN}))),
            "days": listing(record(_COUNTED)), "local_unknown": listing(INTEGER),
        }
    ),
}
