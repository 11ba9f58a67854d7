"""The one-time link to the same questions on the web (R36): who could not be reached is asked by a short message."""

from __future__ import annotations

import hashlib
import logging
import re
import secrets
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from callback_survey import schedule
from callback_survey.deciding import Stage, Step
from callback_survey.errors import SurveyError
from callback_survey.questionnaire import CALLBACK, Questionnaire
from callback_survey.schedule_tables import CallbackRow
from callback_survey.settling import conclude
from callback_survey.tables import AnswerRow
from callback_survey.versions import by_version
from callqueue.sql import upsert
from channels.errors import ChannelError
from channels.sms import Send
from tickets import records
from tickets.deadlines import Rules
from tickets.terms import CallbackBy
from tickets.ticket import Ticket
from tickets.wording import printable

log = logging.getLogger(__name__)
VALID = timedelta(days=3)
REASON_MOST = 500  # characters
_MOBILE = re.compile(r"0?(1[3-9][0-9]{9})")
_TEXT = "【武定县12345】您{day}反映的事项已办结，请于{until}前点击评价办理结果：{link} 。不收费，不询问银行卡或验证码。"


def mobile(phone: str) -> bool:
    """Whether a short message can be sent to the number."""
    return bool(_MOBILE.fullmatch(phone))


def inviter(send: Send, base: str) -> Callable[[Session, CallbackRow, datetime], datetime | None]:
    """The function that sends the link and returns when it ends, None when the message was not taken.

    The secret is in the message alone; the database has its SHA-256, which is enough for 256 random bits. Should the
    transaction fail after the message was sent, its link is not known, and another message follows.
    """

    def invite(session: Session, row: CallbackRow, at: datetime) -> datetime | None:
        secret = secrets.token_urlsafe(32)
        until = at + VALID
        day = records.load(session, row.ticket).created_at
        link = f"{base.rstrip('/')}/survey/{secret}"
        try:
            send(row.phone, _TEXT.format(day=f"{day:%-m月%-d日}", until=f"{until:%-m月%-d日}", link=link))
        except ChannelError as error:
            log.warning("no message about ticket %s: %s", row.ticket, error)
            return None
        row.token = _hash(secret)
        return until

    return invite


def opened(session: Session, secret: str, at: datetime) -> tuple[CallbackRow, Ticket, Questionnaire]:
    """What the link asks about. Raises SurveyError for a link that is unknown, over or used."""
    query = select(CallbackRow).where(CallbackRow.token == _hash(secret), CallbackRow.stage == Stage.SMS.value)
    row = session.scalar(query.with_for_update())
    if row is None or row.due_at <= at:
        raise SurveyError("链接无效、已过期或已经使用")
    return row, records.load(session, row.ticket), by_version(session, CALLBACK)


def asked(questionnaire: Questionnaire) -> list[str]:
    """The names of the questions about the ticket: who has the link has said who they are, and that it suits."""
    return [one.name for one in questionnaire.questions if one.choices and not one.once and not one.aside][1:]


def reason(questionnaire: Questionnaire) -> str:
    """The name of the question why somebody is not satisfied, "" when there is none; here its answer is written."""
    return next((one.name for one in questionnaire.questions if one.record and one.unhappy), "")


def answer(session: Session, secret: str, given: Mapping[str, str], rules: Rules, at: datetime) -> Step:
    """Keeps the answers, uses the link up, and settles the ticket. Raises SurveyError, with what is missing."""
    row, _, questionnaire = opened(session, secret, at)
    chosen = {}
    for name in asked(questionnaire):
        values = {choice.value for choice in questionnaire.question(name).choices}
        if given.get(name) not in values:
            raise SurveyError("请回答每一个问题")
        chosen[name] = given[name]
    row.token = ""
    visit = f"web-{row.ticket}-{row.round}"
    base = {
        "call_id": visit, "attempt": visit, "ticket": row.ticket, "by": CallbackBy.WEB.value, "confidence": None,
        "questionnaire": questionnaire.name, "version": questionnaire.version, "heard": "", "file": "", "start": None,
        "at": at,
    }  # fmt: skip
    rows = [{**base, "question": name, "value": value} for name, value in chosen.items()]
    name = reason(questionnaire)
    why = printable(given.get(name, "")).strip()[:REASON_MOST]
    if name and why:
        rows.append({**base, "question": name, "value": "", "heard": why})
    upsert(session, AnswerRow, rows)
    step = conclude(session, row.ticket, chosen, CallbackBy.WEB, rules, at)
    schedule.go_on(session, row, step, at)
    return step


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


