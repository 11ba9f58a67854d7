"""Handlers: one ticket with its history, files, terms and moves."""

from __future__ import annotations

from typing import Any

from console import ticket_callback
from console.desk_moves import forms, given
from console.page import Answered, Handler, Moved, Saved, Shown, Visit
from console.seeing import shown, visible
from store.base import now
from tickets.access import Action
from tickets.attachments import attachment_path, attachments_of, keep_attachment
from tickets.calendar_store import load_calendar
from tickets.deadlines import terms
from tickets.errors import Invalid, NotFound
from tickets.knowledge.links import grounds_of
from tickets.masking import is_masked, masked_events, require_files
from tickets.present import codes
from tickets.service import act, history
from tickets.terms import RequestType
from tickets.ticket import Ticket
from tickets.transitions import TABLE
from tickets.trees import MATTERS, TERRITORIES, nodes
from tickets.units import unit_names
from tickets.workdays import explain


def ticket_page(visit: Visit) -> Answered:
    """One ticket as the viewer may see it."""
    ticket = visible(visit.session, visit.path["number"], visit.by)
    masked = is_masked(ticket, visit.by)
    events = masked_events(ticket, codes(history(visit.session, ticket.number)), visit.by)
    values: dict[str, Any] = {
        "ticket": shown(ticket, visit.by), "masked": masked, "events": events, "units": unit_names(visit.session),
        "files": () if masked else attachments_of(visit.session, ticket.id), "forms": forms(visit, ticket),
        "terms_of": _terms(visit, ticket), "days": _days(visit, ticket), "tried": visit.path.get("move", ""),
        "may_attach": not masked and visit.may(Action.ATTACH), "matter": _name(visit, MATTERS, ticket.matter),
        "territory": _name(visit, TERRITORIES, ticket.territory), "given": visit.form,
        "callback": ticket_callback.shown(visit, ticket),
        "grounds": grounds_of(visit.session, ticket.number),
    }
    return Shown(values, seen=(ticket.number,))


def _name(visit: Visit, table: Any, code: str | None) -> str:
    return next((node.name for node in nodes(visit.session, table) if node.code == code), "") if code else ""


def _terms(visit: Visit, ticket: Ticket) -> list[tuple[str, Any, bool]]:
    """Name, day, and whether it has run out, of each term in force."""
    dues = (("联系群众", ticket.due_contact, ticket.contacted_at), ("申请退回", ticket.due_return, ticket.signed_at),
            ("办结", ticket.due_resolve, ticket.resolved_at), ("复核", ticket.due_review, ticket.reviewed_at))
    return [(name, due, done is None and due < now().date()) for name, due, done in dues if due]


def _days(visit: Visit, ticket: Ticket) -> list[Any]:
    """Why each day since the dispatch counts or does not (R22)."""
    if ticket.clock_from is None or ticket.request_type == RequestType.UNSET:
        return []
    known = load_calendar(visit.session, around=ticket.clock_from)
    found = terms(known, ticket.clock_from, ticket.request_type, fast=ticket.fast_track, rules=visit.services.rules)
    return list(explain(known, ticket.clock_from, max(term.days for term in found.values())))


def mover(action: Action) -> Handler:
    """The handler of a move: on to the same ticket, or back to the list when the viewer no longer sees it."""

    def handler(visit: Visit) -> Answered:
        number = visit.path["number"]
        ticket = visible(visit.session, number, visit.by)
        version = visit.typed("version")
        if not (version.isascii() and version.isdigit() and len(version) < 8):
            raise Invalid("版本", "请刷新页面后再办")
        row = TABLE[action]
        told: Any = given(visit, ticket, row)
        act(visit.session, number, action, by=visit.by, version=int(version), rules=visit.services.rules, **told)
        return Moved(f"/tickets/{number}", f"已办理：{row.meaning}")

    return handler


def attach(visit: Visit) -> Answered:
    """The ticket with its new files: all or none."""
    ticket = visible(visit.session, visit.path["number"], visit.by)
    require_files(ticket, visit.by)
    if not visit.files:
        raise Invalid("附件", "没有选择文件")
    kept = keep_attachment(
        visit.session, ticket.number, visit.files, visit.services.folder, by=visit.by, at=now()
    )
    return Moved(f"/tickets/{ticket.number}", f"已添加附件 {len(kept)} 个")


def download(visit: Visit) -> Answered:
    """An attachment, to be saved."""
    ticket = visible(visit.session, visit.path["number"], visit.by)
    require_files(ticket, visit.by)
    wanted = visit.path["sha256"]
    file = next((file for file in attachments_of(visit.session, ticket.id) if file.sha256 == wanted), None)
    place = attachment_path(visit.services.folder, file) if file else None
    if file is None or place is None or not place.is_file():
        raise NotFound("没有这个附件")
    return Saved(file.name, place, seen=(ticket.number,))
