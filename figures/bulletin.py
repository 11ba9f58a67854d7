"""The bulletin of a month (R43, R44): sections of one value, which a page, a workbook and a document show alike.

Nothing in it comes from a citizen's own words but single words that five tickets share, and none of those is from a
confidential ticket; no name and no number of anybody is in it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from callqueue.calls import Direction
from callqueue.figures import FIGURES as CALL_FIGURES
from callqueue.figures import Value, share
from callqueue.tables import CallRow
from figures import counting, hot, remarks, snapshots
from figures.core import BY_NAME, FIGURES
from figures.counting import By, Group, Key, Tally
from figures.polls import polls
from figures.spans import Period, Span, month_of
from tickets.access import Actor, Role
from tickets.deadlines import start_of
from tickets.errors import Invalid
from tickets.measures import Basis
from tickets.trees import TERRITORIES, nodes

MOST_MATTERS, MOST_WORDS = 10, 10
_TABLE = ("accepted", "due", "on_time_pct", "solved_pct", "satisfied_pct", "signed_pct", "repeated", "late")
_READER = Actor("bulletin", Role.SYSTEM)
Cell = str | int | float | None


@dataclass(frozen=True, slots=True)
class Chart:
    """A drawing of a section's table: line or bar, the first column against these ones."""

    kind: str
    columns: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """A part: a table with its head, and a word about it."""

    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    note: str = ""
    chart: Chart | None = None


@dataclass(frozen=True, slots=True)
class Bulletin:
    """All of it: the month as `2026-10`, the day it was made, what the figures say in a few sentences, the parts."""

    month: str
    title: str
    made: date
    summary: tuple[str, ...]
    sections: tuple[Section, ...]


def bulletin(session: Session, month: str, today: date) -> Bulletin:
    """The bulletin of a month that has begun. Raises Invalid."""
    span = month_of(month)
    if span.since > today:
        raise Invalid("月份", f"{month}还没有开始")
    kept = _tallies(session, span, today)
    last = counting.tally(session, span.before(), today, By.MATTER)
    group, before = kept[By.UNIT].total(), last.total()
    places = [one.name for one in nodes(session, TERRITORIES) if not one.parent]
    year, number = span.since.year, span.since.month
    title = f"{places[0] if len(places) == 1 else ''}12345政府服务热线运行月报（{year}年{number}月）"
    return Bulletin(
        month, title, today, tuple(_summary(group, before, number)),
        tuple(one for one in _sections(session, span, kept, last) if one.rows),
    )  # fmt: skip


def _tallies(session: Session, span: Span, today: date) -> dict[Key, Tally]:
    """By what the tables are told apart; some of them show only what was registered."""
    whole = counting.tallies(session, span, today, (Period.DAY, By.UNIT, By.PLACE))
    registered = counting.tallies(session, span, today, (By.TYPE, By.CHANNEL, By.MATTER), bases=(Basis.REGISTERED,))
    return {one.key: one for one in (*whole, *registered) if one.key}


def _summary(group: Group, before: Group, number: int) -> Iterator[str]:
    figure = {one.name: one.value(group.count) for one in FIGURES}
    last = BY_NAME["accepted"].value(before.count)
    yield (
        f"{number}月登记群众诉求{figure['received']}件，受理{figure['accepted']}件（上月{last}件），"
        f"其中当场答复{figure['direct']}件，不予受理{figure['refused']}件。"
    )
    yield (
        f"本月应办结{figure['due']}件，按时办结{figure['on_time']}件，按时办结率{told(figure['on_time_pct'], '%')}，"
        f"逾期{figure['late']}件；按时签收率{told(figure['signed_pct'], '%')}。"
    )
    yield (
        f"回访中解决率{told(figure['solved_pct'], '%')}（{figure['asked']}件），"
        f"满意率{told(figure['satisfied_pct'], '%')}（{figure['rated']}件）；"
        f"重复反映{figure['repeated']}件，重点督办{figure['key']}件。"
    )


def told(value: Value, unit: str = "") -> str:
    """A figure for people; a dash where there is nothing to compute it of."""
    return "—" if value is None else f"{value}{unit}"


