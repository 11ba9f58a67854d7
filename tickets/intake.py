"""The one intake for every channel (R3, R11): a submission becomes one draft, however often it is delivered."""

from __future__ import annotations

import hashlib
import unicodedata
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from store.base import LOCAL, now
from tickets.access import SYSTEM, Action, Actor, may
from tickets.acting import check_codes
from tickets.citizens import citizen_of
from tickets.deadlines import DEFAULT, Rules
from tickets.errors import Forbidden, Invalid
from tickets.needs import EDITS
from tickets.numbers import next_number
from tickets.records import TICKETS, Event, create, events_of, load, save
from tickets.scope import hint, where_to_go
from tickets.terms import Channel, RequestType, Scope, State
from tickets.ticket import Ticket
from tickets.wording import clean_phone, clean_text, phone_digits

DUPLICATE_DAYS = 7


@dataclass(frozen=True, slots=True)
class Submission:
    """What came in by a channel. `source_key` is the channel's own id of it (message id, call id), "" when none.

    `sender` is where it came from when that is no telephone number: the same words from there are the same ticket.
    """

    channel: Channel
    at: datetime
    source_key: str = ""
    phone: str = ""
    sender: str = ""
    citizen_name: str = ""
    request_type: RequestType = RequestType.UNSET
    subject: str = ""
    body: str = ""
    address: str = ""
    matter: str | None = None
    territory: str | None = None
    confidential: bool = False
    complained_unit: str | None = None
    line: str = "12345"
    queue: str = ""
    agent: str = ""
    call_id: str = ""
    call_kind: str = ""
    recordings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Received:
    """What became of a submission: its ticket; whether it was there already; `similar` open tickets of the citizen.

    `hint` is the refusal (N1-N4) its words seem to call for and `where` what the citizen may be told at once.
    """

    number: str
    repeated: bool = False
    similar: tuple[str, ...] = ()
    hint: Scope = Scope.IN
    where: str = ""


def receive(session: Session, submission: Submission, by: Actor = SYSTEM, rules: Rules = DEFAULT) -> Received:
    """What became of the submission (R3); the same one again gives the same ticket. Raises Invalid, Forbidden."""
    if not may(by.role, Action.CREATE):
        raise Forbidden(f"{by.role.label}不能登记工单")
    key = f"{submission.channel.value}:{submission.source_key}" if submission.source_key else None
    known = _by_key(session, key) if key else None
    if known:
        return Received(known, repeated=True)
    ticket = _draft(session, submission, key)
    check_codes(session, EDITS, {need.name: getattr(ticket, need.name) for need in EDITS})
    twin = _twin(session, ticket)
    if twin:
        _note_twin(session, twin, ticket, by)
        return Received(twin, repeated=True)
    return _file(session, ticket, by, rules)


def draft_from_call(
    session: Session,
    *,
    call_id: str,
    caller: str,
    line: str,
    queue: str,
    agent: str,
    started_at: datetime,
    kind: str,
    recordings: list[str],
) -> str:
    """The number of the draft of a visit by phone; `kind` is answered or voicemail. Idempotent by `call_id`.

    A recording that was not known the first time is added. `caller` may be hidden or not a number.
    """
    visit = Submission(
        Channel.PHONE,
        started_at,
        source_key=call_id,
        phone=phone_digits(caller),
        subject="语音留言" if kind == "voicemail" else "",
        line=line[:20],
        queue=queue[:40],
        agent=agent[:40],
        call_id=call_id[:80],
        call_kind=kind,
        recordings=tuple(recordings),
    )
    received = receive(session, visit)
    if received.repeated:
        _add_recordings(session, received.number, recordings, started_at)
    return received.number


def filed_with(session: Session, call_id: str) -> str:
    """The number of the ticket that was filed with a call, "" for none."""
    return _by_key(session, f"{Channel.PHONE.value}:{call_id}") or ""


def called_about(
    session: Session,
    number: str,
    *,
    call_id: str,
    agent: str,
    dialled: str,
    talk_s: float,
    ended_at: datetime,
    recordings: list[str],
) -> str:
    """The number of the ticket with an agent's call about it in its history, once; "" when there is no such ticket."""
    if session.scalar(select(TICKETS.c.number).where(TICKETS.c.number == number)) is None:
        return ""
    old = load(session, number)
    if any(event["detail"].get("call_id") == call_id for event in events_of(session, old.id)):
        return number
    whom = "群众" if phone_digits(dialled).lstrip("0") == old.phone.lstrip("0") else "其他号码"
    reason = f"坐席 {agent} 去电{whom}，" + (f"通话 {talk_s:.0f} 秒" if talk_s > 0 else "未通话")
    detail = {"call_id": call_id, "phone": dialled, "files": recordings}
    event = Event(Action.ADD, SYSTEM, max(ended_at, old.created_at), reason, old.state, old.state, detail)
    fresh = tuple(file for file in recordings if file not in old.recordings)
    save(session, old, replace(old, recordings=old.recordings + fresh), [event])
    return number


