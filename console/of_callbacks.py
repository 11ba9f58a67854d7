"""Handlers: the run of callbacks. Numbers of citizens are not told: a ticket's page shows them to whoever may see."""

from __future__ import annotations

from typing import Any

from callback_survey import listing, schedule
from callback_survey.deciding import Stage
from console.needs import codes_of
from console.of_tickets import SIZE
from console.route import NUMBER, Answer, Asked
from console.schema import Schema, record
from store.base import now

_NAMES: Schema = {"type": "string", "enum": ["trunk", "citizen"]}  # citizen: the practice phone
TRUNK: dict[str, Schema] = {"trunk": _NAMES}
PAUSE: Schema = record(TRUNK, ("trunk",))
LIST: dict[str, Schema] = {"size": SIZE, "after": NUMBER, "stage": codes_of(Stage)}


def list_callbacks(asked: Asked) -> Answer:
    """A page of callbacks."""
    query = asked.query
    stage = Stage(query["stage"]) if "stage" in query else None
    size = query.get("size", 50)
    found = listing.listed(asked.session, stage, size, query.get("after", ""))
    items = [{name: value for name, value in one.items() if name != "phone"} for one in found]
    more = items[-1]["ticket"] if len(items) == size else None
    return Answer({"items": items, "next": more}, seen=tuple(one["ticket"] for one in items))


def show_run(asked: Asked) -> Answer:
    """The run at this moment."""
    return Answer(listing.run(asked.session, asked.query.get("trunk", "trunk"), now()))


def pause(asked: Asked) -> Answer:
    """Pauses, until somebody resumes."""
    schedule.pause(asked.session, _trunk(asked), asked.by.name, now())
    return Answer({"paused": True})


def resume(asked: Asked) -> Answer:
    """Goes on."""
    schedule.resume(asked.session, _trunk(asked))
    return Answer({"paused": False})


def _trunk(asked: Asked) -> Any:
    return asked.body.get("trunk", "trunk")
