"""Confidential tickets as the unit complained of may see them: what happened, not who said it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from tickets.access import UNIT_ROLES, Action, Actor, may
from tickets.errors import Forbidden, NotFound
from tickets.ticket import Ticket

HIDDEN = "＊＊＊"
_PERSONAL = frozenset({"citizen_name", "phone", "address", "citizen_id", "call_id", "source_key", "files"})
_FREE_TEXT = ("subject", "body", "result", "work_plan", "referral")


def is_masked(ticket: Ticket, viewer: Actor) -> bool:
    """Whether the citizen is hidden from the viewer.

    A confidential ticket hides the citizen from the unit complained of, from units with no part in it, and from
    roles that have no right to see citizens.
    """
    if not ticket.confidential:
        return False
    if viewer.role in UNIT_ROLES:
        return viewer.unit == ticket.complained_unit or ticket.part(viewer.unit) is None
    return not may(viewer.role, Action.UNMASK)


def masked_ticket(ticket: Ticket, viewer: Actor) -> Ticket:
    """The ticket as the viewer may see it; the citizen's name and number are also taken out of what was written."""
    if not is_masked(ticket, viewer):
        return ticket
    texts: dict[str, Any] = {name: _without(getattr(ticket, name), ticket) for name in _FREE_TEXT}
    return replace(
        ticket,
        **texts,
        citizen_name=HIDDEN if ticket.citizen_name else "",
        phone=HIDDEN if ticket.phone else "",
        address=HIDDEN if ticket.address else "",
        citizen_id=None,
        call_id="",
        source_key=None,
        fingerprint="",
        recordings=(),
    )


def masked_events(ticket: Ticket, events: list[dict[str, Any]], viewer: Actor) -> list[dict[str, Any]]:
    """The history as the viewer may see it; `ticket` is the unmasked one."""
    if not is_masked(ticket, viewer):
        return events
    return [
        {**event, "reason": _without(event["reason"], ticket), "detail": _hidden(event["detail"], ticket)}
        for event in events
    ]


def _hidden(value: Any, ticket: Ticket) -> Any:
    if isinstance(value, Mapping):
        return {key: HIDDEN if key in _PERSONAL and item else _hidden(item, ticket) for key, item in value.items()}
    if isinstance(value, list):
        return [_hidden(item, ticket) for item in value]
    return _without(value, ticket) if isinstance(value, str) else value


def _without(text: str, ticket: Ticket) -> str:
    return without(text, (ticket.citizen_name, ticket.phone))


def without(text: str, secrets: Iterable[str]) -> str:
    """The text with every secret hidden; a single letter is none."""
    for secret in secrets:
        text = text.replace(secret, HIDDEN) if len(secret) > 1 else text
    return text


def masked_row(row: dict[str, Any], viewer: Actor) -> dict[str, Any]:
    """A row of a list as the viewer may see it; a co-unit sees the citizen only in the ticket itself."""
    unit_sees = viewer.unit == row["lead_unit"] and viewer.unit != row["complained_unit"]
    sees = unit_sees if viewer.role in UNIT_ROLES else may(viewer.role, Action.UNMASK)
    if sees or not row["confidential"]:
        return row
    subject = without(row["subject"], (row["citizen_name"], row["phone"]))
    return row | {"citizen_name": HIDDEN, "phone": HIDDEN, "subject": subject}


def masked_phone(phone: str) -> str:
    """A number for logs and lists: the last four digits."""
    return f"{'*' * (len(phone) - 4)}{phone[-4:]}" if len(phone) > 4 else "*" * len(phone)


def require_part(ticket: Ticket, viewer: Actor) -> None:
    """Raises NotFound to a unit that has no part in the ticket: any other answer would tell too much."""
    if viewer.role in UNIT_ROLES and ticket.part(viewer.unit) is None:
        raise NotFound(f"没有编号为 {ticket.number} 的工单")


def require_files(ticket: Ticket, viewer: Actor) -> None:
    """Raises Forbidden to who sees the ticket masked: nobody can mask a photograph."""
    if is_masked(ticket, viewer):
        raise Forbidden("保密工单的附件不予开放")
