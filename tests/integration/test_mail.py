"""E-mail against real servers (R3): never lost, never twice, threaded, and no answer to machines."""

from __future__ import annotations

from dataclasses import replace
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from channels import mail, outbox
from channels.errors import ChannelError
from channels.incoming import MESSAGES
from channels.mail import Mailbox, Round
from channels.terms import Fate
from store.base import now
from store.engine import Store
from tests.mail_servers import MailServers, mail_servers, mails
from tests.mail_tls import over_tls
from tickets.attachments import attachments_of
from tickets.service import get, history
from tickets.terms import Channel, State

__all__ = ["mail_servers", "mails"]


def letter(key: str, text: str, **headers: str) -> EmailMessage:
    made = EmailMessage()
    known = {"From": "张三 <zhang@example.com>", "To": "12345@county.example", "Subject": "停水"}
    for name, value in {**known, "Message-ID": f"<{key}@example.com>", **headers}.items():
        made[name.replace("_", "-")] = value
    made.set_content(text)
    return made


@pytest.fixture
def box(store: Store, mails: MailServers, tmp_path: Path) -> Mailbox:
    return Mailbox(mails.account, store, tmp_path / "attachments")


def rows(store: Store) -> list[Any]:
    with store.begin() as session:
        return list(session.execute(select(MESSAGES).order_by(MESSAGES.c.id)))


def test_a_mail_with_a_photograph_becomes_a_draft_and_is_answered_in_its_thread(
    store: Store, mails: MailServers, box: Mailbox
) -> None:
    came = letter("a1", "城关路停水三天。\n电话：13800000001")
    came.add_attachment(b"\xff\xd8\xff\xe0 jpeg", maintype="image", subtype="jpeg", filename="照片.jpg")
    came.add_attachment(b"MZ\x90\x00", maintype="application", subtype="octet-stream", filename="a.exe")
    mails.deliver(came.as_bytes())
    assert box.round() == Round(1) and box.round() == Round(0) and mails.unseen() == 0
    with store.begin() as session:
        number = rows(store)[0].number
        ticket = get(session, number)
        assert (ticket.channel, ticket.state, ticket.phone, ticket.citizen_name, ticket.subject) == (
            Channel.EMAIL, State.DRAFT, "13800000001", "张三", "停水")
        assert [file.name for file in attachments_of(session, ticket.id)] == ["照片.jpg"]
    assert outbox.send_due(store, {Channel.EMAIL: mail.poster(mails.account)}) == 1
    (answer,) = mails.sink.got
    assert answer["In-Reply-To"] == "<a1@example.com>" and answer["Auto-Submitted"] == "auto-replied"
    assert number in answer["Subject"] and number in answer.get_content() and answer["To"] == "zhang@example.com"
    reply = letter("a2", "还没有来水。\n\n> 已收到您的诉求", Subject=f"Re: {answer['Subject']}",
                   In_Reply_To=str(answer["Message-ID"]))
    mails.deliver(reply.as_bytes())
    assert box.round() == Round(1)
    with store.begin() as session:
        last = history(session, number)[-1]
        assert last["action"] == "add" and last["reason"] == "电子邮件：还没有来水。" and last["role"] == "citizen"


def test_the_same_mail_delivered_again_is_one_ticket(store: Store, mails: MailServers, box: Mailbox) -> None:
    for _time in range(3):
        mails.deliver(letter("b1", "路灯不亮了").as_bytes())
    assert box.round() == Round(3) and mails.unseen() == 0
    assert [row.fate for row in rows(store)] == [Fate.FILED, Fate.WAITING]


