"""Handlers: webhooks and their deliveries."""

from __future__ import annotations

from console import webhooks
from console.of_tickets import SIZE
from console.route import Answer, Asked
from console.schema import FLAG, Schema, record, text, whole
from console.webhooks import Event, Sought, Stage

_EVENT: Schema = {"type": "string", "enum": [event.value for event in Event]}
NEW: Schema = record(
    {"url": text(500, 8), "events": {"type": "array", "items": _EVENT, "maxItems": len(Event)}}, ("events",)
)
LOG: dict[str, Schema] = {
    "size": SIZE, "after": whole(1, 2**53), "webhook": whole(1, 2**53),
    "stage": {"type": "string", "enum": [stage.value for stage in Stage]}, "event": _EVENT, "oldest": FLAG,
}


def list_webhooks(asked: Asked) -> Answer:
    """Every webhook."""
    return Answer({"items": webhooks.webhooks(asked.session)})


def add(asked: Asked) -> Answer:
    """The new one with its secret. Raises BadAddress."""
    events = [Event(name) for name in asked.body.get("events", [])]
    return Answer(webhooks.add(asked.session, asked.body["url"], events))


def remove(asked: Asked) -> Answer:
    """The one that is no more. Raises NoSuchWebhook."""
    return Answer(webhooks.remove(asked.session, int(asked.path["webhook"])))


def log(asked: Asked) -> Answer:
    """Deliveries, newest first."""
    query = asked.query
    sought = Sought(
        query.get("webhook", 0), query.get("stage", ""), query.get("event", ""), query.get("oldest", False)
    )
    found, last = webhooks.deliveries(asked.session, sought, query.get("size", 50), query.get("after", 0))
    return Answer({"items": found, "next": last and str(last)})


def replay(asked: Asked) -> Answer:
    """The delivery, to be made again. Raises NoSuchWebhook."""
    return Answer(webhooks.replay(asked.session, int(asked.path["delivery"])))