def _sections(session: Session, span: Span, kept: dict[Key, Tally], last: Tally) -> Iterator[Section]:
    group, before = kept[By.UNIT].total(), last.total()
    yield Section("主要指标", ("指标", "本月", "上月"), tuple(
        (one.label + ("（%）" if one.of else ""), one.value(group.count), one.value(before.count)) for one in FIGURES
    ))  # fmt: skip
    days = kept[Period.DAY].series()
    yield Section("每日受理与办结期限", ("日期", "受理量", "应办结量", "按时办结量"), tuple(
        (one.name, *(one.count.get(name, 0) for name in ("accepted", "due", "on_time"))) for one in days
    ), chart=Chart("line", (1, 2)))  # fmt: skip
    yield from _calls(session, span)
    for by, title in ((By.TYPE, "诉求类型"), (By.CHANNEL, "受理渠道")):
        found = kept[by].groups(session)
        rows = tuple((one.name, one.count.get("accepted", 0), _part(one, group)) for one in found)
        yield Section(title, (by.label, "受理量", "占比（%）"), rows, chart=Chart("bar", (1,)))
    yield from _hot(session, span, kept[By.MATTER], last)
    for by, title in ((By.UNIT, "承办单位"), (By.PLACE, "属地")):
        found = [one for one in kept[by].groups(session) if one.code]
        yield Section(title, (by.label, *(_headed(name) for name in _TABLE)), tuple(
            (one.name, *(BY_NAME[name].value(one.count) for name in _TABLE)) for one in found
        ), chart=Chart("bar", (1, 2)) if found else None)  # fmt: skip
    yield from _ranking(session, span)
    yield from _opinions(session, span)


def _headed(name: str) -> str:
    return BY_NAME[name].label + ("（%）" if BY_NAME[name].of else "")


def _part(one: Group, group: Group) -> Value:
    return share(one.count.get("accepted", 0), group.count.get("accepted", 0))


def _calls(session: Session, span: Span) -> Iterator[Section]:
    since, until = start_of(span.since), start_of(span.until + timedelta(days=1))
    asked = CallRow.queued_at.is_not(None)
    query = select(func.count(), func.count(CallRow.queued_at), func.count(CallRow.agent_at).filter(asked))
    query = query.where(CallRow.started_at >= since, CallRow.started_at < until)
    inbound, offered, answered = session.execute(query.where(CallRow.direction == Direction.INBOUND)).one()
    names = {one.name: one.label for one in CALL_FIGURES}
    rows = (
        (names["inbound"], inbound), (names["offered"], offered), (names["answered"], answered),
        (f"{names['connection_pct']}（%）", share(answered, offered)),
    )  # fmt: skip
    yield Section("话务", ("指标", "本月"), rows if inbound else ())


def _hot(session: Session, span: Span, now: Tally, last: Tally) -> Iterator[Section]:
    head = ("本月", "上月", "趋势")
    matters = sorted(hot.matters_of(session, now, last), key=lambda one: (-one.now, one.code))[:MOST_MATTERS]
    rows = tuple((one.name, one.now, one.before, one.trend.label) for one in matters)
    note = "趋势按二项检验，两期合计不足5件或差别可能出于偶然的，不作趋势判断。"
    yield Section("热点事项", ("事项", *head), rows, note, Chart("bar", (1, 2)))
    words = hot.hot_words(session, span)[:MOST_WORDS]
    rows = tuple((one.name, one.now, one.before, one.trend.label) for one in words)
    yield Section("热点词", ("词", *head), rows, "出现在5件以上工单中的词；保密工单的内容不计入。")


def _ranking(session: Session, span: Span) -> Iterator[Section]:
    number = snapshots.of_span(session, span)
    found = snapshots.shown(session, number, _READER) if number else None
    if found is None or not found["published_at"]:
        return
    rows = tuple(
        (one["tier"] or "全部", one["place"], one["name"], one["score"], _remark(one)) for one in found["lines"]
    )
    note = f"{found['frozen_at'][:10]}固化，{found['published_at'][:10]}发布；名次相同的并列，样本不足的只列不排。"
    yield Section("承办单位排名", ("分组", "名次", "承办单位", "得分", "备注"), rows, note)


def _remark(line: dict[str, Any]) -> str:
    told = ["样本不足，不排名次"] if line["place"] is None else []
    return "；".join([*told, *(["申诉成立"] if line["appeal_upheld"] else [])])


def _opinions(session: Session, span: Span) -> Iterator[Section]:
    found = polls(session, span)
    rows = tuple((one.title, one.question, one.answer, one.number, one.share) for one in found)
    yield Section("民意调查", ("问卷", "问题", "回答", "人次", "占比（%）"), rows)
    said = tuple((one["title"], one["source"], one["text"]) for one in remarks.of_month(session, f"{span.since:%Y-%m}"))
    yield Section("第三方评估与说明", ("题目", "来源", "内容"), said)
