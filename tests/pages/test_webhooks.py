"""The admin's page of webhooks: one added with its secret shown once, the log, a delivery made again, one removed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import expect
from sqlalchemy import delete, select

from console import webhooks
from console.tables import AuditRow, DeliveryRow, WebhookRow
from console.webhooks import Event, Stage
from tests.pages.calls_desk import Reader
from tests.pages.conftest import Desk
from tests.pages.test_lists import rows

URL = "https://crm.example/in"


@pytest.fixture
def told(desk: Desk) -> Iterator[dict[str, Any]]:
    """A webhook with three deliveries: taken, given up, and one still to be made."""
    with desk.store.begin() as session:
        made = webhooks.add(session, URL, [])
        for n, event in enumerate((Event.ALERT, Event.ALERT_OVER, Event.ENDED)):
            webhooks.publish(session, event, f"about {n}", {})
        for one in webhooks.due(session, 2):
            webhooks.settle(session, one, 200 if "begun" in one.body else 0, "" if "begun" in one.body else "refused")
        over = DeliveryRow.__table__.update().where(DeliveryRow.event == Event.ALERT_OVER)
        session.execute(over.values(stage=Stage.GIVEN_UP))
    yield made
    with desk.store.begin() as session:
        for table in (DeliveryRow, WebhookRow):
            session.execute(delete(table))


def test_one_is_added_and_its_secret_is_shown_once(desk: Desk, tabs: Any) -> None:
    page = tabs(width=390, height=844).log_in("admin")
    page.get_by_role("link", name="事件推送").click()
    page.get_by_label("网址").fill("ftp://crm.example/in")
    page.get_by_role("button", name="加入").click()
    expect(page.get_by_role("alert")).to_contain_text("http")
    page.get_by_label("网址").fill(URL)
    page.get_by_role("group", name="事件").get_by_label("来电排队").uncheck()
    page.get_by_role("button", name="加入").click()
    expect(page.get_by_role("status")).to_contain_text("whsec_")
    secret = page.locator("code.secret").inner_text()
    with desk.store.reading() as session:
        [row] = session.scalars(select(WebhookRow)).all()
        assert (row.url, row.secret) == (URL, secret) and Event.WAITING not in row.events and len(row.events) == 4
        noted = [str(one.detail) for one in session.scalars(select(AuditRow).where(AuditRow.action == "webhooks"))]
        assert noted and secret not in "".join(noted)
    page.goto("/webhooks")
    assert secret not in page.content() and "whsec_" not in page.content()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.on("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name=f"移除 {URL}").click()
    expect(page.get_by_role("status")).to_contain_text("不再推送")
    with desk.store.reading() as session:
        assert webhooks.webhooks(session) == []


def test_the_log_is_narrowed_sorted_saved_and_a_delivery_made_again(desk: Desk, told: Any, tabs: Any) -> None:
    page = tabs().log_in("admin")
    page.goto("/webhooks?sort=oldest")
    log = page.get_by_role("region", name="推送记录")
    assert re.findall("about [0-2]", log.inner_text()) == ["about 0", "about 1", "about 2"]
    expect(log.get_by_role("row").filter(has_text="about 1")).to_contain_text("已放弃 refused")
    assert [row[3] for row in rows(page, "/webhooks?stage=given-up")] == ["对象", "about 1"]
    assert [row[3] for row in rows(page, f"/webhooks?event={Event.ALERT}")] == ["对象", "about 0"]
    page.goto("/webhooks?stage=given-up")
    log.get_by_role("row").filter(has_text="about 1").get_by_role("button", name="重送").click()
    expect(page.get_by_role("status")).to_contain_text("将重新送达")
    with desk.store.reading() as session:
        rows_, _ = webhooks.deliveries(session, webhooks.Sought(stage=Stage.WAITING))
    assert {row["subject"] for row in rows_} == {"about 1", "about 2"}


def test_only_the_admin_may_and_what_is_not_there_is_told(desk: Desk, told: Any, monkeypatch: Any) -> None:
    reader = Reader(desk, "office")
    for path in ("/webhooks", "/webhooks.xlsx"):
        reader.open(path)
        assert reader.status == 403 and URL not in reader.html
    reader.send("/webhooks", url=URL, event="alert.begun")
    assert reader.status == 403
    monkeypatch.setattr("console.desk_webhooks.SIZE", 2)
    admin = Reader(desk, "admin")
    first = admin.open("/webhooks")
    (after,) = set(re.findall("after=([0-9]+)", admin.html))
    second = admin.open(f"/webhooks?after={after}")
    assert ("about 2" in first, "about 0" in first, "about 0" in second) == (True, False, True)
    for path in ("/webhooks/999/remove", "/webhooks/deliveries/999/replay", "/webhooks/x/remove"):
        assert "没有这个" in admin.send(path) and admin.status == 404
    for query in ("stage=lost", "event=nothing", "webhook=x"):
        admin.open(f"/webhooks?{query}")
        assert admin.status == 422
