"""Handlers: figures of calls, what they mean, and how many agents are needed."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, datetime, time, timedelta

from callqueue import staffing as needs
from callqueue.figures import EXPLAINED
from callqueue.periods import Period
from callqueue.reports import By
from callqueue.reports import report as made
from console.errors import BadRequest
from console.route import Answer, Asked
from console.schema import DATE, Schema, whole
from store.base import LOCAL, now
from tickets.wording import clean_date

MOST_DAYS = {Period.QUARTER: 31, Period.HOUR: 93, Period.DAY: 400, Period.WEEK: 800, Period.MONTH: 1600}
REPORT: dict[str, Schema] = {
    "since": DATE, "until": DATE, "period": {"type": "string", "enum": [one.value for one in Period]},
    "by": {"type": "string", "enum": [one.value for one in By]},
}
STAFFING: dict[str, Schema] = {
    "weeks": whole(1, 52), "target": whole(1, 99), "seconds": whole(1, 600), "growth": whole(-90, 900),
    "handling": whole(0, 7200), "shrinkage": whole(0, 90),
}


def moment(day: date) -> datetime:
    """The day's first moment."""
    return datetime.combine(day, time(), LOCAL)


def report(asked: Asked) -> Answer:
    """The figures from the day `since` to the day `until`, both included."""
    since, until = (clean_date(name, asked.query[name]) for name in ("since", "until"))
    period, by = Period(asked.query.get("period", "day")), By(asked.query.get("by", "none"))
    if not timedelta(0) <= until - since < timedelta(days=MOST_DAYS[period]):
        raise BadRequest("请求不符合接口说明", (("query/until", f"起止日期应为1至{MOST_DAYS[period]}天"),))
    found = made(asked.session, moment(since), moment(until + timedelta(days=1)), period, by, asked.means.wrap_up)
    return Answer(asdict(found))


def figures(asked: Asked) -> Answer:
    """Each figure with its label, unit and formula."""
    names = ("name", "label", "unit", "formula")
    return Answer({"items": [{name: getattr(one, name) for name in names} for one in EXPLAINED]})


def staffing(asked: Asked) -> Answer:
    """The agents that each hour of the week needs, from the last weeks; percents are whole numbers."""
    given = asked.query
    until = now().date()
    since = until - timedelta(weeks=given.get("weeks", 8))
    wanted = needs.Plan(
        given.get("target", 95) / 100, given.get("seconds", 15), 1 + given.get("growth", 0) / 100,
        given.get("handling", 0), given.get("shrinkage", 30) / 100,
    )  # fmt: skip
    known = needs.from_ledger(asked.session, since, until, asked.means.wrap_up)
    items = [asdict(one) for one in needs.plan(known, wanted)]
    return Answer({"since": since.isoformat(), "until": until.isoformat(), "plan": asdict(wanted), "items": items})
