"""Messages by SMS, app and files (R3) on both databases: one ticket each, once; receipts; what is sent, and again."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from channels import figures, outbox, sms, sms_in
from channels.errors import ChannelError
from channels.incoming import MESSAGES, Message, take
from channels.listing import Sought, listed
from channels.outbox import Letter
from channels.terms import Fate
from store.base import now
from store.engine import Store
from tickets.access import Action, Actor, Role
from tickets.attachments import attachments_of
from tickets.errors import Invalid
from tickets.service import act, get, history
from tickets.terms import Channel, State

AGENT = Actor("agent", Role.AGENT)
PHONE, OTHER = "13800000001", "13900000002"


def sms_of(key: str, text: str, phone: str = PHONE, **more: Any) -> Message:
    return replace(Message(Channel.SMS, key, phone, now(), text, phone=phone), **more)


def taken(store: Store, tmp_path: Path, message: Message) -> Any:
    with store.begin() as session:
        return take(session, message, tmp_path / "attachments")


def waiting(store: Store) -> list[str]:
    with store.begin() as session:
        query = select(MESSAGES.c.text).where(MESSAGES.c.fate == Fate.WAITING).order_by(MESSAGES.c.id)
        return list(session.execute(query).scalars())


def test_a_short_message_becomes_a_draft_and_gets_its_number(store: Store, tmp_path: Path) -> None:
    first = taken(store, tmp_path, sms_of("m1", "城关路停水三天了"))
    again = taken(store, tmp_path, sms_of("m1", "城关路停水三天了"))
    assert first.fate is Fate.FILED and again == replace(first, repeated=True)
    with store.begin() as session:
        ticket = get(session, first.number)
        assert (ticket.channel, ticket.state, ticket.phone, ticket.body) == (
            Channel.SMS, State.DRAFT, PHONE, "城关路停水三天了")
    (receipt,) = waiting(store)
    assert first.number in receipt and receipt.startswith("【武定县12345】")


def test_the_same_words_sent_twice_are_one_ticket(store: Store, tmp_path: Path) -> None:
    first = taken(store, tmp_path, sms_of("m1", "城关路停水三天了！"))
    twin = taken(store, tmp_path, sms_of("m2", "城关路停水三天了"))
    assert twin.number == first.number and twin.fate is Fate.ADDED and "同一件事" in twin.reply
    other = taken(store, tmp_path, sms_of("m3", "城关路停水三天了", OTHER))
    assert other.number != first.number


def test_danger_is_told_where_to_go(store: Store, tmp_path: Path) -> None:
    """R6: a message that seems to be about danger is told 110, 119, 120 at once."""
    assert "119" in taken(store, tmp_path, sms_of("m1", "我家着火了")).reply


def test_a_message_with_a_number_goes_onto_that_ticket_for_its_own_citizen_alone(store: Store, tmp_path: Path) -> None:
    number = taken(store, tmp_path, sms_of("m1", "城关路停水三天了")).number
    told = taken(store, tmp_path, sms_of("m2", f"查询 {number}"))
    assert told.fate is Fate.TOLD and "待受理" in told.reply
    urged = taken(store, tmp_path, sms_of("m3", f"催办{number}"))
    assert urged.fate is Fate.ADDED
    added = taken(store, tmp_path, sms_of("m4", f"{number} 今天还是没有来水，请尽快"))
    assert added.number == number
    stranger = taken(store, tmp_path, sms_of("m5", f"查询 {number}", OTHER))
    assert (stranger.fate, stranger.number) == (Fate.REFUSED, None) and number not in stranger.reply
    assert taken(store, tmp_path, sms_of("m6", "催办 261127999999", OTHER)).reply == stranger.reply
    story = taken(store, tmp_path, sms_of("m7", f"{number} 我家也停水了，什么时候来水", OTHER))
    assert story.fate is Fate.FILED and story.number != number
    with store.begin() as session:
        assert get(session, number).urges == 1
        assert [event["action"] for event in history(session, number)] == ["create", "urge", "add"]


def test_files_are_kept_with_their_sums_and_what_is_not_taken_is_said(store: Store, tmp_path: Path) -> None:
    files = (("照片.jpg", b"\xff\xd8\xff\xe0 jpeg"), ("病毒.exe", b"MZ\x90\x00\x03"), ("页面.html", b"<html><script>"))
    found = taken(store, tmp_path, sms_of("m1", "见附件照片", files=files))
    with store.begin() as session:
        ticket = get(session, found.number)
        (kept,) = attachments_of(session, ticket.id)
        assert kept.media_type == "image/jpeg" and (tmp_path / "attachments").exists()
        said = history(session, found.number)[-1]
        assert said["action"] == "add" and "病毒.exe" in said["reason"] and "页面.html" in said["reason"]
    assert "病毒.exe" in found.reply and "照片.jpg" not in found.reply  # the citizen is told, too


def test_who_wrote_without_a_telephone_number_is_told_to_ask_by_mail(store: Store, tmp_path: Path) -> None:
    mail = Message(Channel.EMAIL, "<1@x>", "a@mail.example", now(), "路灯不亮")
    reply = taken(store, tmp_path, mail).reply
    assert "回复本邮件" in reply and "后四位" not in reply
    assert "后四位" in taken(store, tmp_path, replace(mail, key="<2@x>", text="井盖坏了", phone=PHONE)).reply


def test_a_message_without_a_word_is_refused(store: Store, tmp_path: Path) -> None:
    with pytest.raises(Invalid):
        taken(store, tmp_path, sms_of("m1", ""))
    assert taken(store, tmp_path, sms_of("m1", "有话了，路灯不亮")).fate is Fate.FILED  # nothing of it was kept


def test_files_of_a_gateway_are_moved_when_they_are_committed(store: Store, tmp_path: Path) -> None:
    inbox = tmp_path / "sms-in"
    inbox.mkdir()
    (inbox / "1.json").write_text('{"from": "+86 138-0000-0001", "text": "路灯不亮", "id": "g1"}\n', encoding="utf-8")
    lines = [{"from": PHONE, "text": "井盖坏了", "id": "g2"}, {"from": OTHER, "text": "垃圾没有清运"}]
    (inbox / "2.json").write_text("\n".join(json.dumps(line) for line in lines), encoding="utf-8")
    (inbox / "3.json").write_text("{broken", encoding="utf-8")
    (inbox / "4.json").write_text('{"from": "nobody", "text": "x", "id": "g9"}', encoding="utf-8")
    old = now().timestamp() - 5
    for file in inbox.glob("*.json"):
        os.utime(file, (old, old))
    (inbox / "5.json").write_text("still being written", encoding="utf-8")
    folder = sms_in.Folder(inbox, store, tmp_path / "attachments")
    assert folder.round() == 3 and folder.round() == 0
    assert sorted(file.name for file in (inbox / "taken").iterdir()) == ["1.json", "2.json"]
    assert sorted(file.name for file in (inbox / "bad").iterdir()) == ["3.json", "4.json"]
    assert [file.name for file in inbox.glob("*.json")] == ["5.json"]
    (inbox / "taken" / "2.json").replace(inbox / "2.json")  # delivered again
    assert folder.round() == 0
    with store.begin() as session:
        rows, _after = listed(session, Sought(Channel.SMS), by=AGENT)
        assert [row["peer"] for row in rows if row["fate"] is Fate.FILED] == [OTHER, PHONE, PHONE]


@pytest.mark.parametrize("at", ["0001-01-01T00:00:00", "9999-12-31T23:59:59+00:00", "yesterday", "1999-01-01"])
def test_a_moment_that_cannot_be_is_refused(at: str) -> None:
    with pytest.raises(Invalid):
        sms_in.message_of({"from": PHONE, "text": "路灯不亮", "id": "x", "at": at})


class Gateway:
    """A gateway of short messages over HTTP, as a county's; `refuse` makes it answer 503."""

    def __init__(self) -> None:
        self.got: list[dict[str, Any]] = []
        self.refuse = False
        gateway = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                gateway.got += [] if gateway.refuse else [body | {"token": self.headers["Authorization"]}]
                self.send_response(503 if gateway.refuse else 204)
                self.end_headers()

            def log_message(self, *_words: Any) -> None:
                """Says nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/send"
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    made = Gateway()
    yield made
    made.server.shutdown()
    made.server.server_close()


def short(send: sms.Send) -> outbox.Post:
    return lambda letter: send(letter.peer, letter.text)


def test_receipts_go_to_the_gateway_once_and_again_after_it_was_away(
    store: Store, tmp_path: Path, gateway: Gateway
) -> None:
    number = taken(store, tmp_path, sms_of("m1", "城关路停水三天了")).number
    posts = {Channel.SMS: short(sms.over_http(gateway.url, "secret"))}
    gateway.refuse = True
    assert outbox.send_due(store, posts) == 0 and outbox.send_due(store, posts) == 0
    gateway.refuse = False
    assert outbox.send_due(store, posts) == 0  # not due yet
    assert outbox.send_due(store, posts, now() + timedelta(minutes=2)) == 1
    assert outbox.send_due(store, posts, now() + timedelta(days=1)) == 0
    (got,) = gateway.got
    assert got["to"] == PHONE and number in got["text"] and got["token"] == "Bearer secret"


def test_a_gateway_that_never_takes_it_is_given_up_and_told(store: Store, tmp_path: Path) -> None:
    def never(_letter: Letter) -> None:
        raise ChannelError("no")

    taken(store, tmp_path, sms_of("m1", "城关路停水三天了"))
    at = now()
    for _time in range(9):
        outbox.send_due(store, {Channel.SMS: never}, at)
        at += timedelta(days=1)
    with store.begin() as session:
        assert outbox.standing(session) == {"waiting": 0, "failed": 1}


def test_one_who_writes_again_and_again_is_not_answered_for_ever(store: Store, tmp_path: Path) -> None:
    for place in range(10):
        taken(store, tmp_path, sms_of(f"m{place}", f"第{place}件事，完全不同的内容"))
    assert len(waiting(store)) == outbox.MOST_AN_HOUR


def test_how_soon_messages_were_answered(store: Store, tmp_path: Path) -> None:
    """GB/T 33358: within three minutes; the receipt and the person are told apart."""
    at = now()
    came = [sms_of(f"m{n}", f"第{n}件事，路灯不亮", f"1380000000{n}") for n in range(3)]
    numbers = [taken(store, tmp_path, message).number for message in came]
    outbox.send_due(store, {Channel.SMS: lambda _letter: None})
    with store.begin() as session:
        given = {"request_type": "help", "subject": "路灯"}
        act(session, numbers[0], Action.ACCEPT, by=AGENT, at=at + timedelta(minutes=2), **given)
        act(session, numbers[1], Action.ACCEPT, by=AGENT, at=at + timedelta(minutes=9), **given)
        (found,) = figures.answered(session, at - timedelta(hours=1), at + timedelta(hours=1))
    assert (found.came, found.receipts, found.answered, found.within, found.waiting) == (3, 3, 2, 1, 1)
    assert found.receipt_seconds is not None and found.receipt_seconds < 60


def test_lists_follow_the_key_and_hide_who_wrote_from_who_may_not_know(store: Store, tmp_path: Path) -> None:
    for place in range(3):
        taken(store, tmp_path, sms_of(f"m{place}", f"第{place}件事，内容不同", confidential=place == 0))
    auditor = Actor("auditor", Role.AUDITOR)
    with store.begin() as session:
        rows, after = listed(session, Sought(fate=Fate.FILED), by=auditor, size=2)
        rest, end = listed(session, Sought(fate=Fate.FILED), by=auditor, size=2, after=after or "")
        texts = [row["text"] for row in rows + rest]
        assert end is None and texts == ["第2件事，内容不同", "第1件事，内容不同", "＊＊＊"]
        assert {row["peer"] for row in rows} == {"*******0001"} and rest[0]["peer"] == "＊＊＊"
        session.execute(update(MESSAGES).values(at=now() - timedelta(days=3)))
        assert listed(session, Sought(since=now().date()), by=AGENT)[0] == []


def test_a_mail_address_is_a_sender_too(store: Store, tmp_path: Path) -> None:
    """The same words from one address are one ticket; a reply to our answer goes onto it; a stranger's does not."""
    mail = Message(Channel.EMAIL, "a@x", "zhang@x.example", now(), "城关路停水三天了", "停水")
    first = taken(store, tmp_path, mail)
    assert taken(store, tmp_path, replace(mail, key="b@x")).number == first.number
    with store.begin() as session:
        key = session.execute(select(MESSAGES.c.key).where(MESSAGES.c.fate == Fate.WAITING).limit(1)).scalar_one()
    reply = replace(mail, key="c@x", text="还没有水", refers=(key,))
    assert taken(store, tmp_path, reply).number == first.number
    stranger = taken(store, tmp_path, replace(reply, key="d@x", peer="li@x.example", text="我家也停水了"))
    assert stranger.number != first.number
