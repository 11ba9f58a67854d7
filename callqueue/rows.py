"""From a call to its rows in the database, and back as far as the importer needs it."""

from __future__ import annotations

from dataclasses import fields
from datetime import datetime
from typing import Any

from callqueue.calls import Answer, Call, Emergency

_OWN = tuple(field.name for field in fields(Call) if field.name not in ("emergencies", "inquiries"))
_LISTS = ("path", "agents", "recordings", "answers")


def call_row(call: Call, handed_over: bool) -> dict[str, Any]:
    """The row of `calls`; times inside the JSON columns are ISO 8601 with +08:00."""
    row = {name: getattr(call, name) for name in _OWN}
    for name in _LISTS:
        row[name] = [_plain(_values(item)) for item in row[name]]
    row["direction"], row["disposition"] = call.direction.value, call.disposition.value
    row["handed_over"] = handed_over
    return row


def emergency_row(call_id: str, record: Emergency) -> dict[str, Any]:
    """The row of `emergencies`."""
    return _values(record) | {"call_id": call_id, "outcome": record.outcome.value}


def answer_key(answer: Answer) -> tuple[str, str]:
    """What tells one answer of a call from another, as `answers` of the row has it."""
    return answer.question, answer.at.isoformat()


def _values(item: Any) -> dict[str, Any]:
    return {name: getattr(item, name) for name in item.__slots__}


def _plain(item: dict[str, Any]) -> dict[str, Any]:
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in item.items()}
