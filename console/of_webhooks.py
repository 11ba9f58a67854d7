"""Handlers: webhooks and their deliveries."""

from __future__ import annotations

from console import webhooks
from console.of_tickets import SIZE
from console.route import Answer, Asked
from console.schema import Schema, record, text, whole
from console.webhooks import Event, Stage

_EVENT: Schema = {"type": "string", "enum": [event.value for event in Event]}
NEW: Schema = record(
    {"url": text(500, 8), "events": {"type": "array", "items": _EVENT, "maxItems": len(Event)}}, ("events",)
)
LOG: dict[str, Schema] = {
    "size": SIZE, "after": whole(1, 2**53), "webhook": whole(1, 2**53),
    "stage": {"type": "string", "enum": [stage.value for stage in Stage]},
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
    size = asked.query.get("size", 50)
    found = webhooks.deliveries(
        asked.session, asked.query.get("webhook", 0), asked.query.get("stage", ""), size, asked.query.get("after", 0)
    )
    return Answer({"items": found, "next": str(found[-1]["id"]) if len(found) == size else None})


def replay(asked: Asked) -> Answer:
    """The delivery, to be made again. Raises NoSuchWebhook."""
    return Answer(webhooks.replay(asked.session, int(asked.path["delivery"])))
