"""The one way in for messages (R3): onto the ticket they mean, or a new one; once, whatever is delivered twice."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, cast

from sqlalchemy import Table, func, select, update
from sqlalchemy.orm import Session

from channels import outbox, wording
from channels.tables import MessageRow
from channels.terms import Fate
from store.base import LOCAL, now
from tickets.access import SYSTEM, Action, Actor, Role
from tickets.attachments import Limits, check_attachment, keep_attachment
from tickets.deadlines import DEFAULT, Rules
from tickets.errors import Impossible, Invalid, NotFound
from tickets.intake import Submission, receive
from tickets.numbers import insert_for
from tickets.progress import progress_for_phone
from tickets.queries import NUMBER_LENGTH
from tickets.records import load
from tickets.service import act
from tickets.terms import Channel, RequestType
from tickets.ticket import Ticket
from tickets.wording import phone_digits

MESSAGES = cast(Table, MessageRow.__table__)
CITIZEN = Actor("citizen", Role.CITIZEN)
MOST_TEXT = 5_000
# The channels whose citizens are answered by a message; an app shows what REST answers.
ANSWERED = (Channel.SMS, Channel.EMAIL)
_NUMBER = re.compile(rf"(?<![0-9]){'[0-9]' * NUMBER_LENGTH}(?![0-9])")
_URGE, _ASK = re.compile("催办?"), re.compile("进度|查询|查|到哪")
_SHORT = 8  # characters beside the number in a message that is an order, not a story


@dataclass(frozen=True, slots=True)
class Message:
    """What came. `key` is the channel's own id of it, `peer` where it came from: digits, or an address in lower case.

    `refers` are ids of messages it answers. `files` are (name, bytes) as sent; `lost` says what could not be taken.
    """

    channel: Channel
    key: str
    peer: str
    at: datetime
    text: str
    subject: str = ""
    name: str = ""
    phone: str = ""
    request_type: RequestType = RequestType.UNSET
    address: str = ""
    confidential: bool = False
    refers: tuple[str, ...] = ()
    files: tuple[tuple[str, bytes], ...] = ()
    lost: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of it; `reply` is what the citizen is told, `repeated` whether it had been taken before."""

    fate: Fate
    number: str | None
    reply: str = ""
    repeated: bool = False
    why: str = ""


def take(
    session: Session, message: Message, folder: Path, *, by: Actor = SYSTEM, rules: Rules = DEFAULT,
    limits: Limits | None = None,
) -> Taken:
    """What became of the message, its files kept in `folder`, its answer put into the outbox. Raises Invalid.

    The caller commits, and only then tells the channel that the message was taken: what is delivered again is known.
    """
    own = _written_down(session, message)
    if own is None:
        return _before(session, message)
    found = _onto(session, message, rules) or _filed(session, message, by, rules)
    if found.number:
        lost = _files(session, found.number, message, folder, limits)
        found = replace(found, reply=found.reply + wording.lost(lost))
    changed = {"fate": found.fate, "number": found.number, "why": found.why[:200]}
    session.execute(update(MESSAGES).where(MESSAGES.c.id == own).values(**changed))
    if found.reply:
        put = outbox.answer if message.channel in ANSWERED else outbox.shown
        put(session, own, message.channel, message.peer, found.number, found.reply, message.subject)
    return Taken(found.fate, found.number, found.reply, why=found.why)


def set_aside(session: Session, message: Message, fate: Fate, why: str) -> Taken:
    """A message that is not taken, on record all the same."""
    own = _written_down(session, message)
    if own is None:
        return _before(session, message)
    session.execute(update(MESSAGES).where(MESSAGES.c.id == own).values(fate=fate, why=why[:200]))
    return Taken(fate, None, why=why)


def _written_down(session: Session, message: Message) -> int | None:
    """The id of the message's row, None when it was there already."""
    if not message.key:
        raise Invalid("id", "每条消息要有编号")
    values: dict[str, Any] = {
        "key": _key(message), "channel": message.channel, "fate": Fate.REFUSED, "peer": message.peer[:200],
        "subject": message.subject[:200], "text": message.text[:MOST_TEXT], "at": message.at.astimezone(LOCAL),
        "why": "", "tries": 0,
    }  # fmt: skip
    statement = insert_for(session, MESSAGES).values(values).on_conflict_do_nothing(index_elements=["key"])
    own: int | None = session.execute(statement.returning(MESSAGES.c.id)).scalar_one_or_none()
    return own


def _key(message: Message) -> str:
    return f"{message.channel.value}:{message.key}"[:200]


def _before(session: Session, message: Message) -> Taken:
    row = session.execute(select(MESSAGES).where(MESSAGES.c.key == _key(message))).one()
    told = select(MESSAGES.c.text).where(MESSAGES.c.answers == row.id).limit(1)
    return Taken(row.fate, row.number, session.execute(told).scalar_one_or_none() or "", True, row.why)


