"""Statistics, ranking and bulletin by REST and by command, on the hand-counted month (R42-R46)."""

from __future__ import annotations

import asyncio
import json
import os
import re
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from docx import Document

import console.of_figures
from callback_survey.tables import AnswerRow
from console import accounts, passwords
from console.rest import BASE, Rest
from hotline import figuring, rankings
from hotline.cli import main
from hotline.settings import load
from store import migrate
from store.engine import Store
from tests.counted import HAND, HOUSING, TODAY, WATER, at, fill
from tests.stores import database_url, postgres_server, store
from tickets.access import Role
from tickets.deadlines import DEFAULT

__all__ = ["database_url", "postgres_server", "store"]
NOW = at("11-10 09:00")
DAYS = {"since": "2026-10-01", "until": "2026-10-31"}
SECRETS = ("王小明", "13800000001", "贪污")
Client = TestClient[web.Request, web.Application]


def header(store: Store, name: str, role: Role, unit: str = "") -> dict[str, str]:
    with store.begin() as session:
        accounts.add(session, name, [role], passwords.generated(), unit)
        return {"Authorization": f"Bearer {accounts.new_token(session, name, 'tests', 1)[0]}"}


def talked(store: Store, folder: Path, talk: Callable[[Client], Awaitable[None]]) -> None:
    rest = Rest(store, folder, DEFAULT)

    async def run() -> None:
        application = web.Application()
        application.add_subapp(BASE, rest.application())
        async with TestClient(TestServer(application)) as client:
            await talk(client)

    try:
        asyncio.run(run())
    finally:
        rest.close()


@pytest.fixture
def month(store: Store, monkeypatch: pytest.MonkeyPatch) -> Store:
    monkeypatch.setattr(console.of_figures, "now", lambda: NOW)
    with store.begin() as session:
        fill(session)
    return store


def test_figures_over_rest(month: Store, tmp_path: Path) -> None:
    leader, unit = header(month, "county", Role.LEADER), header(month, "housing", Role.UNIT_HANDLER, HOUSING)

    async def talk(client: Client) -> None:
        async def got(path: str, who: dict[str, str], status: int = 200, **query: str) -> Any:
            answer = await client.get(f"{BASE}{path}", headers=who, params=query)
            assert answer.status == status, await answer.text()
            return await answer.json()

        (whole,) = (await got("/figures", leader, **DAYS))["items"]
        assert {name: whole[name] for name in HAND} == HAND
        (own,) = (await got("/figures", unit, **DAYS))["items"]
        assert (own["accepted"], own["returned"]) == (3, 3)
        await got("/figures", unit, 403, **DAYS, unit=WATER)
        by = {one["code"]: one["accepted"] for one in (await got("/figures", leader, **DAYS, by="unit"))["items"]}
        assert by == {WATER: 4, HOUSING: 3, "": 2}
        assert len((await got("/figures", leader, **DAYS, period="week"))["items"]) == 5
        listed = await got("/tickets", leader, **DAYS, figure="late")
        assert len(listed["items"]) == HAND["late"]
        topics = await got("/figures/topics", leader, **DAYS)
        assert {one["code"]: one["now"] for one in topics["matters"]} == {"03": 6, "01": 3}
        await got("/figures/topics", unit, 403, **DAYS)
        await got("/figures", leader, 422, since="2026-10-31", until="2026-10-01")
        assert len((await got("/figures/explained", leader))["items"]) == len(HAND)
        told = json.dumps(await got("/bulletin", leader, month="2026-10"), ensure_ascii=False)
        assert f"受理{HAND['accepted']}件" in told
        assert not [secret for secret in SECRETS if secret in told]
        await got("/bulletin", leader, 422, month="2026-12")
        await got("/bulletin", leader, 400, month="2026-13")

    talked(month, tmp_path, talk)


