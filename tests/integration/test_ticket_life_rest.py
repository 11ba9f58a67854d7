"""A ticket's life over REST on a real service: each role by its own token, from registration to filing and again."""

from __future__ import annotations

import base64
import io
import threading
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from console import audit, idempotency
from store.engine import Store
from tests.rest_fixture import Client, County, Reply, county, form, problem
from tickets.masking import HIDDEN
from tickets.sheets import read_rows

__all__ = ["county"]
PLAN = {"unit": "swj", "co_units": ["town01"], "plan": "水务局牵头", "leader": "分管领导"}
LIFE: tuple[tuple[str, str, dict[str, Any], str], ...] = (
    ("agent", "accept", {}, "accepted"),
    ("office", "dispatch", PLAN, "dispatched"),
    ("water", "return", {"reason": "该路段由供电局负责，不属我单位"}, "returned"),
    ("office", "rule", {"upheld": False, "reason": "属水务局职责"}, "dispatched"),
    ("water", "sign", {}, "signed"),
    ("water", "contact", {"reason": "已电话联系群众"}, "contacted"),
    ("town", "report", {"result": "已配合现场协调"}, "contacted"),
    ("water", "extend", {"days": 5, "reason": "要更换主管道"}, "contacted"),
    ("office", "decide", {"granted": True, "reason": "同意"}, "contacted"),
    ("agent", "urge", {"reason": "群众来电催办"}, "contacted"),
    ("water", "resolve", {"result": "已恢复供水"}, "resolved"),
    ("office", "review", {"passed": False, "reason": "群众称未恢复"}, "reopened"),
    ("water", "sign", {}, "signed"),
    ("water", "contact", {}, "contacted"),
    ("water", "resolve", {"result": "已更换主管道，恢复供水"}, "resolved"),
    ("boss", "supervise", {"reason": "热点", "level": "key"}, "resolved"),
    ("office", "review", {"passed": True}, "reviewed"),
    ("agent", "callback", {"by_means": "person", "satisfied": 1, "truthful": True}, "callback"),
    ("office", "close", {}, "closed"),
    ("office", "reopen", {"reason": "又停水了"}, "reopened"),
)


def test_a_life_over_rest(county: County) -> None:
    """R12, R17, R18, R22-R27, R29, R30, R33-R37, R40, R42."""
    number = county.draft()
    for who, action, needs, state in LIFE:
        assert county.do(who, number, action, **needs)["state"] == state, action
    shown = county["office"].get(f"/tickets/{number}")
    events = county["office"].get(f"/tickets/{number}/history").body["events"]
    assert [event["action"] for event in events] == ["create", *(step[1] for step in LIFE)]
    assert [event["author"] for event in events] == ["agent", *(step[0] for step in LIFE)]
    assert shown.headers["ETag"] == f'"{len(events)}"' and shown.body["version"] == len(events)
    assert shown.body["extensions"] == 1 and shown.body["supervision"] == "key"
    on_the_phone = county.hotline.json("ticket", "show", number)
    assert on_the_phone["state"] == "reopened" and on_the_phone["version"] == len(events)


@pytest.mark.parametrize("scope", ["N1", "N2", "N3", "N4"])
def test_refused_and_told_where_to_go(county: County, scope: str) -> None:
    """R6-R9."""
    number = county.draft(phone=f"1380000010{scope[1]}")
    ticket = county.do("agent", number, "refuse", scope=scope)
    assert ticket["state"] == "refused" and ticket["referral"]
    problem(county["office"].post(f"/tickets/{number}/dispatch", {"unit": "swj"}), 409)


def test_direct_answer_fast_track_legal_term_and_merge(county: County) -> None:
    """R5, R21, R28, R41."""
    asked = county.draft(subject="咨询社保", phone="13800000021", request_type="consult")
    assert county.do("agent", asked, "answer", result="请带身份证到窗口办理")["state"] == "closed"
    helped = county.draft(subject="独居老人断粮", phone="13800000022")
    assert county.do("agent", helped, "fast-track", unit="mzj")["fast_track"] is True
    term = county.do("office", helped, "term", until="2027-12-31", basis="信访工作条例第三十四条")
    assert term["due_resolve"] == "2027-12-31"
    again = county.draft(subject="还是断粮", phone="13800000022")
    assert county.do("agent", again, "merge", into=helped)["state"] == "merged"
    problem(county["agent"].post(f"/tickets/{again}/accept"), 409)


