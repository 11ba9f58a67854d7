"""`hotline ledger check`: the proof that no call of a day was lost, counted twice or left open."""

from __future__ import annotations

import json
from argparse import ArgumentParser, Namespace
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from callqueue import kept
from callqueue.evidence import Logs, read_day
from callqueue.proof import Proof, prove
from hotline import opening, places, running
from hotline.handover import TICKETED
from hotline.service import ledger_paths
from hotline.settings import Settings
from store.base import now
from tickets.tables import TicketRow

SETTLES = timedelta(seconds=5)
"""What was written in the last moments need not be in the tables yet."""


def register(parser: ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True, metavar="{check}")
    check = actions.add_parser("check", help="compare event log, queue_log, call records, tickets and recordings")
    check.add_argument("--day", type=date.fromisoformat, metavar="DAY", help="2026-07-06 (default: today)")
    check.add_argument("--json", action="store_true", help="as JSON")


def run(settings: Settings, arguments: Namespace) -> int:
    settings = running.settings_in_force(settings)
    day = arguments.day or now().date()
    with opening.reading(settings) as session:
        proof = proof_of(session, settings, day)
    print(json.dumps(as_json(day, proof), indent=1, ensure_ascii=False) if arguments.json else text(day, proof))
    return 0 if proof.holds else 1


def proof_of(session: Session, settings: Settings, day: date) -> Proof:
    """The proof of the day, from the files in the home folder and the database."""
    until = now() - SETTLES
    paths = ledger_paths(settings)
    found = read_day(Logs(paths.cel, paths.queue_log, settings.home / places.CDR), day, until)
    tickets = _tickets(session, day)
    tables = kept.tables(session, day, found, tickets, settings.home / places.RECORDINGS)
    return prove(found, tables, until, TICKETED, bool(settings.record_calls))


def _tickets(session: Session, day: date) -> dict[str, str]:
    """Every ticket of the day, and of the day after, that says it comes from a call; and that call."""
    first, end = kept.ticket_days(day)
    query = select(TicketRow.number, TicketRow.call_id).where(TicketRow.number >= first, TicketRow.number < end)
    return {number: call_id for number, call_id in session.execute(query)}


def as_json(day: date, proof: Proof) -> dict[str, Any]:
    """The proof as plain values."""
    return {
        "day": day.isoformat(),
        "holds": proof.holds,
        "counts": [
            {"left": one.left, "of_left": one.of_left, "right": one.right, "of_right": one.of_right, "equal": one.equal}
            for one in proof.counts
        ],
        "dispositions": dict(proof.dispositions),
        "findings": [
            {"kind": one.kind.value, "subject": one.subject, "detail": one.detail} for one in proof.findings
        ],
    }  # fmt: skip


def text(day: date, proof: Proof) -> str:
    """The proof for people."""
    lines = [f"{day}: {'every call is accounted for' if proof.holds else 'NOT every call is accounted for'}"]
    for one in proof.counts:
        sign = "=" if one.equal else "≠"
        lines.append(f"  {one.of_left:>8} {one.left:<36} {sign} {one.of_right:>8} {one.right}")
    lines += ["  how the calls ended:"]
    lines += [f"  {count:>8} {name}" for name, count in proof.dispositions.items()] or ["         no call"]
    lines += [f"  {one.kind}: {one.subject}{f' ({one.detail})' if one.detail else ''}" for one in proof.findings]
    return "\n".join(lines)
