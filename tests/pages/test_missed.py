"""Missed callers' tasks on pages: found by state, given to an agent, called, closed with a reason."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import openpyxl
import pytest
from sqlalchemy import delete

from callqueue import missed
from callqueue.tables import MissedAttemptRow, MissedRow
from console.route import Means
from store.base import now
from tests.pages.calls_desk import Reader, equip
from tests.pages.conftest import Desk

PHONE, SERVED = "13900000001", "13900000002"


@dataclass
class Waiting:
    """An open task, one that the ledger closed, and what is dialled."""

    task: int
    served: int
    dialled: list[Any]


@pytest.fixture
def waiting(desk: Desk) -> Iterator[Waiting]:
    dialled = equip(desk)
    common: dict[str, Any] = dict.fromkeys(("first_at", "last_at", "due_at"), now()) | {
        "queue": "consult", "calls": 2, "assignee": "", "attempts": 0, "closed_by": "", "reason": "",
    }
    task = MissedRow(phone=PHONE, open_phone=PHONE, state="open", **common)
    closing = {"state": "closed", "reason": "called-again", "closed_by": "system", "closed_at": now()}
    served = MissedRow(phone=SERVED, **(common | closing))
    with desk.store.begin() as session:
        session.add_all([task, served])
        session.flush()
        made = Waiting(task.id, served.id, dialled)
    yield made
    with desk.store.begin() as session:
        for table in (MissedAttemptRow, MissedRow):
            session.execute(delete(table))


def shown(desk: Desk, number: int) -> dict[str, Any]:
    with desk.store.reading() as session:
        return missed.show(session, number)


def test_the_list_is_of_a_state_and_an_agent(desk: Desk, waiting: Waiting) -> None:
    reader = Reader(desk, "agent")
    seen = {query: [phone for phone in (PHONE, SERVED) if phone in reader.open(f"/missed{query}")] for query in (
        "", "?state=closed", "?state=all", "?assignee=8002")}  # fmt: skip
    assert list(seen.values()) == [[PHONE], [SERVED], [PHONE, SERVED], []]
    assert "群众已再次来电并接通" in reader.open("/missed?state=closed") and "咨询" in reader.text
    reader.open("/missed?state=lost")
    assert reader.status == 422


def test_the_list_is_narrowed_sorted_paged_and_saved(desk: Desk, waiting: Waiting, monkeypatch: Any) -> None:
    monkeypatch.setattr("console.desk_missed.SIZE", 1)
    reader = Reader(desk, "agent")
    first = reader.open("/missed?state=all&sort=calls")
    (after,) = re.findall(r"after=([0-9]+)", reader.html)
    second = reader.open(f"/missed?state=all&sort=calls&after={after}")
    assert (SERVED in first, PHONE in first, SERVED in second, PHONE in second) == (True, False, False, True)
    assert PHONE in reader.open(f"/missed?phone={PHONE}&queue=consult") and PHONE not in reader.open("/missed?queue=yi")
    assert reader.open("/missed?sort=worst") and reader.status == 422
    with reader.opener.open(f"{desk.base}/missed.xlsx?state=all&sort=calls") as answer:
        book = openpyxl.load_workbook(io.BytesIO(answer.read()))
    assert [row[0] for row in book.worksheets[0].iter_rows(values_only=True)] == ["电话", SERVED, PHONE]


def test_a_task_is_assigned_called_and_told_why_not_twice(desk: Desk, waiting: Waiting) -> None:
    reader, path = Reader(desk, "agent"), f"/missed/{waiting.task}"
    reader.open(path)
    assert "已指派给 8002" in reader.send(f"{path}/assign", agent="8002")
    assert shown(desk, waiting.task)["assignee"] == "8002"
    assert "请选择坐席" in reader.send(f"{path}/assign", agent="8099") and reader.status == 422
    assert "正在呼叫坐席话机 8001" in reader.send(f"{path}/call", agent="8001")
    (headers,) = waiting.dialled
    assert (headers["Channel"], headers["Exten"]) == ("PJSIP/8001", PHONE)
    assert [one["outcome"] for one in shown(desk, waiting.task)["made"]] == ["open"]
    assert "正在回拨这位群众" in reader.send(f"{path}/call", agent="8001") and reader.status == 409
    assert len(waiting.dialled) == 1


def test_nobody_is_called_in_quiet_hours(desk: Desk, waiting: Waiting) -> None:
    quiet = Means(missed=missed.Rules(opens=0, closes=0), dial=waiting.dialled.append)
    object.__setattr__(desk.services, "more", {**desk.services.more, "means": quiet})
    reader, path = Reader(desk, "agent"), f"/missed/{waiting.task}"
    reader.open(path)
    assert "免打扰时段" in reader.send(f"{path}/call", agent="8001") and reader.status == 409
    assert waiting.dialled == []


def test_a_task_is_closed_with_a_reason_once(desk: Desk, waiting: Waiting) -> None:
    reader, path = Reader(desk, "boss"), f"/missed/{waiting.task}"
    reader.open(path)
    assert "请写明关闭原因" in reader.send(f"{path}/close", reason=" ") and reader.status == 422
    assert "已关闭：已在网上答复（boss" in reader.send(f"{path}/close", reason="已在网上答复")
    reader.open(f"/missed/{waiting.served}")
    assert "群众已再次来电并接通（系统" in reader.text and "form_token" in reader.html
    assert "已经关闭" in reader.send(f"{path}/close", reason="再关一次") and reader.status == 409


def test_who_may_not_sees_no_task(desk: Desk, waiting: Waiting) -> None:
    reader = Reader(desk, "water")
    for path in ("/missed", f"/missed/{waiting.task}"):
        reader.open(path)
        assert reader.status == 403 and PHONE not in reader.html
    reader.send(f"/missed/{waiting.task}/close", reason="与我无关")
    assert reader.status == 403 and shown(desk, waiting.task)["state"] == "open"
    known = Reader(desk, "agent")
    for wrong in ("999999", "0", "x"):
        known.open(f"/missed/{wrong}")
        assert known.status == 404