def _draft(session: Session, given: Submission, key: str | None) -> Ticket:
    at = given.at.astimezone(LOCAL)
    phone = clean_phone("联系电话", given.phone)
    name = clean_text("姓名", given.citizen_name, 50)
    subject, body = clean_text("标题", given.subject, 200), clean_text("内容", given.body, 5_000)
    if given.channel != Channel.PHONE and not (subject or body):
        raise Invalid("内容", "不能为空")
    return Ticket(
        number="",
        state=State.DRAFT,
        channel=given.channel,
        created_at=at,
        source_key=key,
        fingerprint=_fingerprint(phone or given.sender, subject + body),
        line=clean_text("线路", given.line, 20),
        queue=clean_text("队列", given.queue, 40),
        agent=clean_text("话务员", given.agent, 40),
        call_id=clean_text("通话编号", given.call_id, 80),
        call_kind=given.call_kind,
        recordings=given.recordings,
        request_type=given.request_type,
        subject=subject,
        body=body,
        address=clean_text("地址", given.address, 200),
        matter=given.matter or None,
        territory=given.territory or None,
        citizen_id=citizen_of(session, phone, name, at),
        citizen_name=name,
        phone=phone,
        confidential=given.confidential,
        complained_unit=given.complained_unit or None,
        scope_hint=hint(f"{subject}\n{body}"),
    )


def _file(session: Session, draft: Ticket, by: Actor, rules: Rules) -> Received:
    ticket = replace(draft, number=next_number(session, draft.created_at.date()))
    detail = {"channel": ticket.channel.value, "line": ticket.line, "call_id": ticket.call_id}
    event = Event(Action.CREATE, by, ticket.created_at, "登记", None, State.DRAFT, detail)
    if create(session, ticket, event) is None:  # another process was just filing the same submission
        return Received(_by_key(session, ticket.source_key or "") or "", repeated=True)
    similar = similar_to(session, ticket, rules)
    return Received(ticket.number, False, similar, ticket.scope_hint, where_to_go(ticket.scope_hint, rules=rules))


def similar_to(session: Session, ticket: Ticket, rules: Rules = DEFAULT, most: int = 20) -> tuple[str, ...]:
    """The numbers of the citizen's other recent tickets, newest first: of the matter, when it is known."""
    if ticket.citizen_id is None:
        return ()
    query = select(TICKETS.c.number).where(
        TICKETS.c.citizen_id == ticket.citizen_id,
        TICKETS.c.created_at > ticket.created_at - timedelta(days=rules.repeat_days),
        TICKETS.c.number != ticket.number,
        TICKETS.c.state.not_in((State.MERGED, State.REFUSED)),
    )
    if ticket.matter:
        query = query.where(TICKETS.c.matter == ticket.matter)
    return tuple(session.execute(query.order_by(TICKETS.c.created_at.desc()).limit(most)).scalars())


def _fingerprint(sender: str, words: str) -> str:
    letters = "".join(c for c in unicodedata.normalize("NFKC", words).lower() if c.isalnum())
    return hashlib.sha256(f"{sender}\n{letters}".encode()).hexdigest() if sender and letters else ""


def _by_key(session: Session, key: str) -> str | None:
    return session.execute(select(TICKETS.c.number).where(TICKETS.c.source_key == key)).scalar_one_or_none()


def _twin(session: Session, ticket: Ticket) -> str | None:
    """An open ticket of the same words from the same number in the last days: sent twice, or by two channels."""
    if not ticket.fingerprint or ticket.channel == Channel.PHONE:
        return None
    query = select(TICKETS.c.number).where(
        TICKETS.c.fingerprint == ticket.fingerprint,
        TICKETS.c.created_at > ticket.created_at - timedelta(days=DUPLICATE_DAYS),
        TICKETS.c.closed_at.is_(None),
    )
    return session.execute(query.order_by(TICKETS.c.id).limit(1)).scalar_one_or_none()


def _note_twin(session: Session, number: str, twin: Ticket, by: Actor) -> None:
    old = load(session, number)
    detail = {"channel": twin.channel.value, "source_key": twin.source_key}
    save(session, old, old, [Event(Action.ADD, by, twin.created_at, "重复来件", old.state, old.state, detail)])


def note_rating(session: Session, number: str, rating: int) -> None:
    """Writes how the citizen rated the call (1 to 5). No step of the ticket: an agent's open page stays current."""
    session.execute(update(TICKETS).where(TICKETS.c.number == number).values(rating=rating))


def _add_recordings(session: Session, number: str, recordings: list[str], at: datetime) -> None:
    old = load(session, number)
    fresh = tuple(file for file in recordings if file not in old.recordings)
    if fresh:
        event = Event(Action.ADD, SYSTEM, max(at, now()), "补充录音", old.state, old.state, {"files": fresh})
        save(session, old, replace(old, recordings=old.recordings + fresh), [event])
