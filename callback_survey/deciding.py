"""What becomes of a callback after a call, from how the call ended and what was answered. Pure (R36-R38)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from callback_survey import when
from callback_survey.when import Policy
from callqueue.disposition import Disposition
from tickets.terms import Term

D = Disposition
# Ends that are no doing of the citizen: the network, the trunk, or a part of ours that was killed.
OURS = frozenset({D.FAILED, D.INTERRUPTED})
_FAULTS = 5  # of ours in a row; more are counted like calls, for somebody's telephone may be the cause
_LONGEST_PAUSE = timedelta(minutes=1)
_BUSY = frozenset({D.BUSY})


class Stage(Term):
    """Where a callback stands."""

    DUE = "due", "待拨打"
    CALLING = "calling", "正在回访"
    ENDED = "ended", "待处理结果"
    SMS = "sms", "已发短信"
    PEOPLE = "people", "待人工回访"
    DONE = "done", "已完成"
    NEVER = "never", "不再回访"
    CANCELLED = "cancelled", "已取消"


class Why(Term):
    """Why a callback is with a person."""

    UNHAPPY = "unhappy", "不满意或重点督办"
    """The citizen is not satisfied, or the ticket is under supervision (R37)."""
    UNREACHED = "unreached", "多次未联系上"
    """All attempts, and the short message where one could be sent, were in vain."""
    WRONG_PERSON = "wrong-person", "号码不是本人"
    """The number is not the citizen's."""
    PARTIAL = "partial", "中途挂断"
    """The citizen began to answer and did not go on."""
    UNHEARD = "unheard", "未能听清回答"
    """The citizen stayed, could not be understood, and was told that a person will call."""
    AGENT = "agent", "要求人工"
    """The citizen asked for an agent in the callback."""
    REFUSED = "do-not-call", "不愿再接回访"
    """The citizen has asked, about another ticket, not to be called any more: the office files it."""
    NUMBER = "number", "没有可拨打的号码"
    """There is no number that can be called."""
    TICKET = "ticket", "工单不能登记结果"
    """The ticket does not take the result; the reason stands in its place."""


@dataclass(frozen=True, slots=True)
class Ended:
    """A call that is over: how, what was answered, whether the fallback took it, when it was over.

    `tried` are the beginnings of the calls counted so far, this one included when it counts; `faults` how many ends of
    ours there were in a row, this one included.
    """

    outcome: str
    answers: Mapping[str, str]
    fell: bool
    at: datetime
    tried: Sequence[datetime]
    faults: int = 0


@dataclass(frozen=True, slots=True)
class Step:
    """What follows: the stage, when it is due, and for a person why."""

    stage: Stage
    due_at: datetime | None = None
    why: str = ""


def complete(answers: Mapping[str, str]) -> bool:
    """Whether the citizen, and nobody else, answered to the end: an answer counts only after identity and consent."""
    return answers.get("identity") == "yes" and answers.get("consent") == "now" and bool(answers.get("satisfied"))


def counts(outcome: str, fell: bool, faults: int) -> bool:
    """Whether the call counts among the citizen's attempts."""
    return (outcome not in OURS and not fell) or faults > _FAULTS


def after(ended: Ended, policy: Policy, mobile: bool) -> Step:
    """What follows the call; DONE when all was answered. `mobile`: a short message can be sent to the number."""
    answers = ended.answers
    if complete(answers):
        return Step(Stage.DONE)
    if answers.get("consent") == "never":
        return Step(Stage.NEVER)
    if answers.get("identity") == "no" or ended.outcome == D.WRONG_PERSON:
        return Step(Stage.PEOPLE, why=Why.WRONG_PERSON)
    if ended.outcome == D.ANSWERED:
        return Step(Stage.PEOPLE, why=Why.AGENT)
    if ended.outcome == D.SURVEY_UNHEARD:
        return Step(Stage.PEOPLE, why=Why.UNHEARD)
    if not counts(ended.outcome, ended.fell, ended.faults):
        return Step(Stage.DUE, when.earliest(policy, ended.at + _pause(ended.faults)))
    if answers.get("consent") == "later" and len(ended.tried) < policy.attempts:
        return Step(Stage.DUE, when.later(policy, ended.at, answers.get("when", "")))
    # Who has begun to answer, and did not go on, is not asked by a machine's call once more.
    if answers.get("identity") == "yes" and answers.get("consent") == "now":
        return Step(Stage.SMS) if mobile else Step(Stage.PEOPLE, why=Why.PARTIAL)
    again = when.next_attempt(policy, ended.tried, ended.at, ended.outcome in _BUSY)
    if again:
        return Step(Stage.DUE, again)
    return Step(Stage.SMS) if mobile else Step(Stage.PEOPLE, why=Why.UNREACHED)


def _pause(faults: int) -> timedelta:
    return min(timedelta(seconds=10 * 2 ** max(faults - 1, 0)), _LONGEST_PAUSE)
