"""Handlers: citizens who were missed and are called back."""

from __future__ import annotations

from callqueue import missed
from callqueue.missed_listing import Sort, Sought, listed
from console.of_tickets import SIZE
from console.route import Answer, Asked
from console.schema import FLAG, Schema, pattern, record, text, whole
from store.base import now

AGENT: Schema = record({"agent": pattern("80[0-9]{2}")})
REASON: Schema = record({"reason": text(200, 2)})
TASKS: dict[str, Schema] = {
    "size": SIZE, "after": whole(1, 2**31 - 1), "every": FLAG, "assignee": pattern("80[0-9]{2}"), "queue": text(40),
    "phone": pattern("[0-9]{3,20}"), "sort": {"type": "string", "enum": [one.value for one in Sort]},
}


def tasks(asked: Asked) -> Answer:
    """A page of tasks; closed ones too when asked for."""
    query = asked.query
    state = "" if query.get("every", False) else "open"
    named = {name: query.get(name, "") for name in ("assignee", "queue", "phone")}
    sought = Sought(state, **named, sort=Sort(query["sort"]) if "sort" in query else None)
    found, last = listed(asked.session, sought, query.get("size", 50), query.get("after", 0))
    return Answer({"items": found, "next": last and str(last)})


def show(asked: Asked) -> Answer:
    """One task."""
    return Answer(missed.show(asked.session, _number(asked)))


def assign(asked: Asked) -> Answer:
    """The task, given to an agent."""
    return Answer(missed.assign(asked.session, _number(asked), asked.body["agent"]))


def close(asked: Asked) -> Answer:
    """The task, closed with a reason."""
    return Answer(missed.close(asked.session, _number(asked), asked.body["reason"], asked.by.name, now()))


def call(asked: Asked) -> Answer:
    """The task with its new attempt; the agent's phone rings once that is committed."""
    made = missed.begin(asked.session, _number(asked), asked.body["agent"], now(), asked.means.missed)
    headers = missed.originate(made, asked.means.ring_seconds)
    return Answer(missed.show(asked.session, _number(asked)), then=lambda: asked.means.dial(headers))


def _number(asked: Asked) -> int:
    return int(asked.path["task"])
