"""Which tickets an account may see, and how much of them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy.orm import Session

from tickets.access import UNIT_ROLES, Actor
from tickets.errors import Forbidden
from tickets.masking import is_masked, masked_row, masked_ticket, require_part
from tickets.measures import MEASURES, Basis, Measure
from tickets.present import codes, ticket_dict
from tickets.service import get
from tickets.ticket import Ticket


def visible(session: Session, number: str, viewer: Actor) -> Ticket:
    """The ticket, unmasked. Raises NotFound, also when it is none of the viewer's unit: that would tell too much."""
    ticket = get(session, number)
    require_part(ticket, viewer)
    return ticket


def shown(ticket: Ticket, viewer: Actor) -> dict[str, Any]:
    """The ticket as the viewer may see it."""
    return ticket_dict(masked_ticket(ticket, viewer)) | {"masked": is_masked(ticket, viewer)}


def unit_of(viewer: Actor, asked: str) -> str:
    """The unit a list is narrowed to: an account of a unit sees its own alone. Raises Forbidden."""
    if viewer.role not in UNIT_ROLES:
        return asked
    if asked not in ("", viewer.unit):
        raise Forbidden("只能查看本单位的工单")
    return viewer.unit


def measure_for(viewer: Actor, name: str) -> Measure:
    """The measure whose tickets the viewer may list. Raises Forbidden: what a unit gave back is no longer its own."""
    found = MEASURES[name]
    if viewer.role in UNIT_ROLES and found.basis == Basis.RETURN:
        raise Forbidden("退回的工单已不在本单位")
    return found


def rows(found: Iterable[dict[str, Any]], viewer: Actor, *, hide: bool = False) -> list[dict[str, Any]]:
    """The rows of a list as the viewer may see them.

    `hide` leaves out those that would be masked: to find one by a telephone number or a word is to learn who it is.
    """
    shown_rows: list[dict[str, Any]] = []
    for row in found:
        masked = masked_row(row, viewer)
        if not (hide and masked is not row):
            shown_rows.append(codes(masked) | {"masked": masked is not row})
    return shown_rows
