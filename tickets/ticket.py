"""The ticket as a value: what the pure rules read and give back. `tables.TicketRow` stores the same fields."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime

from tickets.terms import (
    CallbackBy,
    Channel,
    Light,
    Part,
    RequestType,
    Scope,
    Solved,
    State,
    Supervision,
)


@dataclass(frozen=True, slots=True)
class UnitPart:
    """A unit's part in the ticket; `report` is what a co-unit did (R30)."""

    unit: str
    part: Part
    report: str = ""
    reported_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Ticket:
    """A ticket (工单). Fields are those of `TicketRow`, with its units; see there for storage."""

    number: str
    state: State
    channel: Channel
    created_at: datetime
    id: int = 0
    version: int = 0
    source_key: str | None = None
    fingerprint: str = ""
    line: str = ""
    queue: str = ""
    agent: str = ""
    call_id: str = ""
    call_kind: str = ""
    recordings: tuple[str, ...] = ()
    rating: int | None = None
    request_type: RequestType = RequestType.UNSET
    subject: str = ""
    body: str = ""
    address: str = ""
    matter: str | None = None
    territory: str | None = None
    citizen_id: int | None = None
    citizen_name: str = ""
    phone: str = ""
    confidential: bool = False
    complained_unit: str | None = None
    scope: Scope = Scope.IN
    scope_hint: Scope = Scope.IN
    referral: str = ""
    accepted_at: datetime | None = None
    dispatched_at: datetime | None = None
    signed_at: datetime | None = None
    contacted_at: datetime | None = None
    resolved_at: datetime | None = None
    reviewed_at: datetime | None = None
    called_back_at: datetime | None = None
    closed_at: datetime | None = None
    lead_unit: str | None = None
    work_plan: str = ""
    plan_leader: str = ""
    fast_track: bool = False
    direct: bool = False
    final: bool = False
    returns: int = 0
    return_from: State | None = None
    return_site: bool = False
    extensions: int = 0
    extension_asked: int = 0
    extension_days: int = 0
    legal_due: date | None = None
    legal_basis: str = ""
    clock_from: date | None = None
    due_contact: date | None = None
    due_return: date | None = None
    due_return_site: date | None = None
    due_resolve: date | None = None
    due_review: date | None = None
    provisional: bool = False
    light: Light = Light.GREEN
    overdue: str = ""
    supervision: Supervision = Supervision.NONE
    next_check_at: datetime | None = None
    result: str = ""
    beyond_law: bool = False
    false_reply: bool = False
    callback_by: CallbackBy = CallbackBy.NONE
    satisfied: int | None = None
    truthful: bool | None = None
    solved: Solved | None = None
    merged_into: str | None = None
    repeats: int = 0
    urges: int = 0
    units: tuple[UnitPart, ...] = field(default=())

    def part(self, unit: str) -> UnitPart | None:
        """The part `unit` has in this ticket, or None."""
        return next((part for part in self.units if part.unit == unit), None)
