"""How calls ended and why tasks were closed, in the words that people read."""

from __future__ import annotations

from collections.abc import Mapping

from callback_survey.attempts import NOT_DIALLED
from callback_survey.labels import ANSWERS
from callqueue.disposition import Disposition as D
from callqueue.missed import Reason

_WORDS: Mapping[str, str] = {
    D.OPEN: "进行中", D.INTERRUPTED: "被中断", D.EMERGENCY: "紧急台接听", D.ANSWERED: "与坐席通话", D.BUSY: "占线",
    D.NO_ANSWER: "无人接听", D.UNREACHABLE: "关机或空号", D.FAILED: "未能接通", D.MACHINE: "语音信箱或提示音",
    D.SURVEYED: "完成回访", D.SURVEY_PARTIAL: "中途结束", D.SURVEY_UNHEARD: "未能听清",
    D.SURVEY_REFUSED: "不愿回答", D.WRONG_PERSON: "不是本人",
    NOT_DIALLED: "未拨出", "not-placed": "坐席话机未接",
}  # fmt: skip
_REASONS: Mapping[str, str] = {
    Reason.ANSWERED: "已回拨并通话", Reason.CALLED_AGAIN: "群众已再次来电并接通", Reason.UNREACHABLE: "多次回拨未接通",
    Reason.EXPIRED: "超过时限",
}  # fmt: skip


def level(value: int) -> str:
    """The words of a level of satisfaction (好差评), 1 to 5."""
    return ANSWERS.get(("satisfied", str(value)), str(value))


def told(code: str) -> str:
    """The Chinese words of how a call ended."""
    return _WORDS.get(code, code)


def because(reason: str) -> str:
    """The Chinese words of why a task was closed; what a person wrote stays as it is."""
    return _REASONS.get(reason, reason)