def test_a_ranking_over_rest(month: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    office, unit = header(month, "office", Role.COUNTY_ADMIN), header(month, "water", Role.UNIT_LIAISON, WATER)
    leader = header(month, "county", Role.LEADER)

    async def talk(client: Client) -> None:
        async def sent(path: str, who: dict[str, str], status: int, body: Any = None) -> Any:
            answer = await client.post(f"{BASE}/ranking{path}", headers=who, json=body or {})
            assert answer.status == status, await answer.text()
            return await answer.json()

        await sent("", unit, 403, DAYS)
        await sent("", office, 409, {"since": "2026-11-01", "until": "2026-11-30"})
        made = await sent("", office, 201, DAYS)
        assert (made["appeal_until"], len(made["lines"])) == ("2026-11-17", 2)
        await sent("", office, 409, DAYS)
        one = f"/{made['id']}"
        await sent(f"{one}/appeal", office, 403, {"reason": "有异议"})
        appealed = await sent(f"{one}/appeal", unit, 201, {"reason": "有异议"})
        assert [line["unit"] for line in appealed["lines"]] == [WATER]
        number = appealed["appeals"][0]["id"]
        await sent(f"{one}/appeals/{number}/rule", leader, 403, {"upheld": True, "ruling": "属实"})
        ruled = await sent(f"{one}/appeals/{number}/rule", office, 200, {"upheld": True, "ruling": "属实"})
        assert {line["unit"]: line["appeal_upheld"] for line in ruled["lines"]} == {WATER: True, HOUSING: False}
        await sent(f"{one}/publish", office, 409)
        monkeypatch.setattr(console.of_figures, "now", lambda: at("11-18 09:00"))
        assert (await sent(f"{one}/publish", office, 200))["published_at"]
        shown = await (await client.get(f"{BASE}/ranking{one}", headers=unit)).json()
        assert len(shown["lines"]) == 2
        assert (await client.get(f"{BASE}/ranking/999", headers=unit)).status == 404

    talked(month, tmp_path, talk)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home folder with the hand-counted month and a poll."""
    for name in [name for name in os.environ if name.startswith("HOTLINE_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOTLINE_HOME", str(tmp_path))
    monkeypatch.setenv("HOTLINE_RANKING_LEAST", "1")
    for module in (figuring, rankings):
        monkeypatch.setattr(module, "now", lambda: NOW)
    migrate.upgrade(load().database)
    opened = Store(load().database)
    with opened.begin() as session:
        fill(session)
        session.add_all(
            AnswerRow(call_id=f"c{n}", ticket="", question="known", attempt="a", questionnaire="poll", version="1",
                      value="yes" if n else "no", by="key", file="", at=at("10-09 10:00"))
            for n in range(4)
        )  # fmt: skip
    opened.close()
    return tmp_path


def told(capsys: pytest.CaptureFixture[str], *words: str) -> Any:
    assert main([*words, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_the_commands(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (whole,) = told(capsys, "figures", "show", "--month", "2026-10")["rows"]
    assert {name: whole[name] for name in HAND} == HAND
    assert [one["code"] for one in told(capsys, "figures", "show", "--month", "2026-10", "--by", "unit")["rows"]] == [
        WATER, HOUSING, "",
    ]  # fmt: skip
    words = {one["name"]: one["now"] for one in told(capsys, "figures", "topics", "--month", "2026-10")["words"]}
    assert words == {"停水": 10, "自来水": 10}  # all but the draft and the confidential one
    assert len(told(capsys, "figures", "explain")) == len(HAND)
    live = told(capsys, "ranking", "show", "--month", "2026-10")["lines"]
    made = told(capsys, "ranking", "freeze", "--month", "2026-10")
    assert [one["unit"] for one in made["lines"]] == [one["unit"] for one in live]
    assert [one["place"] for one in made["lines"]] == [1, 2]
    number = str(made["id"])
    appealed = told(capsys, "ranking", "appeal", number, "--unit", WATER, "--reason", "有异议")
    ruled = told(
        capsys, "ranking", "rule", number, str(appealed["appeals"][0]["id"]), "--reject", "--ruling", "不属实"
    )
    assert ruled["appeals"][0]["upheld"] is False
    assert main(["ranking", "publish", number]) == 1
    assert "期满后才能发布" in capsys.readouterr().err
    assert main(["ranking", "list"]) == 0
    assert main(["ranking", "show", number]) == 0
    assert WATER in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["figures", "show", "--month", "2026-13"], "月份应如"),
        (["figures", "show", "--since", "2026-10-02", "--until", "2026-10-01"], "is before"),
        (["figures", "show", "--month", "2026-10", "--since", "2026-10-01"], "neither"),
        (["ranking", "freeze", "--month", "2026-11"], "尚未结束"),
        (["ranking", "show", "7"], "没有这次排名"),
        (["bulletin", "--month", "2999-01"], "月份应如"),
        (["bulletin", "--month", "2026-10", "--out", "month.pdf"], "--format"),
    ],
)
def test_bad_input_is_told_in_a_line(
    home: Path, capsys: pytest.CaptureFixture[str], words: list[str], said: str
) -> None:
    assert main(words) == 1
    error = capsys.readouterr().err
    assert said in error and error.count("\n") == 1


def test_the_bulletin_as_files(home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """The same figures in each form; nobody's name, number or words in any; the poll is counted."""
    monkeypatch.setattr("hotline.bulletins.now", lambda: NOW)
    for form in ("xlsx", "docx", "html"):
        assert main(["bulletin", "--month", "2026-10", "--format", form, "--out", str(home / f"m.{form}")]) == 0
    book = openpyxl.load_workbook(home / "m.xlsx")
    figures = {row[0]: row[1] for row in book["主要指标"].iter_rows(values_only=True)}
    assert (figures["受理量"], figures["按时办结率（%）"]) == (HAND["accepted"], HAND["on_time_pct"])
    assert ("政务服务民意调查", "您是否知道12345热线？", "知道", 3, 75) in list(book["民意调查"].values)
    assert len(book["每日受理与办结期限"]._charts) == 1
    cells = " ".join(str(cell) for sheet in book for row in sheet.values for cell in row)
    document = Document(str(home / "m.docx"))
    words = " ".join(cell.text for table in document.tables for row in table.rows for cell in row.cells)
    words += " ".join(one.text for one in document.paragraphs)
    assert f"受理{HAND['accepted']}件" in words
    page = (home / "m.html").read_text(encoding="utf-8")
    assert "data-chart" in page and f"受理{HAND['accepted']}件" in page
    marked = re.sub(r"<script>.*?</script>", "", page, flags=re.DOTALL)
    assert not re.search(r"<[a-z]+\b[^>]* (src|href)=", marked)  # it asks for nothing from anywhere
    for text in (cells, words, page):
        assert not [secret for secret in SECRETS if secret in text]
    assert TODAY.isoformat() in words