def test_who_may_do_what(county: County) -> None:
    """R17, R18: one table decides; what is refused changes nothing and is on record."""
    number = county.draft(phone="13800000031")
    county.do("agent", number, "accept")
    for who, action, needs in (
        ("agent", "dispatch", {"unit": "swj"}), ("auditor", "urge", {}), ("admin", "accept", {}), ("boss", "close", {}),
    ):
        problem(county[who].post(f"/tickets/{number}/{action}", needs), 403)
    county.do("office", number, "dispatch", unit="swj")
    problem(county["town"].post(f"/tickets/{number}/sign"), 404)  # it has no part in it
    assert county["office"].get(f"/tickets/{number}").body["version"] == 3
    for who, status in (("agent", 403), ("office", 403), ("boss", 200), ("auditor", 200)):
        assert county[who].get("/calls").status == status
    rows = county["auditor"].get(f"/audit?ticket={number}").body["items"]
    assert {(row["account"], row["action"], row["status"]) for row in rows} >= {
        ("agent", "dispatch", 403), ("office", "dispatch", 200), ("agent", "create", 201), ("office", "read", 200),
    }


def test_nobody_comes_in_without_an_account(county: County) -> None:
    anybody = county[""]
    assert "Bearer" in anybody.get("/tickets").headers["WWW-Authenticate"]
    problem(anybody.get("/tickets"), 401)
    problem(replace(anybody, authorization="Bearer hl_wrong").get("/tickets"), 401)
    problem(replace(anybody, authorization="Basic !!!").get("/tickets"), 401)
    by_password = replace(anybody, authorization=basic("boss", county.passwords["boss"]))
    assert by_password.get("/accounts/me").body == {"name": "boss", "roles": ["supervisor"], "unit": ""}
    problem(by_password.send("GET", "/accounts/me", headers={"Origin": "https://elsewhere.example"}), 403)