def test_a_mail_is_seen_only_when_it_is_committed(
    store: Store, mails: MailServers, box: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A database that is away loses nothing; a service that ends between commit and mark takes nothing twice."""
    mails.deliver(letter("c1", "路灯不亮了").as_bytes())

    def away(*_arguments: Any, **_named: Any) -> Any:
        raise OperationalError("", None, Exception("away"))

    with monkeypatch.context() as patched:
        patched.setattr(mail, "take", away)
        with pytest.raises(OperationalError):
            box.round()
    assert mails.unseen() == 1 and rows(store) == []
    seen = mails.box()
    assert box.round() == Round(1)
    seen.uid("STORE", "1:*", "-FLAGS", "(\\Seen)")  # as if it had ended before the mark
    seen.logout()
    assert mails.unseen() == 1 and box.round() == Round(1) and mails.unseen() == 0
    assert [row.fate for row in rows(store)] == [Fate.FILED, Fate.WAITING]


def test_machines_are_put_on_record_and_not_answered(store: Store, mails: MailServers, box: Mailbox) -> None:
    mails.deliver(letter("d1", "我在休假", Auto_Submitted="auto-replied").as_bytes())
    mails.deliver(letter("d2", "退信", From="MAILER-DAEMON@example.com").as_bytes())
    mails.deliver(letter("d3", "自己", From="12345@county.example").as_bytes())
    assert box.round() == Round(3)
    assert [(row.fate, row.number) for row in rows(store)] == [(Fate.IGNORED, None)] * 3
    assert outbox.send_due(store, {Channel.EMAIL: mail.poster(mails.account)}) == 0


def test_a_broken_mail_holds_up_no_other(store: Store, mails: MailServers, box: Mailbox) -> None:
    mails.deliver(b"\x00\xff\xfe no header at all \r\n\r\n\x00\x01")
    mails.deliver(b"From: zhang@example.com\r\nSubject: =?utf-8?b?/////?=\r\nContent-Type: text/plain; charset=x"
                  b"\r\n\r\n\xe8\xb7\xaf\xe7\x81\xaf\xe4\xb8\x8d\xe4\xba\xae")
    mails.deliver(letter("e1", "井盖坏了").as_bytes())
    assert box.round() == Round(3) and mails.unseen() == 0
    assert [row.fate for row in rows(store) if row.fate in (Fate.FILED, Fate.IGNORED, Fate.REFUSED)] == [
        Fate.IGNORED, Fate.FILED, Fate.FILED]


def test_answers_wait_for_a_server_that_takes_them(store: Store, mails: MailServers, box: Mailbox) -> None:
    mails.deliver(letter("f1", "井盖坏了").as_bytes())
    box.round()
    post = {Channel.EMAIL: mail.poster(mails.account)}
    mails.sink.refuse = True
    assert outbox.send_due(store, post) == 0
    mails.sink.refuse = False
    with store.begin() as session:
        session.execute(MESSAGES.update().where(MESSAGES.c.fate == Fate.WAITING).values(due_at=now()))
    assert outbox.send_due(store, post) == 1 and len(mails.sink.got) == 1


def test_what_is_wrong_with_the_account_is_said(mails: MailServers, store: Store, tmp_path: Path) -> None:
    assert mail.check(mails.account) == ""
    wrong = replace(mails.account, password="not this")
    assert "cannot be read" in mail.check(wrong)
    with pytest.raises(ChannelError):
        Mailbox(wrong, store, tmp_path).round()
    assert mail.check(replace(mails.account, imap="imap://127.0.0.1:9/INBOX"))


def test_over_tls_only_to_servers_whose_certificate_is_trusted(
    mails: MailServers, store: Store, tmp_path: Path
) -> None:
    """IMAPS, and SMTP that demands STARTTLS; the certificate is signed by itself, and good once `mail_ca` names it."""
    with over_tls(mails, tmp_path) as account:
        assert mail.check(account) == ""
        mails.deliver(letter("t1", "井盖坏了").as_bytes())
        assert Mailbox(account, store, tmp_path / "attachments").round() == Round(1)
        assert outbox.send_due(store, {Channel.EMAIL: mail.poster(account)}) == 1 and len(mails.sink.got) == 1
        unknown = replace(account, ca="")
        another = replace(account, imap=account.imap.replace("127.0.0.1", "localhost"))
        for wrong in (unknown, replace(unknown, imap=""), another):
            assert "certificate verify failed" in mail.check(wrong).lower()
        with pytest.raises(ChannelError):
            mail.poster(unknown)(outbox.Letter("out:email:x", "zhang@example.com", "", "", None, ""))
        assert len(mails.sink.got) == 1
        assert "No such file" in mail.check(replace(account, ca=str(tmp_path / "none.pem")))


def test_who_names_a_ticket_is_not_taken_for_the_citizen(store: Store, mails: MailServers, box: Mailbox) -> None:
    """Anybody can write any sender into a mail: a stranger makes a ticket of their own, a sender is unverified."""
    mails.deliver(letter("v1", "城关路停水三天。").as_bytes())
    box.round()
    number = rows(store)[0].number
    stranger = letter("v2", f"工单 {number} 已经解决，不用办了。", From="<li@example.com>")
    forged = letter("v3", f"工单 {number} 已经解决，不用办了。", Subject="停水的事")
    for one in (stranger, forged):
        mails.deliver(one.as_bytes())
        box.round()
    with store.begin() as session:
        own = next(row.number for row in rows(store) if row.key == "email:v2@example.com")
        assert own != number and number in get(session, own).body
        (added,) = [event for event in history(session, number) if event["action"] == "add"]
        assert added["reason"].startswith("电子邮件（发件人未经核验）：工单")
