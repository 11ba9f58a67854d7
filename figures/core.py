"""The figures of tickets and their formulas, in this one place (R43, R46): pages, help, bulletin and docs use it.

Pure: a `Count` is how many tickets each measure of `tickets.measures` has; a figure is a function of it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from callqueue.figures import Value, share
from tickets.measures import MEASURES

Count = Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure: how many a measure counts, or with `of` its share in another one, percent.

    `behind` is the measure whose tickets stand behind it. `good` tells whether more is better, None when neither is.
    """

    name: str
    label: str
    formula: str
    measure: str
    of: str = ""
    good: bool | None = None

    @property
    def unit(self) -> str:
        return "%" if self.of else "件"

    @property
    def behind(self) -> str:
        return self.of or self.measure

    def value(self, count: Count) -> Value:
        """The figure of what was counted; None of nothing."""
        number = count.get(self.measure, 0)
        return share(number, count.get(self.of, 0)) if self.of else number


def _share(measure: str, of: str, label: str, good: bool | None = True) -> Figure:
    formula = f"{MEASURES[measure].label} ÷ {MEASURES[of].label}"
    return Figure(f"{measure}_pct", label, formula, measure, of, good)


def _number(measure: str, formula: str, good: bool | None = None) -> Figure:
    return Figure(measure, MEASURES[measure].label, formula, measure, "", good)


FIGURES: tuple[Figure, ...] = (
    _number("received", "时段内登记的工单件数（按登记时间归入时段）"),
    _number("accepted", "登记量中，不含待受理、不予受理和已并单的件数"),
    _number("refused", "登记量中，不予受理（N1至N4）的件数"),
    _number("direct", "受理量中，话务员当场答复办结的件数"),
    _share("direct", "accepted", "即时答复率"),
    _number("sign_due", "签收期限（派单次日起1个工作日，即退回期限）在时段内的件数；未签收而期限未到的、退回待裁定的、"
            "已并单的不计"),
    _number("signed", "应签收量中，期限日终前签收的件数"),
    _number("signed_late", "应签收量 − 按时签收量", False),
    _share("signed", "sign_due", "按时签收率"),
    _number("due", "办结期限（含延期、法定时限）在时段内的件数；未办结而期限未到的、退回待裁定的、已并单的不计；"
            "重新办理的按新的期限计"),
    _number("on_time", "应办结量中，期限日终前办结的件数"),
    _number("late", "应办结量 − 按时办结量", False),
    _share("on_time", "due", "按时办结率"),
    _number("asked", "时段内回访、群众回答了是否解决的件数（以最后一次回访为准）"),
    _number("solved", "解决评价量中，回答“已解决”的件数（部分解决不计）"),
    _share("solved", "asked", "解决率"),
    _number("rated", "时段内回访、群众作了满意度评价的件数（以最后一次回访为准）"),
    _number("satisfied", "满意评价量中，非常满意、满意、基本满意的件数"),
    _share("satisfied", "rated", "满意率"),
    _number("repeated", "受理量中，同一群众同一事项又来反映并入其他工单的件数", False),
    _share("repeated", "accepted", "重复反映率", False),
    _number("tracked", "受理量中，列入跟踪督办的件数（R40）", False),
    _number("key", "受理量中，列入重点督办的件数（R41）", False),
    _number("false", "受理量中，认定有虚假回复的件数（R34）", False),
    _number("returned", "时段内承办单位首次申请退回的件数（按申请单位计；两个单位各退回一次的计两件）"),
    _number("upheld", "申请退回量中，热线办裁定同意退回的件数"),
)  # fmt: skip
BY_NAME: Mapping[str, Figure] = {figure.name: figure for figure in FIGURES}
HEADLINE = (
    "accepted", "direct_pct", "signed_pct", "on_time_pct", "solved_pct", "satisfied_pct", "repeated_pct", "returned",
)  # fmt: skip
"""Those shown large."""


def values(count: Count) -> dict[str, Value]:
    """Every figure by name."""
    return {figure.name: figure.value(count) for figure in FIGURES}


def summed(counts: Mapping[str, Count]) -> Counter[str]:
    """What several groups have together."""
    total: Counter[str] = Counter()
    for count in counts.values():
        total.update(count)
    return total
