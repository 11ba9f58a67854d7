"""What a move must be told: each need has a name, a label and a reader that refuses what makes no sense."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tickets.errors import Invalid
from tickets.terms import CallbackBy, RequestType, Scope, Solved, Supervision, Term
from tickets.wording import clean_date, clean_phone, clean_text

Reader = Callable[[str, object], Any]
_YES = {"yes", "true", "1", "是"}
_NO = {"no", "false", "0", "否"}


@dataclass(frozen=True, slots=True)
class Need:
    """Something a move is told; `names` is the register its code must be in (unit, matter, territory, ticket)."""

    name: str
    label: str
    read: Reader
    required: bool = True
    names: str = ""


def gather(needs: Sequence[Need], given: Mapping[str, object]) -> dict[str, Any]:
    """The cleaned values of the needs that were given. Raises Invalid for a missing, unknown or senseless one."""
    unknown = set(given) - {need.name for need in needs}
    if unknown:
        raise Invalid("参数", f"不需要 {'、'.join(sorted(unknown))}")
    values: dict[str, Any] = {}
    for need in needs:
        value = given.get(need.name)
        if value is not None:
            values[need.name] = need.read(need.label, value)
        elif need.required:
            raise Invalid(need.label, f"必须填写（{need.name}）")
    return values


def words(longest: int, shortest: int = 0) -> Reader:
    """Reads a text of so many characters."""
    return lambda label, value: clean_text(label, value, longest, shortest)


def flag(label: str, value: object) -> bool:
    """Reads yes or no."""
    word = str(value).strip().lower()
    if word not in _YES | _NO:
        raise Invalid(label, "应为是或否")
    return word in _YES


def count(most: int) -> Reader:
    """Reads a whole number from 1."""

    def read(label: str, value: object) -> int:
        word = str(value).strip()
        number = int(word) if word.isascii() and word.isdigit() and len(word) < 6 else 0
        if isinstance(value, bool) or not 1 <= number <= most:
            raise Invalid(label, f"应为1至{most}的整数")
        return number

    return read


@dataclass(frozen=True, slots=True)
class Choice:
    """Reads the code or the label of one of some terms."""

    allowed: tuple[Term, ...]

    def __call__(self, label: str, value: object) -> Term:
        found = next((term for term in self.allowed if value in (term.value, term.label)), None)
        if found is None:
            raise Invalid(label, f"应为{self}")
        return found

    def __str__(self) -> str:
        return "、".join(f"{term.value}（{term.label}）" for term in self.allowed)


def choice(kind: type[Term], *, but: Sequence[Term] = ()) -> Choice:
    """Reads a term of a kind, but for some."""
    return Choice(tuple(term for term in kind if term not in but))


def codes(label: str, value: object) -> tuple[str, ...]:
    """Reads codes: a list, or one text with commas."""
    parts = value.split(",") if isinstance(value, str) else value
    if not isinstance(parts, list | tuple):
        raise Invalid(label, "应为代码列表")
    found = [clean_text(label, part, 32, 1) for part in parts]
    return tuple(dict.fromkeys(found))


def _phone(label: str, value: object) -> str:
    return clean_phone(label, clean_text(label, value, 30))


def _code_or_none(label: str, value: object) -> str | None:
    return clean_text(label, value, 32) or None


def optional(need: Need) -> Need:
    """The same need, not required."""
    return Need(need.name, need.label, need.read, False, need.names)


REASON = Need("reason", "理由", words(2_000, 2))
NOTE = optional(Need("reason", "说明", words(2_000)))
UNIT = Need("unit", "承办单位", words(32, 1), names="unit")
CO_UNITS = Need("co_units", "协办单位", codes, False, "unit")
PLAN = Need("plan", "工作方案", words(5_000), False)
LEADER = Need("leader", "确定牵头单位的领导", words(50), False)
RESULT = Need("result", "办理结果", words(5_000, 2))
ARTICLES = Need("articles", "依据的知识库条目", codes, False)
REQUEST_TYPE = Need("request_type", "诉求类型", choice(RequestType, but=(RequestType.UNSET,)), False)
EDITS = (
    REQUEST_TYPE,
    Need("subject", "标题", words(200), False),
    Need("body", "内容", words(5_000), False),
    Need("address", "地址", words(200), False),
    Need("matter", "事项", _code_or_none, False, "matter"),
    Need("territory", "属地", _code_or_none, False, "territory"),
    Need("citizen_name", "姓名", words(50), False),
    Need("phone", "联系电话", _phone, False),
    Need("confidential", "保密", flag, False),
    Need("complained_unit", "被投诉单位", _code_or_none, False, "unit"),
)
SCOPE = Need("scope", "不予受理情形", choice(Scope, but=(Scope.IN,)))
ORGAN = Need("organ", "应去的机关", words(100), False)
SITE = Need("site_check", "需现场核查", flag, False)
UPHELD = Need("upheld", "同意退回", flag)
DAYS = Need("days", "工作日数", count(365))
GRANTED = Need("granted", "同意延期", flag)
UNTIL = Need("until", "法定期限", clean_date)
BASIS = Need("basis", "法律依据", words(300, 2))
BEYOND_LAW = Need("beyond_law", "超出法律政策规定并已解释", flag, False)
PASSED = Need("passed", "复核通过", flag)
FALSE_REPLY = Need("false_reply", "虚假回复", flag, False)
CALLED_BY = Need("by_means", "回访方式", choice(CallbackBy, but=(CallbackBy.NONE,)))
ANSWERS = (
    Need("contacted", "已联系", flag, False),
    Need("solved", "解决程度", choice(Solved), False),
    Need("truthful", "属实", flag, False),
    Need("satisfied", "满意度", count(5), False),
)
INTO = Need("into", "并入的工单", words(12, 12), names="ticket")
LEVEL = Need("level", "督办级别", choice(Supervision, but=(Supervision.NONE,)), False)
