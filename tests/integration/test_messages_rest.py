"""Messages on a running hotline (R3): brought over REST, by file and by mail; receipts; progress for an app."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from typing import Any

import pytest

from console import accounts, passwords
from store.engine import Store
from tests.hotline_fixture import Hotline
from tests.mail_servers import MailServers, mail_servers
from tests.rest_fixture import Client, County, form, problem
from tickets.access import Role

__all__ = ["mail_servers"]
pytestmark = pytest.mark.asterisk
APP = {"channel": "app", "from": "13800000001", "text": "城关路停水三天了", "id": "a-1"}


@pytest.fixture(scope="module")
def county(mail_servers: MailServers) -> Iterator[County]:
    """A hotline that reads a mailbox and a folder."""
    box = mail_servers.account
    hotline = Hotline(
        sms_in_folder="sms-in", mail_imap=box.imap, mail_smtp=box.smtp, mail_user=box.user,
        mail_password=box.password, mail_address=box.address, mail_seconds=5,
    )
    try:
        hotline.start()
        yield County(hotline)
    finally:
        hotline.close()


@pytest.fixture(scope="module")
def app(county: County) -> Client:
    """The account of an app, which may bring messages and nothing else."""
    store = Store(county.hotline.settings.database)
    with store.begin() as session:
        accounts.add(session, "app", [Role.GATEWAY], passwords.generated(), "")
        token = accounts.new_token(session, "app", "tests", 1)[0]
    store.close()
    return Client(county.base, f"Bearer {token}")


def until(found: Callable[[], Any], seconds: float = 60.0) -> Any:
    """What was found; waits for it."""
    end = time.monotonic() + seconds
    while not (known := found()):
        assert time.monotonic() < end, "it did not come"
        time.sleep(0.2)
    return known


def test_an_app_brings_a_matter_with_a_photograph_and_asks_how_far_it_is(county: County, app: Client) -> None:
    made = app.post("/messages", APP | {"request_type": "help", "confidential": True, "name": "张三"})
    assert made.status == 201 and made.body["fate"] == "filed"
    number = made.body["number"]
    again = app.post("/messages", APP)
    assert again.status == 200 and again.body["number"] == number and again.body["repeated"]
    assert number in again.body["reply"] == made.body["reply"]  # the first answer may have been lost on the way
    data, headers = form([("照片.jpg", b"\xff\xd8\xff\xe0 jpeg")])
    assert app.send("POST", "/messages/files?channel=app&id=a-1", data, headers).status == 201
    problem(app.send("POST", "/messages/files?channel=app&id=none", data, headers), 404)
    found = app.get(f"/progress?number={number}&last4=0001").body
    assert (found["state"], found["state_label"]) == ("draft", "待受理")
    ticket = county["agent"].get(f"/tickets/{number}").body
    assert (ticket["channel"], ticket["confidential"], ticket["request_type"]) == ("app", True, "help")
    (file,) = county["agent"].get(f"/tickets/{number}/attachments").body["items"]
    assert file["name"] == "照片.jpg"


def test_the_account_of_an_app_may_do_nothing_else(county: County, app: Client) -> None:
    for path in ("/tickets", "/messages", "/knowledge", "/audit", "/calls", "/dashboard"):
        problem(app.get(path), 403)
    problem(app.post("/tickets", {"subject": "x"}), 403)
    problem(app.post("/messages", APP | {"channel": "phone", "id": "a-2"}), 400)
    problem(app.post("/messages", APP | {"from": "nobody", "id": "a-2"}), 422)
    number = app.post("/messages", APP).body["number"]
    for _time in range(5):
        problem(app.get(f"/progress?number={number}&last4=9999"), 404)
    problem(app.get(f"/progress?number={number}&last4=0001"), 429)


def test_wechat_is_a_channel_of_its_own(app: Client, county: County) -> None:
    made = app.post("/messages", APP | {"channel": "new_media", "id": "w-1", "from": "13700000003", "text": "井盖坏了"})
    assert county["agent"].get(f"/tickets/{made.body['number']}").body["channel"] == "new_media"


def test_a_short_message_in_a_file_is_answered_by_short_message(county: County) -> None:
    home = county.hotline.settings.home
    folder = home / "sms-in"
    until(folder.is_dir)
    part = folder / "1.part"
    part.write_text(json.dumps({"from": "13900000004", "text": "路灯不亮", "id": "s-1"}), encoding="utf-8")
    part.rename(folder / "1.json")
    sent = home / "sms.jsonl"
    line = json.loads(until(lambda: sent.read_text(encoding="utf-8") if sent.exists() else "").splitlines()[0])
    assert line["to"] == "13900000004" and "工单编号" in line["text"]
    figures = county["office"].get("/messages/figures?since=2020-01-01&until=2099-01-01").body["items"]
    sms = next(one for one in figures if one["channel"] == "sms")
    assert sms["came"] == 1 and sms["receipts"] == 1 and sms["receipt_seconds"] < 180


def test_a_mail_is_answered_by_mail(county: County, mail_servers: MailServers) -> None:
    came = EmailMessage()
    came["From"], came["Subject"], came["Message-ID"] = "zhang@example.com", "停水", "<m1@example.com>"
    came.set_content("城关路停水。")
    mail_servers.deliver(came.as_bytes())
    (answer,) = until(lambda: mail_servers.sink.got)
    assert answer["In-Reply-To"] == "<m1@example.com>" and "12345工单" in answer["Subject"]
    rows = county["office"].get("/messages?channel=email").body["items"]
    assert {row["fate"] for row in rows} == {"filed", "sent"}
    state = county["office"].get("/status").body["parts"]["messages"]
    assert state["state"] == "up" and state["stuck"] == 0
