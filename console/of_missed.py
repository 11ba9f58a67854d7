"""Handlers: citizens who were missed and are called back."""

from __future__ import annotations

from callqueue import missed
from console.route import Answer, Asked
from console.schema import FLAG, Schema, pattern, record, text
from store.base import now

AGENT: Schema = record({"agent": pattern("80[0-9]{2}")})
REASON: Schema = record({"reason": text(200, 2)})
TASKS: dict[str, Schema] = {"every": FLAG, "assignee": pattern("80[0-9]{2}")}


def tasks(asked: Asked) -> Answer:
    """The tasks; closed ones too when asked for."""
    found = missed.tasks(asked.session, asked.query.get("every", False), asked.query.get("assignee", ""))
    return Answer({"items": found})


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