def basic(name: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()


def test_wrong_passwords_lock_the_account_but_not_its_token(county: County) -> None:
    county.hotline.ok("accounts", "add", "guessed", "--role", "agent")
    token = county.hotline.json("accounts", "token", "guessed")["token"]
    wrong = Client(county.base, basic("guessed", "not the password"))
    assert [wrong.get("/accounts/me").status for _ in range(6)] == [401] * 5 + [429]
    made = county.hotline.json("accounts", "passwd", "guessed")["password"]
    assert Client(county.base, basic("guessed", made)).get("/accounts/me").status == 200
    with_token = Client(county.base, f"Bearer {token}")
    assert with_token.get("/accounts/me").status == 200
    county.hotline.ok("accounts", "disable", "guessed")
    problem(with_token.get("/accounts/me"), 401)


def test_two_people_at_once(county: County) -> None:
    """One wins, the other is told; the history has one move."""
    number = county.draft(phone="13800000041")
    county.do("agent", number, "accept")
    version = county["office"].get(f"/tickets/{number}").headers["ETag"]
    replies: list[Reply] = []

    def dispatch(unit: str) -> None:
        replies.append(county["office"].post(f"/tickets/{number}/dispatch", {"unit": unit}, if_match=version))

    threads = [threading.Thread(target=dispatch, args=(unit,)) for unit in ("swj", "town01")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(reply.status for reply in replies) == [200, 412]
    events = county["office"].get(f"/tickets/{number}/history").body["events"]
    assert [event["action"] for event in events] == ["create", "accept", "dispatch"]
    problem(county["office"].post(f"/tickets/{number}/edit", {"subject": "改", "version": 1}), 409)


def test_a_confidential_ticket_is_masked_to_the_unit_complained_of(county: County, tmp_path: Path) -> None:
    secret = {"citizen_name": "张三丰", "phone": "13800000051", "subject": "张三丰举报水务局"}
    number = county.draft(**secret, request_type="report", confidential=True, complained_unit="swj")
    county.do("agent", number, "accept")
    county.do("office", number, "dispatch", unit="swj", reason="张三丰 13800000051 反映")
    county["agent"].send("POST", f"/tickets/{number}/attachments", *form([("photo.txt", "照片说明".encode())]))
    for path in (f"/tickets/{number}", f"/tickets/{number}/history", "/tickets", f"/tickets/search?q={number}"):
        reply = county["water"].get(path)
        assert reply.status == 200 and number in reply.data.decode(), path
        assert "张三丰" not in reply.data.decode() and "13800000051" not in reply.data.decode(), path
        assert "张三丰" in county["office"].get(path).data.decode()
    assert county["water"].get(f"/tickets/{number}").body["masked"] is True
    problem(county["water"].get(f"/tickets/{number}/attachments"), 403)
    for probe in ("/tickets?phone=13800000051", "/tickets/search?q=13800000051"):
        assert county["water"].get(probe).body["items"] == []
        assert [row["number"] for row in county["office"].get(probe).body["items"]] == [number]
    for who, name, phone in (("water", HIDDEN, HIDDEN), ("office", "张三丰", "13800000051")):
        (tmp_path / "list.xlsx").write_bytes(county[who].get("/tickets/export?unit=swj").data)
        rows = [row for _, row in read_rows(tmp_path / "list.xlsx")]
        assert [row[7:9] for row in rows if row[0] == number] == [[name, phone]]
    exported = county["auditor"].get("/audit?account=water&action=export").body["items"]
    assert number in exported[0]["detail"]["tickets"]
    problem(county["water"].get("/tickets/export?unit=gaj"), 403)
    problem(county["agent"].get("/tickets/export"), 403)
    signed = county["water"].post(f"/tickets/{number}/sign")
    assert signed.status == 200 and "张三丰" not in signed.data.decode()
    problem(county["town"].get(f"/tickets/{number}"), 404)
    assert all(row["number"] != number for row in county["town"].get("/tickets").body["items"])


def test_a_key_is_answered_once(county: County) -> None:
    body = {"subject": "路灯不亮", "body": "中山路", "phone": "13800000061", "request_type": "help"}
    first = county["agent"].post("/tickets", body, idempotency_key="key-1")
    second = county["agent"].post("/tickets", body, idempotency_key="key-1")
    assert (first.status, second.status) == (201, 201) and first.body == second.body
    assert second.headers["Idempotency-Replayed"] == "true" and first.headers["Location"] == second.headers["Location"]
    problem(county["agent"].post("/tickets", {"subject": "别的"}, idempotency_key="key-1"), 422)
    assert county["office"].post("/tickets", {"subject": "别人的"}, idempotency_key="key-1").status == 201
    number = first.body["ticket"]["number"]
    replies: list[Reply] = []
    threads = [
        threading.Thread(
            target=lambda: replies.append(county["agent"].post(f"/tickets/{number}/accept", idempotency_key="key-2"))
        )
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [reply.status for reply in replies] == [200] * 4
    assert len(county["agent"].get(f"/tickets/{number}/history").body["events"]) == 2


def test_the_same_message_twice_is_one_ticket(county: County) -> None:
    """R3, R11."""
    message = {"channel": "sms", "source_key": "sms-77", "subject": "井盖丢失", "phone": "13800000071"}
    first, second = county["agent"].post("/tickets", message), county["agent"].post("/tickets", message)
    assert (first.status, second.status) == (201, 200) and second.body["repeated"] is True
    assert first.body["ticket"]["number"] == second.body["ticket"]["number"]


def test_pages_follow_one_another(county: County) -> None:
    made = {county.draft(subject=f"噪声扰民{place}", phone=f"1380000008{place}") for place in range(5)}
    seen: list[str] = []
    after: str | None = ""
    while after is not None:
        page = county["office"].get(f"/tickets?size=2&state=draft&after={after}").body
        assert len(page["items"]) <= 2
        seen += [row["number"] for row in page["items"]]
        after = page["next"]
    assert made <= set(seen) and seen == sorted(seen, reverse=True) and len(seen) == len(set(seen))


HOSTILE = "<script>alert(1)</script>'; DROP TABLE tickets; --"


def test_hostile_text_is_kept_as_it_was_written(county: County) -> None:
    ticket = county["agent"].post("/tickets", {"subject": HOSTILE, "body": HOSTILE, "address": HOSTILE}).body["ticket"]
    assert (ticket["subject"], ticket["body"], ticket["address"]) == (HOSTILE, HOSTILE, HOSTILE)
    assert county["agent"].get(f"/tickets/{ticket['number']}").headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"subject": "x" * 201}, 400), ({"subject": 7}, 400), ({"no such": "x"}, 400), ({"channel": "pigeon"}, 400),
        ({"subject": "a\x00b"}, 400), ({"subject": "a\x07b"}, 422), ({"phone": "not a number"}, 422),
        ({"subject": "x", "matter": "nothing"}, 422), ({"subject": "x", "complained_unit": "nobody"}, 422),
        ({"body": "停" * 30_000}, 413),
    ],
)
def test_bad_input_is_told_and_nothing_made(county: County, body: dict[str, Any], status: int) -> None:
    before = county["office"].get("/tickets?size=1").body["items"]
    assert problem(county["agent"].post("/tickets", body), status)["detail"]
    assert county["office"].get("/tickets?size=1").body["items"] == before


