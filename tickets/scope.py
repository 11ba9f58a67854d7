"""What the hotline takes and what it does not (R5-R9), and where the citizen is told to go."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from tickets.deadlines import DEFAULT, Rules
from tickets.terms import Scope

WHERE: Mapping[Scope, str] = MappingProxyType(
    {
        Scope.N1: "请立即拨打{emergency}。",
        Scope.N2: "此事应通过诉讼、仲裁、行政复议、信访复查复核等法定途径解决，请向人民法院、仲裁机构、"
        "行政复议机关或信访复查复核机构提出。",
        Scope.N3: "此事不属12345受理范围，请向相应的党群、人大、政协、监察、法院、检察院、军队或武警机关反映。",
        Scope.N4: "涉及国家秘密、商业秘密或个人隐私的事项，请勿通过热线反映，请向保密行政管理部门或公安机关当面反映。",
    }
)

# Words that make a person look again; they decide nothing by themselves.
_SIGNS: tuple[tuple[Scope, re.Pattern[str]], ...] = (
    (
        Scope.N1,
        re.compile(
            "着火|起火|失火|火灾(?!隐患|风险)|山火|烧山|救火|浓烟|爆炸(?!物)|救命|救护车|生命危险|杀人|行凶|抢劫|绑架|持刀"
            "|砍人|捅人|捅伤|打死|正在打|家暴|拐走|被拐|走失|失踪|自杀|轻生|割腕|服毒|喝农药|跳楼|跳河|跳桥|落水|溺水|触电"
            "|晕倒|昏迷|昏倒|心脏病|心梗|脑梗|大出血|流血|中毒|车祸|撞车|撞人|撞伤|[煤燃]气.{0,2}[泄漏]|漏气|被困|被埋|埋人|埋住"
            "|塌方|垮塌|泥石流|决堤"
        ),
    ),
    (Scope.N4, re.compile("国家秘密|国家机密|绝密|商业秘密|军事机密")),
    (
        Scope.N2,
        re.compile(
            "已起诉|已经起诉|诉讼中|正在诉讼|开庭|申请仲裁|仲裁中|行政复议|信访复查|信访复核|离婚|遗产|债务纠纷"
        ),
    ),
    (Scope.N3, re.compile("人大代表选举|政协提案|监察委|纪委|检察院|法院判决|法官|武警|部队|军队")),
)


def hint(words: str) -> Scope:
    """The first refusal a text seems to call for, or IN; a person decides (a word is not a case)."""
    return next((scope for scope, signs in _SIGNS if signs.search(words)), Scope.IN)


def where_to_go(scope: Scope, organ: str = "", rules: Rules = DEFAULT) -> str:
    """What a refused citizen is told; `organ` names the body for N2 and N3 when the clerk knows it."""
    if organ and scope in (Scope.N2, Scope.N3):
        return f"此事不属12345受理范围，请向{organ}反映。"
    return WHERE.get(scope, "").format(emergency=rules.emergency)


def ways(rules: Rules = DEFAULT) -> list[tuple[str, str]]:
    """What is not taken, in words, and where to go with it."""
    return [(scope.label, where_to_go(scope, rules=rules)) for scope in WHERE]
