"""One intake for every channel (R3): one draft for one submission, the citizen by number, files with limits."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from store.base import LOCAL
from store.engine import Store
from tickets.access import Action, Actor, Role
from tickets.attachments import Limits, attachment_path, attachments_of, keep_attachment
from tickets.errors import Forbidden, Invalid
from tickets.inquiries import Said, keep
from tickets.intake import Submission, draft_from_call, receive
from tickets.service import act, get, history
from tickets.tables import CitizenRow, TicketRow
from tickets.terms import Channel, Scope, State

AT = datetime(2026, 3, 2, 9, 0, tzinfo=LOCAL)
AGENT = Actor("8001", Role.AGENT)
WEB = Submission(
    Channel.WEB, AT, source_key="form-1", phone="13800000001", citizen_name="李小明", body="路灯不亮，请尽快修理"
)
PNG = b"\x89PNG\r\n\x1a\n" + bytes(100)


def call(store: Store, **facts: object) -> str:
    known: dict[str, object] = {
        "call_id": "1772413200.7",
        "caller": "13800000001",
        "line": "12345",
        "queue": "consult",
        "agent": "8001",
        "started_at": AT,
        "kind": "answered",
        "recordings": ["2026/03/02/a.wav"],
    }
    with store.begin() as session:
        return draft_from_call(session, **{**known, **facts})  # type: ignore[arg-type]


class TestPhoneDrafts:
    """Every answered visit leaves a draft, however often the ledger is built."""

    def test_a_visit_becomes_a_draft(self, store: Store) -> None:
        number = call(store)
        with store.begin() as session:
            ticket = get(session, number)
        assert number == "260302000001" and ticket.state == State.DRAFT and ticket.channel == Channel.PHONE
        assert (ticket.phone, ticket.agent, ticket.queue, ticket.line) == ("13800000001", "8001", "consult", "12345")
        assert ticket.recordings == ("2026/03/02/a.wav",) and ticket.citizen_id

    def test_idempotent_by_call(self, store: Store) -> None:
        assert call(store) == call(store) == call(store, recordings=["2026/03/02/a.wav", "b.wav"])
        with store.begin() as session:
            assert session.execute(select(func.count()).select_from(TicketRow)).scalar_one() == 1
            assert get(session, "260302000001").recordings == ("2026/03/02/a.wav", "b.wav")
            assert [event["action"] for event in history(session, "260302000001")] == ["create", "add"]

    def test_idempotent_when_several_build_the_ledger_at_once(self, store: Store) -> None:
        with ThreadPoolExecutor(4) as pool:
            numbers = set(pool.map(lambda _worker: call(store), range(8)))
        assert len(numbers) == 1
        with store.begin() as session:
            assert session.execute(select(func.count()).select_from(TicketRow)).scalar_one() == 1

    @pytest.mark.parametrize("caller", ["", "anonymous", "sip:evil@host", "+"])
    def test_a_hidden_number_is_still_served(self, store: Store, caller: str) -> None:
        with store.begin() as session:
            number = draft_from_call(
                session,
                call_id="9.9",
                caller=caller,
                line="96128",
                queue="line96128",
                agent="",
                started_at=AT,
                kind="voicemail",
                recordings=[],
            )
            ticket = get(session, number)
        assert (ticket.phone, ticket.citizen_id, ticket.subject) == ("", None, "语音留言")

    def test_two_calls_are_two_drafts_of_one_citizen(self, store: Store) -> None:
        first, second = call(store), call(store, call_id="1772413300.9", caller="+86 138 0000 0001")
        with store.begin() as session:
            assert get(session, first).citizen_id == get(session, second).citizen_id
        assert first != second


class TestChannels:
    """R3: phone, sms, web, new media, email, fax, app."""

    @pytest.mark.parametrize("channel", list(Channel))
    def test_the_channel_is_recorded(self, store: Store, channel: Channel) -> None:
        with store.begin() as session:
            received = receive(session, replace(WEB, channel=channel))
            assert get(session, received.number).channel == channel
            assert history(session, received.number)[0]["detail"]["channel"] == channel.value

    def test_delivered_twice_is_one_ticket(self, store: Store) -> None:
        with store.begin() as session:
            first = receive(session, WEB)
            again = receive(session, replace(WEB, body="另一段文字"))
            assert (again.number, again.repeated) == (first.number, True)

    def test_sent_by_two_channels_is_one_ticket(self, store: Store) -> None:
        with store.begin() as session:
            first = receive(session, WEB)
            twin = replace(WEB, channel=Channel.SMS, source_key="sms-9", body="路灯不亮，请尽快修理！")
            assert receive(session, twin).number == first.number
            assert history(session, first.number)[-1]["detail"]["channel"] == "sms"
            later = replace(twin, source_key="sms-10", at=AT + timedelta(days=8))
            assert receive(session, later).number != first.number

    def test_the_citizen_s_other_tickets_are_told(self, store: Store) -> None:
        with store.begin() as session:
            first = receive(session, WEB)
            other = receive(session, replace(WEB, source_key="form-2", body="又一件事情"))
            assert other.similar == (first.number,) and not other.repeated
            assert session.execute(select(CitizenRow.name)).scalars().all() == ["李小明"]

    def test_scope_is_hinted_and_where_to_go_told_at_once_r6(self, store: Store) -> None:
        with store.begin() as session:
            received = receive(session, replace(WEB, body="邻居家着火了"))
            assert received.hint == Scope.N1 and "119" in received.where
            assert get(session, received.number).state == State.DRAFT

    def test_nothing_at_all_and_nonsense_are_refused(self, store: Store) -> None:
        for wrong in (
            {"body": " "},
            {"phone": "call me"},
            {"body": "a\x00"},
            {"matter": "9999"},
            {"body": "长" * 5001},
        ):
            with pytest.raises(Invalid), store.begin() as session:
                receive(session, replace(WEB, **wrong))  # type: ignore[arg-type]
        with store.begin() as session:
            assert session.execute(select(func.count()).select_from(TicketRow)).scalar_one() == 0

    def test_who_may_register(self, store: Store) -> None:
        with pytest.raises(Forbidden), store.begin() as session:
            receive(session, WEB, Actor("auditor", Role.AUDITOR))

    def test_a_new_number_finds_its_citizen(self, store: Store) -> None:
        with store.begin() as session:
            known, other = receive(session, WEB), receive(session, replace(WEB, source_key="2", phone="", body="停水"))
            assert get(session, other.number).citizen_id is None
            edited = act(session, other.number, Action.EDIT, by=AGENT, phone="138-0000-0001")
            assert edited.citizen_id == get(session, known.number).citizen_id


class TestAttachments:
    """Checksums and limits: all of them or none."""

    def test_kept_under_their_checksum_for_the_owner_alone(self, store: Store, tmp_path: Path) -> None:
        with store.begin() as session:
            number = receive(session, WEB).number
            kept = keep_attachment(session, number, [("../../灯.jpg", PNG)], tmp_path / "files", by=AGENT, at=AT)
            assert attachments_of(session, get(session, number).id) == kept
            assert history(session, number)[-1]["action"] == "attach"
        path = attachment_path(tmp_path / "files", kept[0])
        assert path.read_bytes() == PNG and kept[0].name == "灯.png"
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert [file for file in tmp_path.rglob("*") if file.is_file() and file.parent != path.parent] == [
            file for file in tmp_path.glob("hotline.db*")
        ]

    def test_one_bad_file_keeps_none(self, store: Store, tmp_path: Path) -> None:
        with store.begin() as session:
            number = receive(session, WEB).number
        with pytest.raises(Invalid), store.begin() as session:
            files = [("a.png", PNG), ("b.html", b"<html>")]
            keep_attachment(session, number, files, tmp_path / "files", by=AGENT, at=AT)
        with store.begin() as session:
            assert attachments_of(session, get(session, number).id) == []
        assert not (tmp_path / "files").exists()

    def test_limits_count_what_is_there_already(self, store: Store, tmp_path: Path) -> None:
        limits = Limits(size=1000, files=3, total=250)
        with store.begin() as session:
            number = receive(session, WEB).number
            keep_attachment(session, number, [("a", PNG)] * 2, tmp_path, by=AGENT, at=AT, limits=limits)
            for files, why in (([("a", PNG)], "合计"), ([("a", PNG)] * 2, "最多3个")):
                with pytest.raises(Invalid, match=why):
                    keep_attachment(session, number, files, tmp_path, by=AGENT, at=AT, limits=limits)

    def test_who_may_attach(self, store: Store, tmp_path: Path) -> None:
        with store.begin() as session:
            number = receive(session, WEB).number
        auditor = Actor("auditor", Role.AUDITOR)
        with pytest.raises(Forbidden), store.begin() as session:
            keep_attachment(session, number, [("a", PNG)], tmp_path, by=auditor, at=AT)


class TestInquiries:
    """What a verified caller says about a ticket is in its history, however often the ledger is built (R11)."""

    def test_urging_and_adding(self, store: Store) -> None:
        number = call(store)
        said = [Said(Action.URGE, AT + timedelta(days=1)), Said(Action.ADD, AT + timedelta(days=1), "addition-1.wav")]
        for _ in range(2):
            with store.begin() as session:
                keep(session, number, "1772500000.1", said)
        with store.begin() as session:
            ticket, events = get(session, number), history(session, number)
        assert (ticket.urges, ticket.recordings[-1]) == (1, "addition-1.wav")
        assert [event["action"] for event in events][-2:] == ["urge", "add"]
        assert events[-1]["detail"]["files"] == ["addition-1.wav"]

    def test_no_such_ticket(self, store: Store) -> None:
        with store.begin() as session:
            keep(session, "990101000001", "1772500000.1", [Said(Action.URGE, AT)])
