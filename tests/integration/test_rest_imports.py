"""The office's tables over REST: units and their form (R19, R49), places, matters, duties, and the calendar (R22)."""

from __future__ import annotations

import io
from datetime import date
from urllib.parse import quote

from openpyxl import load_workbook

from tests.rest_fixture import Client, County, Reply, county, form, problem

__all__ = ["county"]

FORM = "责任单位,人员类别,姓名,职务,办公电话,手机号码\n"
PEOPLE = "县蚕桑站,{}分管领导,甲,站长,0878-8711111,13800000001\n县蚕桑站,负责人,乙,主任,,13800000002\n" \
    "县蚕桑站,工作人员,丙,科员,,13800000003\n"


def load(client: Client, path: str, name: str, table: str, **headers: str) -> Reply:
    data, head = form([(name, table.encode())])
    return client.send("POST", path, data, head | {key.replace("_", "-"): value for key, value in headers.items()})


def test_the_registry_goes_in_and_comes_out_as_the_form(county: County) -> None:
    """R19, R49: the form's own layout; read back, it is the same."""
    office = county["office"]
    made = load(office, "/units/import?kind=registry", "表.csv", FORM + PEOPLE.format(""))
    assert made.body == {"rows": 1, "added": 1, "replaced": 0}, made.data.decode()
    unit = office.get("/units/%E5%8E%BF%E8%9A%95%E6%A1%91%E7%AB%99").body
    assert [person["name"] for person in unit["people"]] == ["甲", "乙", "丙"] and unit["missing"] == []
    out = office.get("/units/export")
    assert out.headers["Content-Disposition"].endswith(".xlsx")
    rows = list(load_workbook(io.BytesIO(out.data)).worksheets[0].iter_rows(values_only=True))
    assert rows[0][0] == "武定县“12345”政府热线工作机构基本信息表"
    assert any(row[2] == "县蚕桑站" and row[4] == "甲" for row in rows)
    data, head = form([("form.xlsx", out.data)])
    units = len(office.get("/units").body["items"])
    assert office.send("POST", "/units/import", data, head).body == {"rows": units, "added": 0, "replaced": units}


def test_a_bad_table_is_refused_whole_and_every_row_is_named(county: County) -> None:
    office = county["office"]
    before = office.get("/units").body
    table = FORM + PEOPLE.format("临时") + "县气象局,分管领导,,局长,,\n"
    told = problem(load(office, "/units/import", "表.csv", table), 422)
    assert [fault["pointer"] for fault in told["errors"]] == ["/file/row/2", "/file/row/5"]
    assert "共2处错误" in told["detail"]
    assert office.get("/units").body == before
    for name, text in (("表.exe", "a"), ("表.csv", "没有表头"), ("表.xlsx", "not a workbook"), ("", "")):
        problem(load(office, "/units/import", name, text), 422)
    data, head = form([("a.csv", b"1"), ("b.csv", b"2")])
    problem(office.send("POST", "/units/import", data, head), 422)
    problem(load(office, "/units/import?kind=nothing", "表.csv", table), 400)


def test_trees_duties_and_what_the_package_brings(county: County) -> None:
    office = county["office"]
    towns = office.get("/territories").body["items"]
    village = f"编码,名称,上级\n9901,东坡村,{towns[-1]['code']}\n"
    assert load(office, "/units/import?kind=territories", "村.csv", village).body == {"rows": 1}
    assert "东坡村" in {place["name"] for place in office.get("/territories").body["items"]}
    started = office.post("/units/start")
    assert started.status == 200 and started.body["territories"] == 0, "what is there already stays"


def test_only_who_keeps_the_registers_may_load_them(county: County) -> None:
    """R17, R18."""
    for name in ("agent", "water", "boss", "auditor"):
        problem(load(county[name], "/units/import", "表.csv", FORM), 403)
        problem(load(county[name], "/calendar/import", "通知.csv", "date,kind\n"), 403)
        problem(county[name].post("/units/start"), 403)
    problem(county["agent"].get("/units/export"), 403)
    seen = county["auditor"].get("/audit?account=agent&size=200").body["items"]
    assert {row["action"] for row in seen if row["status"] == 403} >= {"units-import", "calendar-import", "export"}


def test_a_notice_moves_the_deadlines_of_open_tickets(county: County) -> None:
    """R22: holidays push it on, also those announced later."""
    office, agent = county["office"], county["agent"]
    number = county.draft(phone="13800000177")
    county.do("agent", number, "accept")
    due = date.fromisoformat(county.do("office", number, "dispatch", unit="swj")["due_contact"][:10])
    path = f"/calendar/import?calendar=local&source={quote('州政办通知')}"
    told = load(office, path, "n.csv", f"date,kind\n{due},休\n").body
    assert told["days"] == 1 and told["tickets_recomputed"] >= 1
    moved = agent.get(f"/tickets/{number}").body["due_contact"][:10]
    assert date.fromisoformat(moved) > due
    days = agent.get(f"/calendar?year={due.year}").body["items"]
    assert any(day["day"] == str(due) and day["source"] == "州政办通知" for day in days)
    assert {"year", "message"} == set(agent.get("/calendar/check").body["items"][0])
    told = problem(load(office, "/calendar/import", "n.csv", "date,kind\n2026-13-01,休\n2026-01-05,玩\n"), 422)
    assert [fault["pointer"] for fault in told["errors"]] == ["/file/row/2", "/file/row/3"]


def test_a_key_covers_the_query_too(county: County) -> None:
    office = county["office"]
    table = FORM + PEOPLE.format("").replace("县蚕桑站", "县茶桑站")
    first = load(office, "/units/import?kind=registry", "表.csv", table, idempotency_key="import-1")
    again = load(office, "/units/import?kind=registry", "表.csv", table, idempotency_key="import-1")
    assert first.body == again.body and again.headers["Idempotency-Replayed"] == "true"
    problem(load(office, "/units/import?kind=matters", "表.csv", table, idempotency_key="import-1"), 422)
