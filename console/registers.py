"""Handlers: the registry of units, the calendar with its explainer, accounts, and the audit log."""

from __future__ import annotations

import calendar as months
import re
from datetime import date, timedelta
from typing import Any

from console import accounts, audit, passwords
from console.accounts import ROLES
from console.errors import BadRequest
from console.page import Answered, Shown, Visit
from console.paging import page_of
from store.base import now
from tickets.access import Role
from tickets.calendar_store import days_of, load_calendar
from tickets.deadlines import explained
from tickets.errors import Invalid
from tickets.present import MOVES
from tickets.terms import RequestType
from tickets.units import Unit, all_units, unit_names
from tickets.wording import clean_date
from tickets.workdays import NATIONAL

_TERMS = {"contact": "联系群众", "return": "申请退回", "return_site": "申请退回（现场核查）", "resolve": "办结"}
_PAGE = 100


def units(visit: Visit) -> Answered:
    """Every unit with its people, or those a word is in; sorted, or those that lack somebody alone."""
    found = units_of(visit)
    rows, after = page_of(found, lambda one: one.code, visit.asked("after"))
    return Shown({"found": [(one, one.missing()) for one in rows], "count": len(found), "after": after})


def units_of(visit: Visit) -> list[Unit]:
    """The units that are asked for, in the order that is asked for."""
    word = visit.asked("q")
    found = [one for one in all_units(visit.session) if word in one.name or word == one.code]
    if visit.asked("missing") == "1":
        found = [one for one in found if one.missing()]
    if visit.asked("sort") == "name":
        found.sort(key=lambda one: one.name)
    return found


def calendar(visit: Visit) -> Answered:
    """A month with its special days; the terms of a dispatch, day by day, when one is asked for."""
    today = now().date()
    month = visit.asked("month") or f"{today:%Y-%m}"
    if not re.fullmatch(r"20[0-9]{2}-(0[1-9]|1[0-2])", month):
        raise Invalid("月份", "应如 2026-11")
    first = date(int(month[:4]), int(month[5:]), 1)
    special = {day.day: day for day in days_of(visit.session, first.year) if day.region == NATIONAL}
    special |= {day.day: day for day in days_of(visit.session, first.year) if day.region != NATIONAL}
    weeks = [
        [(day, special.get(day), _mark(day, special.get(day))) if day.month == first.month else None for day in week]
        for week in months.Calendar().monthdatescalendar(first.year, first.month)
    ]
    return Shown(
        {
            "month": first, "weeks": weeks, "today": today, "before": f"{first - timedelta(days=1):%Y-%m}",
            "next": f"{first + timedelta(days=31):%Y-%m}", "types": [(kind.value, kind.label) for kind in RequestType
                                                                     if kind.value], **_explained(visit),
        }
    )


def _mark(day: date, special: Any) -> str:
    if special is None:
        return "rest" if day.weekday() > 4 else ""
    kind = "makeup" if special.kind == "work" else "holiday" if special.region == NATIONAL else "prefecture"
    return f"{kind} provisional" if special.status == "provisional" else kind


def _explained(visit: Visit) -> dict[str, Any]:
    """The due dates and the days of the dispatch that is asked for."""
    word, kind = visit.asked("dispatched"), visit.asked("type")
    if not word:
        return {"dues": [], "days": [], "unknown": []}
    if kind not in {one.value for one in RequestType if one.value}:
        raise Invalid("类型", "请选择")
    day = clean_date("派单日期", word)
    known = load_calendar(visit.session, around=day)
    found = explained(known, "local", day, RequestType(kind), rules=visit.services.rules)
    dues = [(_TERMS[name], term.days, term.due.day, term.due.provisional) for name, term in found.terms.items()]
    return {"dues": dues, "days": list(found.days), "unknown": found.local_unknown}


def account_list(visit: Visit) -> Answered:
    """Every account and a form for a new one; no secret."""
    return _accounts(visit, "", "")


def _accounts(visit: Visit, name: str, password: str) -> Shown:
    names = unit_names(visit.session)
    found, after = page_of(accounts_of(visit), lambda one: one["name"], visit.asked("after"))
    return Shown(
        {
            "found": found, "after": after, "roles": [(role.value, role.label) for role in ROLES],
            "units": sorted(names.items()), "names": names, "made": name, "password": password, "given": visit.form,
        }
    )


def accounts_of(visit: Visit) -> list[dict[str, Any]]:
    """The accounts that are asked for, in the order that is asked for."""
    word, role, state = visit.asked("q"), visit.asked("role"), visit.asked("active")
    found = [
        one for one in accounts.listed(visit.session)
        if word in one["name"] and role in ("", *one["roles"]) and state in ("", "yes" if one["active"] else "no")
    ]  # fmt: skip
    if visit.asked("sort") == "unit":
        found.sort(key=lambda one: (one["unit"], one["name"]))
    return found


def add_account(visit: Visit) -> Answered:
    """The list with the new account's first password, shown this once. Raises AccountError."""
    known = {role.value for role in ROLES}
    roles = [Role(code) for code in visit.form.get("role", ()) if code in known]
    password = passwords.generated()
    made = accounts.add(visit.session, visit.typed("name"), roles, password, visit.typed("unit"), first=True)
    return _accounts(visit, made.name, password)


def change_account(visit: Visit) -> Answered:
    """The list after a new password, a lock-out, a let-in, or a forgotten second factor. Raises AccountError."""
    name, change, password = visit.path["code"], visit.path["change"], ""
    if change == "password":
        password = passwords.generated()
        accounts.set_password(visit.session, name, password, first=True)
    elif change in ("enable", "disable"):
        accounts.set_active(visit.session, name, change == "enable")
    elif change == "no-totp":
        accounts.drop_second_factor(visit.session, name)
    else:
        raise BadRequest("没有这种操作", status=422)
    visit.session.flush()
    return _accounts(visit, name if password else "", password)


def audit_list(visit: Visit) -> Answered:
    """Who did or saw what, newest first or oldest."""
    after = visit.asked("after")
    if after and not (after.isascii() and after.isdigit() and len(after) < 16):
        raise Invalid("after", "不是页码")
    found, last = audit.read(visit.session, _PAGE, int(after or 0), audit_sought(visit))
    actions = sorted(MOVES.items(), key=lambda pair: pair[1])
    return Shown({"found": found, "after": last, "actions": actions})


def audit_sought(visit: Visit) -> audit.Sought:
    """The records that are asked for. Raises Invalid."""
    named = {name: visit.asked(name) for name in ("account", "ticket", "action")}
    since, until = (clean_date(label, word) if (word := visit.asked(name)) else None
                    for name, label in (("since", "自"), ("until", "至")))  # fmt: skip
    return audit.Sought(**named, since=since, until=until, oldest=visit.asked("sort") == "oldest")
