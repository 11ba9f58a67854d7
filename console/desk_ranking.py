"""Handlers: the ranking of units, frozen, appealed against, ruled on and published (R44)."""

from __future__ import annotations

from typing import Any

from console.desk_figures import ready, span_of, told
from console.page import Answered, Moved, Shown, Visit
from console.paging import page_of
from figures import snapshots
from figures.core import BY_NAME
from figures.snapshots import DEFAULT, Policy
from figures.spans import Span
from figures.weights import PARTS
from store.base import now
from tickets.access import UNIT_ROLES, Action
from tickets.errors import Invalid, NotFound
from tickets.units import unit_names
from tickets.wording import clean_date

FIGURES = tuple(BY_NAME[f"{name}_pct"] for name in PARTS)


def page(visit: Visit) -> Answered:
    """The frozen rankings; and for who is of no unit, what the ranking of a period would be now."""
    own = visit.by.role in UNIT_ROLES
    found, after = page_of(snapshots.listed(visit.session), lambda one: one["id"], visit.asked("after"))
    values: dict[str, Any] = {"rankings": found, "after": after, "own": own}
    values |= {"policy": _policy(visit), "parts": _parts(visit)}
    if own:
        mine = {one["id"]: snapshots.shown(visit.session, one["id"], visit.by) for one in found}
        values["mine"] = {number: _mine(one, visit.by.unit) for number, one in mine.items()}
        return Shown(values)
    span = span_of(visit) if visit.asked("since") or visit.asked("until") else ready(now().date())[3][1]
    return Shown(
        {
            **values, "span": span, "ready": [one for one in ready(now().date()) if one[0] not in ("今天", "本周")],
            "over": span.until < now().date(), "frozen": snapshots.of_span(visit.session, span),
            "lines": snapshots.live(visit.session, span, now().date(), _policy(visit).terms),
            "units": unit_names(visit.session), "figures": FIGURES, "told": told,
        }
    )


def _mine(found: dict[str, Any], unit: str) -> dict[str, Any] | None:
    return next((line for line in found["lines"] if line["unit"] == unit), None)


def _policy(visit: Visit) -> Policy:
    found: Policy = visit.services.more.get("ranking", DEFAULT)
    return found


def _parts(visit: Visit) -> list[tuple[str, int]]:
    return [(BY_NAME[f"{name}_pct"].label, weight) for name, weight in _policy(visit).terms.weights.items()]


def one(visit: Visit) -> Answered:
    """A frozen ranking with its appeals."""
    found = snapshots.shown(visit.session, _number(visit, "ranking"), visit.by)
    today = now().date().isoformat()
    mine = [appeal for appeal in found["appeals"] if appeal["unit"] == visit.by.unit]
    can_appeal = (
        visit.may(Action.APPEAL) and not found["published_at"] and today <= found["appeal_until"]
        and _mine(found, visit.by.unit) is not None and all(appeal["upheld"] is not None for appeal in mine)
    )  # fmt: skip
    ruled = all(appeal["upheld"] is not None for appeal in found["appeals"])
    return Shown(
        {
            "ranking": found, "figures": FIGURES, "told": told, "may_appeal": can_appeal,
            "may_rule": visit.may(Action.FREEZE) and not found["published_at"],
            "may_publish": visit.may(Action.FREEZE) and not found["published_at"] and ruled
            and today > found["appeal_until"],
            "parts": [(BY_NAME[f"{name}_pct"].label, weight) for name, weight in found["terms"]["weights"].items()],
            "labels": {name: BY_NAME[of].label for name, of in PARTS.items()},
        }
    )


def freeze(visit: Visit) -> Answered:
    """Keeps the ranking of a period as it is now, for good."""
    span = Span(clean_date("自", visit.typed("since")), clean_date("至", visit.typed("until")))
    number = snapshots.freeze(visit.session, span, visit.by, now(), _policy(visit))
    return Moved(f"/ranking/{number}", "排名已固化，申诉期开始")


def appeal(visit: Visit) -> Answered:
    """A unit's appeal."""
    number = _number(visit, "ranking")
    snapshots.appeal(visit.session, number, visit.typed("reason"), visit.by, now())
    return Moved(f"/ranking/{number}", "申诉已提交热线办")


def rule(visit: Visit) -> Answered:
    """The office's ruling on an appeal."""
    number, upheld = _number(visit, "ranking"), visit.typed("upheld")
    if upheld not in ("yes", "no"):
        raise Invalid("裁定", "请选择申诉成立或不成立")
    snapshots.rule(
        visit.session, number, _number(visit, "appeal"), upheld == "yes", visit.typed("ruling"), visit.by, now()
    )
    return Moved(f"/ranking/{number}", "已裁定")


def publish(visit: Visit) -> Answered:
    """Publishes."""
    number = _number(visit, "ranking")
    snapshots.publish(visit.session, number, visit.by, now())
    return Moved(f"/ranking/{number}", "排名已发布")


def _number(visit: Visit, name: str) -> int:
    word = visit.path[name]
    if not (word.isascii() and word.isdigit() and len(word) < 10):
        raise NotFound("没有这次排名")
    return int(word)
