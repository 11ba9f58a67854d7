"""Handlers: figures of tickets, hot topics, the ranking of units, the bulletin of a month."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, timedelta
from typing import Any

from console.desk_lists import MOST_DAYS
from console.route import Answer, Asked
from console.schema import DATE, FLAG, Schema, pattern, record, text
from console.seeing import unit_of
from figures import counting, hot, snapshots
from figures.bulletin import bulletin as made
from figures.core import FIGURES
from figures.counting import By, Cut
from figures.spans import Period, Span, whole
from store.base import now
from tickets.errors import Invalid
from tickets.wording import clean_date

_DAYS: dict[str, Schema] = {"since": DATE, "until": DATE}
_CUT: dict[str, Schema] = {"unit": text(32), "matter": text(32), "place": text(32)}
SHOWN: dict[str, Schema] = {
    **_DAYS, **_CUT, "by": {"type": "string", "enum": [one.value for one in By]},
    "period": {"type": "string", "enum": [one.value for one in Period]},
}
TOPICS: dict[str, Schema] = {**_DAYS, "matter": text(32)}
MONTH: dict[str, Schema] = {"month": pattern("20[0-9]{2}-(0[1-9]|1[0-2])")}
FREEZE: Schema = record({"since": DATE, "until": DATE})
APPEAL: Schema = record({"reason": text(snapshots.LONGEST, 2)})
RULE: Schema = record({"upheld": FLAG, "ruling": text(snapshots.LONGEST, 2)})


def figures(asked: Asked) -> Answer:
    """The figures of a period: in all, by group or by period; an account of a unit gets its own."""
    query, today = asked.query, now().date()
    span = _span(query, today)
    cut = Cut(unit_of(asked.by, query.get("unit", "")), query.get("matter", ""), query.get("place", ""))
    if "by" in query:
        rows = counting.groups(asked.session, span, today, By(query["by"]), cut)
    elif "period" in query:
        rows = counting.series(asked.session, span, today, Period(query["period"]), cut)
    else:
        rows = [counting.total(asked.session, span, today, cut)]
    return Answer({**_told(span), "items": [row.plain() for row in rows]})


def _span(query: Any, today: date) -> Span:
    if "since" not in query and "until" not in query:
        return whole(Period.MONTH, today)
    until = clean_date("until", query["until"]) if "until" in query else today
    since = clean_date("since", query["since"]) if "since" in query else until
    if not timedelta(0) <= until - since < MOST_DAYS:
        raise Invalid("until", f"起止日期应为1至{MOST_DAYS.days}天")
    return Span(since, until)


def _told(span: Span) -> dict[str, Any]:
    return {"since": span.since.isoformat(), "until": span.until.isoformat()}


def explained(_asked: Asked) -> Answer:
    """Each figure with its label, unit and formula."""
    names = ("name", "label", "unit", "formula")
    return Answer({"items": [{name: getattr(one, name) for name in names} for one in FIGURES]})


def topics(asked: Asked) -> Answer:
    """Words and matters against the period before."""
    today = now().date()
    span = _span(asked.query, today)
    matters = hot.hot_matters(asked.session, span, today, Cut(matter=asked.query.get("matter", "")))
    words = hot.hot_words(asked.session, span)
    return Answer(
        {**_told(span), "matters": [asdict(one) for one in matters], "words": [asdict(one) for one in words]}
    )


def rankings(asked: Asked) -> Answer:
    """The frozen rankings."""
    return Answer({"items": snapshots.listed(asked.session)})


def ranking(asked: Asked) -> Answer:
    """One of them; a unit's account sees its own line until it is published."""
    return Answer(snapshots.shown(asked.session, _number(asked), asked.by))


def freeze(asked: Asked) -> Answer:
    """The new ranking."""
    span = Span(clean_date("since", asked.body["since"]), clean_date("until", asked.body["until"]))
    number = snapshots.freeze(asked.session, span, asked.by, now(), asked.means.ranking)
    return Answer(snapshots.shown(asked.session, number, asked.by))


def appeal(asked: Asked) -> Answer:
    """The ranking with the unit's appeal."""
    snapshots.appeal(asked.session, _number(asked), asked.body["reason"], asked.by, now())
    return ranking(asked)


def rule(asked: Asked) -> Answer:
    """The ranking with the ruling."""
    given = asked.body
    appealed = int(asked.path["appeal"])
    snapshots.rule(asked.session, _number(asked), appealed, given["upheld"], given["ruling"], asked.by, now())
    return ranking(asked)


def publish(asked: Asked) -> Answer:
    """The published ranking."""
    snapshots.publish(asked.session, _number(asked), asked.by, now())
    return ranking(asked)


def bulletin(asked: Asked) -> Answer:
    """The bulletin of a month; the last one that is over by default."""
    today = now().date()
    last = whole(Period.MONTH, today).since - timedelta(days=1)
    found = made(asked.session, asked.query.get("month", f"{last:%Y-%m}"), today)
    return Answer(asdict(found) | {"made": found.made.isoformat()})


def _number(asked: Asked) -> int:
    return int(asked.path["ranking"])