def test_bad_moves_are_told_and_change_nothing(county: County) -> None:
    number = county.draft(phone="13800000091")
    county.do("agent", number, "accept")
    office = county["office"]
    for needs, status in (({"unit": "nobody"}, 422), ({}, 400), ({"unit": "swj", "version": 99}, 409)):
        problem(office.post(f"/tickets/{number}/dispatch", needs), status)
    problem(office.post(f"/tickets/{number}/sign"), 403)
    problem(office.post(f"/tickets/{number}/vanish"), 404)
    problem(office.post("/tickets/000000000000/accept"), 404)
    problem(office.get("/tickets/12"), 400)
    problem(office.send("DELETE", f"/tickets/{number}"), 405)
    problem(office.send("POST", "/tickets", b"{", {"Content-Type": "application/json"}), 400)
    problem(office.send("POST", "/tickets", b"<a/>", {"Content-Type": "text/xml"}), 415)
    problem(office.get("/deadline?dispatched=2026-02-30&type=help"), 422)
    problem(office.get("/deadline?type=help"), 400)
    assert office.get(f"/tickets/{number}").body["version"] == 2


def bomb() -> bytes:
    """A small file that unpacks to a large one."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", b"0" * 110_000_000)
    return out.getvalue()


def test_attachments(county: County) -> None:
    number = county.draft(phone="13800000095")
    path = f"/tickets/{number}/attachments"
    kept = county["agent"].send("POST", path, *form([("../../etc/说明.txt", "水管照片".encode())]))
    assert kept.status == 201 and kept.body["items"][0]["name"] == "说明.txt"
    sha256 = kept.body["items"][0]["sha256"]
    got = county["agent"].get(f"{path}/{sha256}")
    assert got.data == "水管照片".encode() and got.headers["Content-Disposition"].startswith("attachment;")
    assert got.headers.get_content_type() == "application/octet-stream"
    for hostile in (b"<html><script>", b"MZ\x90\x00", bomb(), b""):
        problem(county["agent"].send("POST", path, *form([("a.txt", b"fine"), ("b.docx", hostile)])), 422)
    problem(county["agent"].send("POST", path, *form([("big.txt", b"a" * 21 * 1024 * 1024)])), 413)
    problem(county["agent"].send("POST", path, b"not a form", {"Content-Type": "multipart/form-data; boundary=X"}), 400)
    assert [file["sha256"] for file in county["agent"].get(path).body["items"]] == [sha256]
    problem(county["agent"].get(f"{path}/{'0' * 64}"), 404)
    problem(county["town"].get(path), 404)


def test_registers_and_deadlines(county: County) -> None:
    """R20, R22-R25, R49."""
    town = county["town"]
    assert len(town.get("/units").body["items"]) > 30 and town.get("/units/swj").body["code"] == "swj"
    assert town.get("/units/suggest?matter=0301").body["items"][0]["unit"] == "swj"
    assert len(town.get("/territories").body["items"]) == 12 and town.get("/matters").body["items"]
    told = town.get("/deadline?dispatched=2026-02-13&type=consult").body
    assert [told[name] for name in ("contact", "return", "return_site", "resolve")] == [
        "2026-02-24", "2026-02-14", "2026-02-25", "2026-02-27",
    ]
    assert told == county.hotline.json("deadline", "--dispatched", "2026-02-13", "--type", "consult")
    assert any(day["name"] == "春节" for day in town.get("/calendar?year=2026").body["items"])
    assert town.get("/dashboard").body["open"] <= county["office"].get("/dashboard").body["open"]


def test_the_audit_log_cannot_be_changed_and_old_keys_are_forgotten(county: County) -> None:
    store = Store(county.hotline.settings.database)
    for statement in ("UPDATE audit_log SET account = 'nobody'", "DELETE FROM audit_log"):
        with pytest.raises(Exception, match="cannot be changed"), store.begin() as session:
            session.connection().exec_driver_sql(statement)
    with store.begin() as session:
        shown = audit.read(session, 200, sought=audit.Sought("office"))[0]
        assert any(row["detail"].get("tickets") for row in shown if row["action"] == "read")
        session.connection().exec_driver_sql("UPDATE answered_requests SET at = '2020-01-01 00:00:00+00:00'")
    idempotency.forget_old(store)
    with store.reading() as session:
        assert session.connection().exec_driver_sql("SELECT count(*) FROM answered_requests").scalar_one() == 0
    store.close()


def test_r11_a_call_by_click_is_about_a_ticket_that_is_there(county: County) -> None:
    """Looked up before anything rings; here there is no telephone."""
    call = {"phone": "13900000001", "ticket": county.draft()}
    problem(county["agent"].post("/agent/dial", call | {"ticket": "260101999999"}), 404)
    problem(county["agent"].post("/agent/dial", call | {"ticket": "1"}), 400)
    problem(county["agent"].post("/agent/dial", call), 409)
