"""What the units say against what citizens say: contacts, and the office's sample of checks."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from callback_survey import contact
from callback_survey.contact import Verdict
from callback_survey.hand_tables import CheckRow
from callback_survey.intervals import share
from callback_survey.tables import AnswerRow
from tickets.records import TICKETS


def contacts(session: Session, since: datetime, until: datetime) -> list[dict[str, Any]]:
    """By unit: `answers` to whether it contacted the citizen, of them `contacted` with share and interval.

    `denied` are those who say no, `no_call` those of them whose call the ledger does not have, either.
    """
    columns = TICKETS.c
    query = (
        select(AnswerRow.ticket, AnswerRow.value, columns.lead_unit, columns.phone, columns.dispatched_at,
               columns.created_at, columns.resolved_at)
        .join(TICKETS, columns.number == AnswerRow.ticket)
        .where(AnswerRow.question == "contacted", AnswerRow.at >= since, AnswerRow.at < until)
    )  # fmt: skip
    last = {row.ticket: row for row in session.execute(query.order_by(AnswerRow.at))}
    counted: dict[str, Counter[str]] = {}
    for row in last.values():
        of = counted.setdefault(row.lead_unit or "", Counter())
        of[row.value] += 1
        if row.value == "no":
            made = contact.calls_to(session, row.phone, row.dispatched_at or row.created_at, row.resolved_at or until)
            of["no_call"] += contact.verdict(True, "no", made) is Verdict.DENIED
    return [
        {"name": name, "answers": of["yes"] + of["no"], "contacted": of["yes"], "denied": of["no"],
         "no_call": of["no_call"], **share(of["yes"], of["yes"] + of["no"])}
        for name, of in sorted(counted.items())
    ]  # fmt: skip


def checks(session: Session, since: datetime, until: datetime) -> list[dict[str, Any]]:
    """By unit and kind: tickets `drawn` for days in the time, `answers` of their citizens, and how many agree."""
    query = (
        select(CheckRow.unit, CheckRow.kind, CheckRow.differs, func.count())
        .where(CheckRow.day >= since.date(), CheckRow.day < until.date())
        .group_by(CheckRow.unit, CheckRow.kind, CheckRow.differs)
    )
    counted: dict[tuple[str, str], Counter[bool | None]] = {}
    for unit, kind, differs, number in session.execute(query):
        counted.setdefault((unit, kind), Counter())[differs] += number
    return [
        {"name": unit, "kind": kind, "drawn": sum(of.values()), "answers": of[True] + of[False],
         "agree": of[False], "differ": of[True], **share(of[False], of[True] + of[False])}
        for (unit, kind), of in sorted(counted.items())
    ]  # fmt: skip
