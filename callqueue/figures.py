"""The figures of a report and their formulas, in this one place: reports, the page's help and docs/figures.md use it.

Pure: a `Bucket` is the calls of one period and one queue (agent, menu path, line), a figure a function of it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from callqueue.disposition import Disposition

ABANDONED_BY = (5, 15, 30, 60, 120)
"""Seconds: bounds of the classes in which callers who gave up are counted."""
PROMPT, SOON = 15.0, 20.0
"""Seconds: the national standard's (GB/T 33358-2016), and the trade's."""


@dataclass(frozen=True, slots=True)
class Visit:
    """One inbound call, as figures see it. Seconds; `asked`: entered a queue; `reached`: an agent was heard.

    `waited` is from the first entry into a queue until the agent was heard, or until the end.
    """

    asked: bool
    reached: bool
    disposition: str
    waited: float = 0.0
    answered_in: float | None = None
    talk: float = 0.0
    hold: float = 0.0
    transfers: int = 0
    rating: int | None = None


@dataclass(frozen=True, slots=True)
class Shift:
    """An agent's time in a period, seconds: logged in, of it paused (not for wrap-up), in wrap-up, in calls that the
    agent or the machine made to citizens (`made`); and how many calls were not picked up.
    """

    logged_in: float = 0.0
    paused: float = 0.0
    wrap_up: float = 0.0
    missed_rings: int = 0
    made: float = 0.0


@dataclass(slots=True)
class Bucket:
    """What is counted together: inbound calls, and the time of agents when there are agents in it."""

    visits: list[Visit] = field(default_factory=list)
    shifts: list[Shift] = field(default_factory=list)

    @property
    def offered(self) -> list[Visit]:
        return [one for one in self.visits if one.asked]

    @property
    def answered(self) -> list[Visit]:
        return [one for one in self.visits if one.asked and one.reached]

    @property
    def abandoned(self) -> list[Visit]:
        return [one for one in self.visits if one.asked and one.disposition == Disposition.ABANDONED_QUEUE]

    @property
    def served(self) -> list[Visit]:
        """Whoever spoke with an agent, by a queue or not (an emergency's companion)."""
        return [one for one in self.visits if one.reached]


Value = float | int | None


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure: its name in files, its label and formula for people, its unit (calls, s, %, points), and how it is
    computed; None when there is nothing to compute it of.
    """

    name: str
    label: str
    unit: str
    formula: str
    of: Callable[[Bucket], Value]


def share(part: int, whole: int) -> Value:
    """Percent, one decimal; None of nothing."""
    return round(100 * part / whole, 1) if whole else None


def mean(values: Iterable[float]) -> Value:
    """The average, one decimal; None of nothing."""
    found = list(values)
    return round(sum(found) / len(found), 1) if found else None


def percentile(values: Sequence[float], part: float) -> Value:
    """The smallest value that is not exceeded by `part` of all (nearest rank); None of nothing."""
    return round(sorted(values)[math.ceil(part * len(values)) - 1], 1) if values else None


def _within(bucket: Bucket, seconds: float) -> int:
    return sum(one.waited <= seconds for one in bucket.answered)


def _greeted(bucket: Bucket) -> list[Visit]:
    return [one for one in bucket.visits if one.answered_in is not None and one.answered_in <= PROMPT]


def _gave_up(low: float, high: float) -> Callable[[Bucket], Value]:
    return lambda bucket: sum(low <= one.waited < high for one in bucket.abandoned)


def _time(bucket: Bucket, name: str) -> float:
    return float(sum(getattr(shift, name) for shift in bucket.shifts))


def _occupancy(bucket: Bucket) -> Value:
    there = _time(bucket, "logged_in") - _time(bucket, "paused")
    busy = sum(one.talk + one.hold for one in bucket.served) + _time(bucket, "wrap_up") + _time(bucket, "made")
    return round(min(100.0, 100 * busy / there), 1) if there > 0 else None


def _wrap_up(bucket: Bucket) -> Value:
    return round(_time(bucket, "wrap_up") / len(bucket.served), 1) if bucket.shifts and bucket.served else None


def _rated(bucket: Bucket) -> list[int]:
    return [one.rating for one in bucket.visits if one.rating]


def _classes() -> Iterable[Figure]:
    low = 0
    for high in ABANDONED_BY:
        yield Figure(
            f"abandoned_{low}_{high}", f"放弃：等待{low}–{high}秒", "calls", f"放弃量中，等待≥{low}秒且<{high}秒的通数",
            _gave_up(low, high),
        )  # fmt: skip
        low = high
    yield Figure(
        f"abandoned_{low}", f"放弃：等待{low}秒以上", "calls", f"放弃量中，等待≥{low}秒的通数", _gave_up(low, math.inf)
    )


FIGURES: tuple[Figure, ...] = (
    Figure("inbound", "呼入量", "calls", "市民打进12345、96128的通数（按来电开始时间归入时段）",
           lambda b: len(b.visits)),
    Figure("greeted_15_pct", "15秒应答率", "%", "振铃15秒内热线接听的通数 ÷ 呼入量",
           lambda b: share(len(_greeted(b)), len(b.visits))),
    Figure("offered", "请求人工量", "calls", "呼入量中，至少进入过一次坐席队列的通数", lambda b: len(b.offered)),
    Figure("answered", "人工接通量", "calls", "请求人工量中，市民与坐席通上话的通数", lambda b: len(b.answered)),
    Figure("connection_pct", "接通率", "%", "人工接通量 ÷ 请求人工量",
           lambda b: share(len(b.answered), len(b.offered))),
    Figure("answered_15", "15秒内接通量", "calls", "人工接通量中，首次进入队列至听到坐席≤15秒的通数",
           lambda b: _within(b, PROMPT)),
    Figure("answered_15_pct", "15秒接通率", "%", "15秒内接通量 ÷ 请求人工量",
           lambda b: share(_within(b, PROMPT), len(b.offered))),
    Figure("answered_20", "20秒内接通量", "calls", "人工接通量中，首次进入队列至听到坐席≤20秒的通数",
           lambda b: _within(b, SOON)),
    Figure("answered_20_pct", "20秒接通率", "%", "20秒内接通量 ÷ 请求人工量",
           lambda b: share(_within(b, SOON), len(b.offered))),
    Figure("abandoned", "放弃量", "calls", "请求人工量中，排队时市民自己挂机的通数", lambda b: len(b.abandoned)),
    Figure("abandoned_pct", "放弃率", "%", "放弃量 ÷ 请求人工量", lambda b: share(len(b.abandoned), len(b.offered))),
    *_classes(),
    Figure("other", "转其他方式", "calls", "请求人工量 − 人工接通量 − 放弃量（留言、回呼、溢出等）",
           lambda b: len(b.offered) - len(b.answered) - len(b.abandoned)),
    Figure("wait_avg", "平均等待", "s", "人工接通的各通等待时长之和 ÷ 人工接通量",
           lambda b: mean(one.waited for one in b.answered)),
    Figure("wait_p90", "等待P90", "s", "人工接通的各通等待时长由短到长排列，第90%位（最近秩）",
           lambda b: percentile([one.waited for one in b.answered], 0.9)),
    Figure("talk_avg", "平均通话", "s", "与坐席通话时长之和（不含保持）÷ 与坐席通话的通数",
           lambda b: mean(one.talk for one in b.served)),
    Figure("hold_avg", "平均保持", "s", "保持时长之和 ÷ 与坐席通话的通数",
           lambda b: mean(one.hold for one in b.served)),
    Figure("wrap_up_avg", "平均话后整理", "s", "话后整理时长之和 ÷ 与坐席通话的通数（仅按坐席统计时）", _wrap_up),
    Figure("occupancy_pct", "工时利用率", "%",
           "（通话 + 保持 + 外呼通话 + 话后整理）÷（签入时长 − 小休时长），最高100（仅按坐席统计时）", _occupancy),
    Figure("missed_rings", "振铃未接", "calls", "坐席话机振铃而未接的次数（仅按坐席统计时）",
           lambda b: int(_time(b, "missed_rings")) if b.shifts else None),
    Figure("transfers", "转接次数", "calls", "坐席转接（盲转与咨询转）的次数之和",
           lambda b: sum(one.transfers for one in b.visits)),
    Figure("rated", "评价量", "calls", "市民作出评价的通数", lambda b: len(_rated(b))),
    Figure("rating_avg", "平均评价", "points", "评价按键之和 ÷ 评价量（1非常满意……5非常不满意）",
           lambda b: mean(map(float, _rated(b)))),
    Figure("satisfied_pct", "满意率", "%", "评价为1、2的通数 ÷ 评价量",
           lambda b: share(sum(one <= 2 for one in _rated(b)), len(_rated(b)))),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Urgent:
    """One call to an emergency desk (R6), seconds after the key: the desk called, the desk answered, an agent there."""

    called: float | None
    answered: float | None
    joined: float | None


@dataclass(frozen=True, slots=True)
class UrgentFigure:
    """A figure of calls to emergency desks."""

    name: str
    label: str
    unit: str
    formula: str
    of: Callable[[Sequence[Urgent]], Value]


def _known(found: Sequence[Urgent], name: str) -> list[float]:
    return [value for one in found if (value := getattr(one, name)) is not None]


URGENT: tuple[UrgentFigure, ...] = (
    UrgentFigure("urgent", "紧急求助量", "calls", "市民或坐席按下紧急键的次数", len),
    UrgentFigure("urgent_answered", "紧急台接听量", "calls", "其中110、119、120、122接听的次数",
                 lambda u: len(_known(u, "answered"))),
    UrgentFigure("urgent_called_avg", "按键至呼叫", "s", "按键至呼叫紧急台的平均秒数",
                 lambda u: mean(_known(u, "called"))),
    UrgentFigure("urgent_answered_avg", "按键至接听", "s", "按键至紧急台接听的平均秒数",
                 lambda u: mean(_known(u, "answered"))),
    UrgentFigure("urgent_answered_p90", "按键至接听P90", "s", "按键至紧急台接听的秒数由短到长排列，第90%位（最近秩）",
                 lambda u: percentile(_known(u, "answered"), 0.9)),
    UrgentFigure("urgent_joined_avg", "按键至坐席加入", "s", "按键至坐席加入的平均秒数",
                 lambda u: mean(_known(u, "joined"))),
)  # fmt: skip


EXPLAINED: tuple[Figure | UrgentFigure, ...] = (*FIGURES, *URGENT)
"""All of them, for whoever explains them."""


def values(bucket: Bucket) -> dict[str, Value]:
    """Every figure of the bucket, by name."""
    return {figure.name: figure.of(bucket) for figure in FIGURES}


def urgent_values(found: Sequence[Urgent]) -> dict[str, Value]:
    """Every figure of the emergency calls, by name."""
    return {figure.name: figure.of(found) for figure in URGENT}
