"""Handlers: what callbacks tell: reached, answered and how, trunk minutes, satisfaction, the units' word checked."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy.orm import Session

from callback_survey import exports, figures, labels
from callback_survey.sampling import Kind
from console.outcomes import told
from console.page import Answered, Saved, Shown, Visit
from store.base import LOCAL, now
from tickets.errors import Invalid, NotFound
from tickets.trees import MATTERS, nodes
from tickets.units import unit_names
from tickets.wording import clean_date

MOST_DAYS = 400
_DAYS = 30


def page(visit: Visit) -> Answered:
    """The figures of the days asked for, by default the last thirty."""
    since, until = _days(visit)
    found = _figures(visit, since, until)
    names = {"by_unit": unit_names(visit.session), "by_matter": _matters(visit.session)}
    values = {
        "since": since.isoformat(), "until": until.isoformat(), "found": found, "labels": labels, "names": names,
        "questions": _questions(found["questions"]), "kinds": {kind.value: kind.label for kind in Kind},
    }  # fmt: skip
    return Shown(values)


def export(visit: Visit) -> Answered:
    """The same as a file."""
    kind = visit.path["kind"]
    if kind not in exports.KINDS:
        raise NotFound("只有 csv 和 xlsx")
    since, until = _days(visit)
    data = exports.exported(_figures(visit, since, until), kind, named(visit.session))
    return Saved(f"回访统计-{since:%Y%m%d}-{until:%Y%m%d}.{kind}", data=data, media=exports.KINDS[kind])


def named(session: Session) -> exports.Named:
    """The words of a code, for the file."""
    names = {"unit": unit_names(session), "matter": _matters(session)}

    def name(kind: str, code: str) -> str:
        return told(code) if kind == "outcome" else names[kind].get(code, code) or "（未定）"

    return name


def _days(visit: Visit) -> tuple[date, date]:
    until = clean_date("至", visit.asked("until")) if visit.asked("until") else now().date()
    since = clean_date("自", visit.asked("since")) if visit.asked("since") else until - timedelta(days=_DAYS - 1)
    if not 0 <= (until - since).days < MOST_DAYS:
        raise Invalid("起止日期", f"应为1至{MOST_DAYS}天")
    return since, until


def _figures(visit: Visit, since: date, until: date) -> dict[str, Any]:
    first, end = (datetime.combine(day, time(), LOCAL) for day in (since, until + timedelta(days=1)))
    return figures.figures(visit.session, first, end)


def _questions(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """A row an answer, in the questionnaire's order, with how often it was given by each means."""
    rows: dict[tuple[str, str], dict[str, Any]] = {}
    for one in found:
        row = rows.setdefault((one["question"], one["value"]), {"question": one["question"], "value": one["value"]})
        row[one["by"]] = row.get(one["by"], 0) + one["number"]
    order = {name: place for place, name in enumerate(labels.TITLES)}
    return sorted(rows.values(), key=lambda row: (order.get(row["question"], len(order)), row["value"]))


def _matters(session: Session) -> dict[str, str]:
    return {node.code: node.name for node in nodes(session, MATTERS)}
