"""The life of a ticket, move by move (R12, R17-R41)."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import date

import pytest

from tests.unit.tickets_support import (
    AGENT,
    FRIDAY,
    OFFICE,
    SUPERVISOR,
    TOWN,
    WATER,
    accepted,
    called_back,
    contacted,
    days,
    dispatched,
    do,
    draft,
    resolved,
)
from tickets.access import ALLOWED, Action, Actor, Role, may
from tickets.errors import Forbidden, Impossible, Invalid, TicketError
from tickets.scope import hint, where_to_go
from tickets.terms import CallbackBy, Part, RequestType, Scope, State, Supervision
from tickets.ticket import Ticket, UnitPart
from tickets.transitions import TABLE, possible, transition


def can(ticket: Ticket) -> set[Action]:
    return {row.action for row in possible(ticket)}



WHY = "该路段由狮山镇负责，不属我单位职责"


def test_the_whole_loop_r12() -> None:
    """R12: intake, dispatch, handling, review, callback, evaluation; each step stamped."""
    ticket = do(called_back(), Action.CLOSE, OFFICE)
    assert ticket.state == State.CLOSED
    stamps = ("accepted", "dispatched", "signed", "contacted", "resolved", "reviewed", "called_back", "closed")
    assert all(getattr(ticket, f"{name}_at") == FRIDAY for name in stamps)


def test_dispatch_starts_the_clocks_the_day_after_r22_to_r27() -> None:
    ticket = dispatched()
    assert (ticket.due_contact, ticket.due_return) == (date(2026, 2, 24), date(2026, 2, 14))
    assert (ticket.due_return_site, ticket.due_resolve) == (date(2026, 2, 25), date(2026, 3, 12))
    assert dispatched(request_type=RequestType.CONSULT).due_resolve == date(2026, 2, 27)


def test_accepting_needs_a_type_and_a_subject_r4() -> None:
    bare = draft(request_type=RequestType.UNSET, subject="")
    with pytest.raises(Invalid, match="诉求类型"):
        do(bare, Action.ACCEPT, AGENT)
    with pytest.raises(Invalid, match="标题"):
        do(bare, Action.ACCEPT, AGENT, request_type="help")
    ticket = do(bare, Action.ACCEPT, AGENT, request_type="投诉", subject="路灯不亮")
    assert (ticket.state, ticket.request_type) == (State.ACCEPTED, RequestType.COMPLAINT)


@pytest.mark.parametrize("scope", [Scope.N1, Scope.N2, Scope.N3, Scope.N4])
def test_refusal_tells_the_citizen_where_to_go_r6_to_r9(scope: Scope) -> None:
    ticket = do(draft(), Action.REFUSE, AGENT, scope=scope.value)
    assert ticket.state == State.REFUSED and ticket.closed_at == FRIDAY
    assert ticket.referral == where_to_go(scope) != ""


def test_refusal_of_danger_names_the_emergency_numbers_r6() -> None:
    referral = do(draft(), Action.REFUSE, AGENT, scope="N1").referral
    assert all(number in referral for number in ("110", "119", "120", "122"))
    assert "县人民法院" in do(draft(), Action.REFUSE, AGENT, scope="N3", organ="县人民法院").referral


@pytest.mark.parametrize(
    ("words", "scope"),
    [
        ("家里着火了", Scope.N1),
        ("有人在烧山，快来救火", Scope.N1),
        ("河里有人溺水", Scope.N1),
        ("老人昏迷不醒", Scope.N1),
        ("邻居家燃气漏气", Scope.N1),
        ("有人喝农药想自杀", Scope.N1),
        ("楼道里堆杂物有火灾隐患", Scope.IN),
        ("消防通道被车占用", Scope.IN),
        ("合同纠纷已起诉，正在诉讼", Scope.N2),
        ("检察院不立案", Scope.N3),
        ("泄露国家秘密", Scope.N4),
        ("小区停水三天", Scope.IN),
    ],
)
def test_words_hint_at_a_refusal_that_a_person_decides_r5_to_r9(words: str, scope: Scope) -> None:
    assert hint(words) == scope


def test_the_agent_answers_a_consultation_directly() -> None:
    ticket = do(draft(request_type=RequestType.CONSULT), Action.ANSWER, AGENT, result="凭身份证到窗口办理")
    assert (ticket.state, ticket.direct, ticket.closed_at) == (State.CLOSED, True, FRIDAY)
    with pytest.raises(Impossible, match="咨询"):
        do(draft(), Action.ANSWER, AGENT, result="好的")


def test_fast_track_for_people_asking_for_help_r21() -> None:
    ticket = do(draft(), Action.FAST_TRACK, AGENT, unit="swj")
    assert (ticket.state, ticket.fast_track, ticket.lead_unit) == (State.DISPATCHED, True, "swj")
    assert ticket.due_contact == date(2026, 2, 14) and ticket.accepted_at == FRIDAY
    with pytest.raises(Impossible, match="求助"):
        do(draft(request_type=RequestType.COMPLAINT), Action.FAST_TRACK, AGENT, unit="swj")


def test_co_units_need_a_work_plan_and_a_leader_r30() -> None:
    with pytest.raises(Invalid, match="工作方案"):
        do(accepted(), Action.DISPATCH, OFFICE, unit="swj", co_units="town01")
    ticket = do(
        accepted(), Action.DISPATCH, OFFICE, unit="swj", co_units=["town01"], plan="联合勘查", leader="王副县长"
    )
    assert [(part.unit, part.part.value) for part in ticket.units] == [("swj", "lead"), ("town01", "co")]
    handled = do(do(ticket, Action.SIGN, WATER), Action.CONTACT, WATER)
    with pytest.raises(Impossible, match="town01"):
        do(handled, Action.RESOLVE, WATER, result="已办结")
    with pytest.raises(Forbidden):
        do(handled, Action.REPORT, WATER, result="已协助")
    reported = do(handled, Action.REPORT, TOWN, result="已协助开挖")
    assert do(reported, Action.RESOLVE, WATER, result="已办结").state == State.RESOLVED


def test_the_first_contact_is_the_one_that_counts_r23() -> None:
    again = do(contacted(), Action.CONTACT, WATER, days(20))
    assert again.contacted_at == FRIDAY


class TestReturn:
    """R26, R27: returned in time, with a reason in detail, ruled on by the office."""

    def test_in_one_working_day(self) -> None:
        saturday = days(1)  # a make-up working day
        assert do(dispatched(), Action.RETURN, WATER, saturday, reason=WHY).state == State.RETURNED
        with pytest.raises(Impossible, match="退回期限已过"):
            do(dispatched(), Action.RETURN, WATER, days(2), reason=WHY)

    def test_in_three_when_the_site_is_checked(self) -> None:
        last = days(12)  # 25 February, the third working day
        assert do(dispatched(), Action.RETURN, WATER, last, reason=WHY, site_check=True).return_site
        with pytest.raises(Impossible):
            do(dispatched(), Action.RETURN, WATER, days(13), reason=WHY, site_check=True)

    def test_needs_a_reason_in_detail(self) -> None:
        with pytest.raises(Invalid, match="详细"):
            do(dispatched(), Action.RETURN, WATER, reason="不归我管")
        with pytest.raises(Invalid, match="必须填写"):
            do(dispatched(), Action.RETURN, WATER)

    def test_upheld_goes_back_to_the_office(self) -> None:
        returned = do(dispatched(), Action.RETURN, WATER, reason=WHY)
        ticket = do(returned, Action.RULE, OFFICE, upheld=True, reason="属实，另派")
        assert (ticket.state, ticket.lead_unit, ticket.units) == (State.ACCEPTED, None, ())
        assert ticket.due_resolve is None and ticket.next_check_at is None

    def test_upheld_with_another_unit_starts_its_clocks(self) -> None:
        returned = do(dispatched(), Action.RETURN, WATER, reason=WHY)
        ticket = do(returned, Action.RULE, OFFICE, days(11), upheld=True, reason="另派", unit="town01")
        assert (ticket.state, ticket.lead_unit, ticket.clock_from) == (
            State.DISPATCHED,
            "town01",
            date(2026, 2, 24),
        )

    def test_not_upheld_goes_on_as_before(self) -> None:
        signed = do(dispatched(), Action.SIGN, WATER)
        returned = do(signed, Action.RETURN, WATER, reason=WHY)
        ticket = do(returned, Action.RULE, OFFICE, upheld=False, reason="属你单位职责")
        assert (ticket.state, ticket.lead_unit) == (State.SIGNED, "swj")
        assert ticket.due_resolve == signed.due_resolve

    def test_after_the_second_return_the_office_must_decide(self) -> None:
        first = do(do(dispatched(), Action.RETURN, WATER, reason=WHY), Action.RULE, OFFICE, upheld=False, reason="再议")
        second = do(first, Action.RETURN, WATER, reason=WHY)
        with pytest.raises(Invalid, match="第二次退回"):
            do(second, Action.RULE, OFFICE, upheld=True, reason="属实")
        decided = do(second, Action.RULE, OFFICE, upheld=False, reason="明确由水务局办理", unit="swj")
        assert (decided.state, decided.final) == (State.DISPATCHED, True)
        with pytest.raises(Impossible, match="裁定"):
            do(decided, Action.RETURN, WATER, reason=WHY)

    def test_the_ruling_does_not_contradict_itself(self) -> None:
        returned = do(dispatched(), Action.RETURN, WATER, reason=WHY)
        with pytest.raises(Invalid):
            do(returned, Action.RULE, OFFICE, upheld=True, reason="属实", unit="swj")
        with pytest.raises(Invalid):
            do(returned, Action.RULE, OFFICE, upheld=False, reason="不属实", unit="town01")


class TestExtension:
    """R29: asked before the term ends, decided by the office, the new term shown."""

    def test_granted(self) -> None:
        asked = do(contacted(), Action.EXTEND, WATER, days=5, reason="要更换主管道")
        assert asked.due_resolve == date(2026, 3, 12) and asked.extension_asked == 5
        granted = do(asked, Action.DECIDE, OFFICE, granted=True, reason="同意")
        assert (granted.due_resolve, granted.extension_days) == (date(2026, 3, 19), 5)

    def test_refused_changes_no_date(self) -> None:
        asked = do(contacted(), Action.EXTEND, WATER, days=5, reason="要更换主管道")
        refused = do(asked, Action.DECIDE, OFFICE, granted=False, reason="理由不足")
        assert (refused.due_resolve, refused.extensions) == (date(2026, 3, 12), 0)

    def test_asked_in_time_may_be_granted_late(self) -> None:
        asked = do(contacted(), Action.EXTEND, WATER, days(27), days=5, reason="要更换主管道")
        late = do(asked, Action.DECIDE, OFFICE, days(28), granted=True, reason="同意")
        assert late.due_resolve == date(2026, 3, 19) and late.light.value == "green"

    def test_too_late_too_long_too_often(self) -> None:
        ask = {"days": 5, "reason": "要更换主管道"}
        with pytest.raises(Impossible, match="已过办理期限"):
            do(contacted(), Action.EXTEND, WATER, days(28), **ask)
        with pytest.raises(Invalid, match="最多15"):
            do(contacted(), Action.EXTEND, WATER, days=16, reason="要更换主管道")
        asked = do(contacted(), Action.EXTEND, WATER, **ask)
        with pytest.raises(Impossible, match="待裁定"):
            do(asked, Action.EXTEND, WATER, **ask)
        granted = do(asked, Action.DECIDE, OFFICE, granted=True, reason="同意")
        with pytest.raises(Impossible, match="最多1次"):
            do(granted, Action.EXTEND, WATER, **ask)

    def test_nothing_to_decide(self) -> None:
        with pytest.raises(Impossible, match="没有待裁定"):
            do(contacted(), Action.DECIDE, OFFICE, granted=True, reason="同意")


def test_a_stricter_law_sets_its_own_term_r28() -> None:
    ticket = do(dispatched(), Action.TERM, OFFICE, until="2026-03-02", basis="《信访工作条例》")
    assert (ticket.due_resolve, ticket.legal_due) == (date(2026, 3, 2), date(2026, 3, 2))
    with pytest.raises(Impossible, match="法定时限"):
        do(ticket, Action.EXTEND, WATER, days=5, reason="来不及")
    with pytest.raises(Invalid, match="晚于派单日"):
        do(dispatched(), Action.TERM, OFFICE, until="2026-02-13", basis="《某法》")


def test_what_law_does_not_allow_is_explained_r32() -> None:
    ticket = do(contacted(), Action.RESOLVE, WATER, result="依法不能办理，已解释", beyond_law=True)
    assert ticket.beyond_law and ticket.due_review == date(2026, 2, 24)


class TestReview:
    """R34, R35: the office reviews in two working days."""

    def test_passed(self) -> None:
        assert do(resolved(), Action.REVIEW, OFFICE, passed=True).state == State.REVIEWED

    def test_failed_goes_back_with_a_reason_and_new_clocks(self) -> None:
        with pytest.raises(Invalid, match="理由"):
            do(resolved(), Action.REVIEW, OFFICE, passed=False)
        ticket = do(resolved(), Action.REVIEW, OFFICE, days(11), passed=False, reason="群众称未恢复", false_reply=True)
        assert (ticket.state, ticket.false_reply, ticket.clock_from) == (State.REOPENED, True, date(2026, 2, 24))
        assert ticket.contacted_at is None and ticket.due_contact == date(2026, 2, 26)

    def test_a_false_reply_never_passes(self) -> None:
        with pytest.raises(Invalid, match="虚假"):
            do(resolved(), Action.REVIEW, OFFICE, passed=True, false_reply=True)

    def test_a_unit_may_not_return_what_it_gets_again(self) -> None:
        again = do(resolved(), Action.REVIEW, OFFICE, passed=False, reason="未恢复")
        signed = do(again, Action.SIGN, WATER)
        with pytest.raises(Impossible, match="裁定"):
            do(signed, Action.RETURN, WATER, reason=WHY)


class TestCallback:
    """R36-R39: who must call whom before a ticket is filed."""

    def test_satisfied_by_an_automatic_call_is_enough(self) -> None:
        assert do(called_back(), Action.CLOSE, OFFICE).state == State.CLOSED

    @pytest.mark.parametrize(("satisfied", "truthful"), [(4, True), (5, True), (1, False)])
    def test_unhappy_needs_a_person_r37(self, satisfied: int, truthful: bool) -> None:
        unhappy = called_back(satisfied, truthful)
        with pytest.raises(Impossible, match="人工回访"):
            do(unhappy, Action.CLOSE, OFFICE)
        person = do(unhappy, Action.CALLBACK, OFFICE, by_means="person", satisfied=5)
        assert do(person, Action.CLOSE, OFFICE).callback_by == CallbackBy.PERSON

    def test_supervised_needs_a_person_r37(self) -> None:
        watched = do(called_back(), Action.SUPERVISE, SUPERVISOR, reason="领导关注")
        with pytest.raises(Impossible, match="人工回访"):
            do(watched, Action.CLOSE, OFFICE)
        visited = do(watched, Action.CALLBACK, OFFICE, by_means="visit", satisfied=1)
        assert do(visited, Action.CLOSE, OFFICE).state == State.CLOSED

    def test_unsatisfied_is_done_again(self) -> None:
        again = do(called_back(5), Action.REOPEN, OFFICE, reason="群众不满意")
        assert again.state == State.REOPENED
        assert (again.satisfied, again.callback_by, again.resolved_at) == (None, CallbackBy.NONE, None)

    def test_an_answer_out_of_range_is_refused(self) -> None:
        with pytest.raises(Invalid, match="1至5"):
            called_back(6)


def test_a_refused_or_directly_answered_ticket_is_opened_for_dispatch() -> None:
    refused = do(draft(), Action.REFUSE, AGENT, scope="N3")
    opened = do(refused, Action.REOPEN, OFFICE, reason="属受理范围")
    assert (opened.state, opened.scope, opened.closed_at) == (State.ACCEPTED, Scope.IN, None)
    answered = do(draft(request_type=RequestType.CONSULT), Action.ANSWER, AGENT, result="见网站")
    assert do(answered, Action.REOPEN, OFFICE, reason="答复有误").state == State.ACCEPTED


def test_supervision_is_opened_and_lifted_r40() -> None:
    watched = do(dispatched(), Action.SUPERVISE, SUPERVISOR, reason="热点", level="key")
    assert watched.supervision == Supervision.KEY
    assert do(watched, Action.LIFT, SUPERVISOR, reason="已解决").supervision == Supervision.NONE
    with pytest.raises(Impossible, match="没有督办"):
        do(dispatched(), Action.LIFT, SUPERVISOR, reason="已解决")


class TestWhoMayDoWhat:
    """R17-R19: one table of role and action."""

    def test_every_action_has_its_roles(self) -> None:
        assert set(ALLOWED) == set(Action)

    def test_a_unit_acts_on_its_own_tickets_only(self) -> None:
        with pytest.raises(Forbidden, match="牵头"):
            do(dispatched(), Action.SIGN, TOWN)
        with pytest.raises(Forbidden):
            do(dispatched(), Action.SIGN, Actor("nobody", Role.UNIT_HANDLER))

    def test_who_may_not_is_told_before_anything_else(self) -> None:
        """Each role and move: refused exactly when the table does not allow it, whatever else is wrong."""
        told = {}
        for role, action in itertools.product(Role, TABLE):
            ticket = replace(dispatched(), state=TABLE[action].sources[0])
            try:
                do(ticket, action, Actor("someone", role, "swj"))
            except Forbidden as error:
                told[role, action] = "不能办理此项" in str(error)
            except TicketError:
                pass
        refused = {pair for pair, by_role in told.items() if by_role}
        assert refused == {(r, a) for r, a in itertools.product(Role, TABLE) if not may(r, a)}

    def test_the_notice_s_roles(self) -> None:
        """R17: the office dispatches, reviews, supervises; R18: the unit handles and replies."""
        for action in (Action.DISPATCH, Action.REVIEW, Action.SUPERVISE, Action.RULE, Action.DECIDE):
            assert may(Role.COUNTY_ADMIN, action) and not may(Role.UNIT_HANDLER, action)
        for action in (Action.SIGN, Action.CONTACT, Action.RESOLVE, Action.RETURN, Action.EXTEND):
            assert may(Role.UNIT_HANDLER, action) and not may(Role.COUNTY_ADMIN, action)
        assert not any(may(Role.AUDITOR, action) for action in TABLE)


class TestImpossible:
    """A move that the table does not have says what can be done, and changes nothing."""

    def test_every_pair_is_in_the_table_or_refused(self) -> None:
        for state, action in itertools.product(State, TABLE):
            ticket = replace(dispatched(), state=state)
            if state in TABLE[action].sources:
                assert transition(ticket, action).action == action
            else:
                assert action not in can(ticket)
                with pytest.raises(Impossible, match=state.label):
                    transition(ticket, action)

    def test_only_what_there_is_to_do_is_offered(self) -> None:
        """R26, R29, R30, R40: no ruling on what nobody asked for, no report without a co-unit."""
        ticket = do(dispatched(), Action.SIGN, WATER)
        assert {Action.EXTEND, Action.RETURN, Action.SUPERVISE} <= can(ticket)
        assert not {Action.DECIDE, Action.LIFT, Action.REPORT} & can(ticket)
        assert Action.RETURN not in can(replace(ticket, final=True))
        assert Action.EXTEND not in can(replace(ticket, legal_due=date(2027, 1, 4)))
        assert Action.REPORT in can(replace(ticket, units=(*ticket.units, UnitPart("town01", Part.CO))))
        asked = replace(ticket, extension_asked=3)
        assert Action.DECIDE in can(asked) and Action.EXTEND not in can(asked)
        assert Action.LIFT in can(replace(ticket, supervision=Supervision.KEY))

    def test_every_state_can_be_reached_and_left(self) -> None:
        reached = {target for row in TABLE.values() for target in row.targets}
        assert reached == set(State) - {State.DRAFT}
        assert [state for state in State if not possible(replace(dispatched(), state=state))] == [State.MERGED]

    def test_unknown_needs_are_refused(self) -> None:
        with pytest.raises(Invalid, match="不需要"):
            do(dispatched(), Action.SIGN, WATER, colour="red")

    def test_nothing_is_changed(self) -> None:
        before = dispatched()
        for action in TABLE:
            try:
                do(before, action, OFFICE)
            except TicketError:
                continue
        assert before == dispatched()
