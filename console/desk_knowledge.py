"""Handlers: the knowledge base: searched, read, and, by the office, written (R16)."""

from __future__ import annotations

from pathlib import Path, PurePath
from tempfile import TemporaryDirectory
from typing import Any

from console import spreadsheet
from console.page import Answered, Moved, Saved, Shown, Visit
from store.base import now
from tickets.access import UNIT_ROLES, Action, Actor
from tickets.errors import Invalid
from tickets.knowledge import articles, sheet
from tickets.knowledge.articles import FIELDS, Article
from tickets.knowledge.expiry import count_expiring
from tickets.knowledge.links import answered_from
from tickets.knowledge.listing import MOST, Chosen, listed
from tickets.knowledge.search import Found, find
from tickets.knowledge.terms import ArticleState
from tickets.trees import MATTERS, nodes
from tickets.units import all_units, unit_names

SIZE = 50
HITS = 20
_STATES = [(state.value, state.label) for state in ArticleState]


def listing(visit: Visit) -> Answered:
    """What the words find, or the articles by filters."""
    words = visit.asked("q")
    known = {"units": unit_names(visit.session), "choices": _choices(visit), "edits": visit.may(Action.KNOWLEDGE)}
    if words:
        return Shown({"found": _hits(visit, words), "rows": (), "after": None, "expiring": 0, **known})
    by = visit.acting(Action.KNOWLEDGE) if known["edits"] else visit.by
    rows, after = _listed(visit, by, SIZE, visit.asked("after"))
    expiring = count_expiring(visit.session) if known["edits"] else 0
    return Shown({"found": None, "rows": rows, "after": after, "expiring": expiring, **known})


def _choices(visit: Visit) -> dict[str, Any]:
    return {
        "unit": [(one.code, one.name) for one in all_units(visit.session)], "state": _STATES,
        "matter": [(one.code, f"{'　' if one.parent else ''}{one.name}") for one in nodes(visit.session, MATTERS)],
    }


def read(visit: Visit) -> Answered:
    """An article, in the version that is asked for; a unit is not told in which tickets of others it was used."""
    code, edits = visit.path["code"], visit.may(Action.KNOWLEDGE)
    by = visit.acting(Action.KNOWLEDGE) if edits else visit.by
    one = articles.get(visit.session, code, _version(visit), by=by)
    known = articles.versions(visit.session, code, by=by)
    count, newest = answered_from(visit.session, code)
    if visit.by.role in UNIT_ROLES or not visit.may(Action.SEARCH):
        newest = []
    matter = next((node.name for node in nodes(visit.session, MATTERS) if node.code == one.matter), "")
    return Shown(
        {"article": one, "versions": known, "edits": edits, "count": count, "tickets": newest, "matter": matter,
         "unit": unit_names(visit.session).get(one.unit or "", ""), "today": now().date()},
        seen=tuple(newest),
    )


def _version(visit: Visit) -> int | None:
    word = visit.asked("version")
    if word and not (word.isascii() and word.isdigit() and len(word) < 8):
        raise Invalid("version", "没有这个版本")
    return int(word) if word else None


def new(visit: Visit) -> Answered:
    """An empty form."""
    return Shown({"article": None, "choices": _choices(visit), "given": visit.form})


def add(visit: Visit) -> Answered:
    """On to the new article."""
    made = articles.add(visit.session, _given(visit), by=visit.by, at=now(), code=visit.typed("code"))
    return Moved(f"/knowledge/{made.code}", f"已保存：{made.state.label}")


def change(visit: Visit) -> Answered:
    """The form with the newest version."""
    one = articles.get(visit.session, visit.path["code"], by=visit.by)
    return Shown({"article": one, "choices": _choices(visit), "given": visit.form})


def edit(visit: Visit) -> Answered:
    """On to the article in its next version."""
    seen = visit.typed("version")
    if not (seen.isascii() and seen.isdigit() and len(seen) < 8):
        raise Invalid("版本", "请刷新页面后再改")
    made = articles.edit(
        visit.session, visit.path["code"], _given(visit), by=visit.by, at=now(), version=int(seen)
    )
    return Moved(f"/knowledge/{made.code}", f"已保存第 {made.version} 版：{made.state.label}")


def _given(visit: Visit) -> dict[str, object]:
    return {need.name: visit.typed(need.name) for need in FIELDS if need.name in visit.form}


def load(visit: Visit) -> Answered:
    """Back to the list, after a table was put in."""
    if len(visit.files) != 1:
        raise Invalid("文件", "请选择一个 .xlsx 或 .csv 文件")
    ((name, data),) = visit.files
    with TemporaryDirectory(prefix="import-") as folder:
        path = Path(folder) / f"table{PurePath(name).suffix[:8].lower()}"
        path.write_bytes(data)
        done = sheet.load(visit.session, path, by=visit.by, at=now())
    return Moved("/knowledge", f"新增 {done.added} 条，新版本 {done.changed} 条，未变 {done.same} 条")


def start(visit: Visit) -> Answered:
    """Back to the list, after what the package brings was put in."""
    done = sheet.start(visit.session, by=visit.by, at=now())
    return Moved("/knowledge", f"已放入 {done.added} 条")


def export(visit: Visit) -> Answered:
    """The articles that are shown, in their newest version, with the columns that the import reads."""
    by = visit.acting(Action.KNOWLEDGE)
    if words := visit.asked("q"):
        hits = _hits(visit, words).hits
        found = [articles.get(visit.session, hit.code, by=by) for hit in hits]
    else:
        found = list(spreadsheet.every(lambda after: _listed(visit, by, MOST, after or "")))
    return Saved(f"知识库-{now():%Y%m%d}.xlsx", data=sheet.written(found), media=spreadsheet.MEDIA)


def _hits(visit: Visit, words: str) -> Found:
    unit, matter = visit.asked("unit"), visit.asked("matter")
    return find(visit.session, words, today=now().date(), most=HITS, unit=unit, matter=matter)


def _listed(visit: Visit, by: Actor, size: int, after: str) -> tuple[tuple[Article, ...], str | None]:
    """A page of the articles that are asked for. Raises Invalid."""
    state = visit.asked("state")
    if state and state not in dict(_STATES):
        raise Invalid("state", "没有这个选项")
    chosen = Chosen(
        ArticleState(state) if state else None, visit.asked("unit"), visit.asked("matter"),
        visit.asked("expiring") == "1", visit.asked("sort") == "end",
    )
    page = listed(visit.session, chosen, by=by, size=size, after=after)
    return page.rows, page.after