def _filed(session: Session, message: Message, by: Actor, rules: Rules) -> Taken:
    subject = message.subject or message.text.strip().split("\n")[0]
    submission = Submission(
        message.channel, message.at, source_key=message.key[:180], phone=message.phone, sender=message.peer,
        citizen_name=message.name, request_type=message.request_type, subject=subject[:60],
        body=message.text[:MOST_TEXT], address=message.address,
        confidential=message.confidential,
    )
    received = receive(session, submission, by, rules)
    fate = Fate.ADDED if received.repeated else Fate.FILED
    return Taken(fate, received.number, wording.receipt(received, message.phone))


def _onto(session: Session, message: Message, rules: Rules) -> Taken | None:
    """What the message did to the ticket it means: named by its number, or answered to; None when it means none."""
    ticket = _meant(session, message)
    rest = _NUMBER.sub("", message.text).strip()
    short = len(rest) <= _SHORT and not message.files
    if ticket is None:
        order = short and _NUMBER.search(message.text) and (_ASK.search(rest) or _URGE.search(rest))
        return Taken(Fate.REFUSED, None, wording.not_theirs(), why="查询或催办的不是本号码的工单") if order else None
    if short and _ASK.search(rest):
        return _told(session, ticket)
    if not rest and not message.files:
        return _told(session, ticket)
    # Anybody can write any sender into a mail; who answers ours has read it.
    sure = message.channel is not Channel.EMAIL or _answers(session, ticket, message)
    label = message.channel.label + ("" if sure else "（发件人未经核验）")
    try:
        if short and _URGE.search(rest):
            act(session, ticket.number, Action.URGE, by=CITIZEN, at=now(), rules=rules, reason=label)
            return Taken(Fate.ADDED, ticket.number, wording.urged(ticket.number))
        said = f"{label}：{message.text.strip()}"[:2_000]
        act(session, ticket.number, Action.ADD, by=CITIZEN, at=now(), rules=rules, reason=said)
    except Impossible:  # merged or refused: what is new about it is a matter of its own
        return None
    return Taken(Fate.ADDED, ticket.number, wording.added(ticket.number))


def _told(session: Session, ticket: Ticket) -> Taken:
    found = progress_for_phone(session, ticket.number, ticket.phone[-4:]) if ticket.phone else None
    return Taken(Fate.TOLD, ticket.number, wording.progress(ticket.number, ticket.state, found))


def _meant(session: Session, message: Message) -> Ticket | None:
    """The ticket that the sender may add to: one of their own number, or one they wrote about before."""
    named = list(dict.fromkeys(_NUMBER.findall(f"{message.subject}\n{message.text}")))[:3]
    if message.refers:
        query = select(MESSAGES.c.number).where(
            MESSAGES.c.key.in_(message.refers), MESSAGES.c.peer == message.peer, MESSAGES.c.number.is_not(None)
        )
        named += [number for number in session.execute(query).scalars() if number not in named]
    for number in named:
        try:
            ticket = load(session, number)
        except NotFound:
            continue
        if _theirs(session, ticket, message):
            return ticket
    return None


def _answers(session: Session, ticket: Ticket, message: Message) -> bool:
    """Whether it answers a message of ours about the ticket to the same address."""
    ours = select(MESSAGES.c.id).where(
        MESSAGES.c.key.in_(message.refers), MESSAGES.c.peer == message.peer, MESSAGES.c.number == ticket.number
    )
    return session.execute(ours.limit(1)).scalar_one_or_none() is not None


def _theirs(session: Session, ticket: Ticket, message: Message) -> bool:
    if message.channel is not Channel.EMAIL and ticket.phone and ticket.phone == phone_digits(message.peer):
        return True
    mine = select(func.count()).where(MESSAGES.c.number == ticket.number, MESSAGES.c.peer == message.peer)
    count: int = session.execute(mine).scalar_one()
    return count > 0


def _files(
    session: Session, number: str, message: Message, folder: Path, limits: Limits | None
) -> list[str]:
    """What could not be kept, and why; it is said on the ticket, too."""
    good, lost = _sorted(message.files, limits), list(message.lost)
    lost += [f"{name[:60]}（{why}）" for name, _data, why in good if why]
    kept = [(name, data) for name, data, why in good if not why]
    if kept:
        try:
            keep_attachment(session, number, kept, folder, by=CITIZEN, at=now(), limits=limits)
        except Invalid as error:
            lost.append(str(error))
    if lost:
        act(session, number, Action.ADD, by=SYSTEM, at=now(), reason=f"未能收下的附件：{'；'.join(lost)}"[:2_000])
    return lost


def _sorted(files: Sequence[tuple[str, bytes]], limits: Limits | None) -> list[tuple[str, bytes, str]]:
    found: list[tuple[str, bytes, str]] = []
    for name, data in files:
        try:
            check_attachment(name, data, limits)
            found.append((name, data, ""))
        except Invalid as error:
            found.append((name, data, str(error)))
    return found
